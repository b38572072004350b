"""The same nasty files on the page: refused at the field, or by the worker with a sentence; nobody's number is repeated."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residents.choices import ImportState
from residents.imports.work import work_on
from residents.models import RosterImport
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import text_of
from tests.residents.imports.sheets import number

pytestmark = pytest.mark.usefixtures("today")
S = ImportState
TEXT = f"姓名,身份证号,村居\n林桂芳,{number(1)},东北村社区\n"


def page_after(client, data: bytes) -> tuple[str, RosterImport]:
    """Uploaded, worked on as a worker does, and looked at."""
    client.post(reverse("roster-upload"), {"file": SimpleUploadedFile("花名册.csv", data)})
    roster = RosterImport.objects.get()
    work_on(roster.pk, policy=POLICY, on=TODAY, progress=lambda *_: None)
    roster.refresh_from_db()
    return text_of(client.get(reverse("roster-detail", args=[roster.pk]))), roster


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (TEXT.encode() + "王建国,1,村\n".encode("gb18030"), "几种文字编码"),
        (TEXT.encode().replace(b",", b"\0,"), "空字节"),
        ((TEXT + '"' + TEXT).encode(), "引号"),
        (TEXT.encode() + b"x" * 3_000_000, "长得异常"),
        (b"\n" * 1000, "文件是空的"),
        (f"身份证号\n{number(1)}\n".encode(), "没有找到表头"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(cast, sign_in, data, says):
    html, roster = page_after(sign_in(cast.li), data)
    assert roster.state == S.FAILED
    assert says in html
    assert number(1) not in html
    assert not roster.parts.exists()


def test_a_number_among_the_headers_is_hidden_in_preview_and_columns(cast, sign_in):
    client = sign_in(cast.li)
    html, roster = page_after(client, TEXT.replace("村居", f"村居,{number(2)}", 1).encode())
    assert roster.state == S.CHECKED
    assert "确认导入 1 人" in html
    assert number(2) not in html
    html = text_of(client.post(reverse("roster-remap", args=[roster.pk]), follow=True))
    assert "请指出每一列是什么" in html
    assert number(2) not in html
    assert html.count(" selected") >= 3


def test_columns_told_anew_are_checked_anew(cast, sign_in):
    """From the preview back to the columns and on to a preview again, with one upload."""
    client = sign_in(cast.li)
    _, roster = page_after(
        client, TEXT.replace("村居", "村居,备注,说明", 1).replace("区\n", "区,甲,乙\n").encode()
    )
    client.post(reverse("roster-remap", args=[roster.pk]))
    told = {"column-0-0": "姓名", "column-0-1": "身份证号", "column-0-2": "村居", "column-0-4": "备注"}
    client.post(reverse("roster-map", args=[roster.pk]), told)
    work_on(roster.pk, policy=POLICY, on=TODAY, progress=lambda *_: None)
    roster.refresh_from_db()
    assert (roster.state, roster.result["created_residents"]) == (S.CHECKED, 1)
    assert "以下列不导入：备注。" in roster.report
