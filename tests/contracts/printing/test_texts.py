"""Texts of the bureau: published, refused, looked at before they come into force."""

import datetime as dt

import pytest
from django.urls import reverse

from contracts.actions import CannotPublish, publish_template
from contracts.choices import DocumentKind
from contracts.models import AgreementTemplate
from contracts.printing.documents import text_on
from contracts.wording import SHIPPED_FROM, load_texts

pytestmark = pytest.mark.usefixtures("today", "wording")

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
ADD = "admin:contracts_agreementtemplate_add"


def sent(**changes):
    return {
        "kind": "letter_signing", "title": "致居民", "body": "{{团队名称}}敬上", "in_force_from": "2026-12-01",
    } | changes  # fmt: skip


def publish(cast, **changes):
    asked = {"kind": "letter_signing", "title": "信", "body": "正文", "in_force_from": DAY + ONE}
    return publish_template(**asked | changes, by=cast.zhou, on=DAY)


def test_loading_the_first_texts_again_changes_nothing():
    before = list(
        AgreementTemplate.objects.values_list("kind", "version", "body").order_by("kind", "version")
    )
    load_texts(AgreementTemplate)
    assert before == list(
        AgreementTemplate.objects.values_list("kind", "version", "body").order_by("kind", "version")
    )


def test_the_text_of_a_day(cast):
    made = publish(cast)
    kind = DocumentKind.LETTER_SIGNING
    assert [text_on(kind, on=day).version for day in (DAY, DAY + ONE)] == [1, 2]
    assert text_on(kind, on=DAY + ONE) == made
    assert text_on(kind, on=SHIPPED_FROM - ONE).version == 1


def test_a_kind_without_a_text_says_so():
    with pytest.raises(AgreementTemplate.DoesNotExist):
        text_on("no_such", on=DAY)


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"body": "{{居民姓名}}"}, "body", "{{居民姓名}}"),
        ({"title": "{{团队}}"}, "title", "{{团队}}"),
        ({"body": "{{团队名称"}, "body", "不完整"),
    ],
)
def test_the_action_refuses_what_cannot_be_filled(cast, changes, field, told):
    with pytest.raises(CannotPublish) as refused:
        publish(cast, **changes)
    assert refused.value.field == field
    assert told in refused.value.sentence
    assert not AgreementTemplate.objects.filter(version=2).exists()


def test_the_form_names_the_unknown_placeholder_and_keeps_what_was_typed(cast, sign_in):
    answer = sign_in(cast.zhou).post(reverse(ADD), sent(body="您好，{{居民名字}}"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "里不能用占位符{{居民名字}}" in page
    assert "您好，{{居民名字}}" in page


def test_a_letter_is_published(cast, sign_in):
    assert sign_in(cast.zhou).post(reverse(ADD), sent()).status_code == 302
    assert AgreementTemplate.objects.get(version=2).kind == "letter_signing"


def test_a_new_version_starts_from_the_last_of_its_kind(cast, sign_in):
    page = sign_in(cast.zhou).get(reverse(ADD) + "?kind=letter_points").content.decode()
    assert "积分可以兑换健康用品和服务" in page
    assert "{{机构名称}}" in page
    assert "可用的占位符" in page
    assert "签约服务不是急救服务" in sign_in(cast.zhou).get(reverse(ADD) + "?kind=x").content.decode()


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_a_draft_is_looked_at_and_not_stored(cast, sign_in, kind):
    before = AgreementTemplate.objects.count()
    answer = sign_in(cast.zhou).post(
        reverse(ADD),
        sent(kind=kind.value, title="草稿标题", body="草稿<b>正文</b>{{机构名称}}", _preview="1"),
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "草稿标题" in page
    assert "草稿&lt;b&gt;正文&lt;/b&gt;示例社区卫生服务中心" in page or kind == DocumentKind.CONTACT_CARD
    assert "没有保存" in page
    assert AgreementTemplate.objects.count() == before


def test_line_ends_of_a_browser_make_paragraphs_too(cast, sign_in):
    body = "第一段\r\n\r\n## 小标题\r\n\r\n第二段"
    page = sign_in(cast.zhou).post(reverse(ADD), sent(body=body, _preview="1")).content.decode()
    assert "<h2>小标题</h2><p>第二段</p>" in page
    sign_in(cast.zhou).post(reverse(ADD), sent(body=body))
    stored = AgreementTemplate.objects.get(version=2)
    assert stored.paragraphs == [("text", "第一段"), ("heading", "小标题"), ("text", "第二段")]


def test_a_faulty_draft_comes_back_as_the_form(cast, sign_in):
    page = sign_in(cast.zhou).post(reverse(ADD), sent(body="{{谁}}", _preview="1")).content.decode()
    assert "里不能用占位符{{谁}}" in page
    assert "没有保存" not in page


def test_a_stored_text_is_looked_at_by_whoever_may_read_it(cast, sign_in):
    text = AgreementTemplate.objects.get(kind="household")
    url = reverse("admin:contracts_agreementtemplate_change", args=[text.pk])
    assert "_preview=1" in sign_in(cast.qian).get(url).content.decode()
    page = sign_in(cast.qian).get(url + "?_preview=1").content.decode()
    assert "王小明" in page
    assert "家庭成员签约意见" in page
    assert sign_in(cast.he).get(url + "?_preview=1").status_code == 403


def test_only_the_bureau_drafts(cast, sign_in):
    assert sign_in(cast.qian).post(reverse(ADD), sent(_preview="1")).status_code == 403
    assert sign_in(cast.qian).post(reverse(ADD), sent()).status_code == 403
