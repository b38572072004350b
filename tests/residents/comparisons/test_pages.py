"""The pages of a comparison."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.masks import mask_name
from core.models import ReadLog
from residents.choices import Comparison, ComparisonState, ImportPurpose
from residents.models import ComparisonLine, Resident, RosterImport
from tests.factories.residents import ResidentFactory
from tests.residents.comparisons.lists import HEADER, compared, lines, listed
from tests.residents.helpers import FRAME, NUMBER, assert_no_digits_of, text_of
from tests.residents.imports.sheets import csv_bytes, number

pytestmark = pytest.mark.usefixtures("today")
C = Comparison
STRANGER = ["林桂芳", NUMBER, "13700001111", "", "3号楼", ""]


def page(client, roster, **asked):
    return client.get(reverse("comparison-detail", args=[roster.pk]), asked)


def upload(client, data: bytes, **given):
    facts = {"source": "insurance", "source_on": "2026-11-20", "area": "listed", "compared": ["phone"]}
    return client.post(
        reverse("comparison-list"), facts | given | {"file": SimpleUploadedFile("医保.csv", data)}
    )


class TestUpload:
    def test_a_list_is_received_with_what_was_asked(self, cast, district, sign_in):
        client = sign_in(cast.li)
        response = upload(client, csv_bytes(STRANGER, header=HEADER), kind="hypertension")
        roster = RosterImport.objects.get()
        assert response["Location"] == reverse("roster-detail", args=[roster.pk])
        assert (roster.purpose, roster.source, str(roster.source_on)) == (
            ImportPurpose.COMPARE,
            "insurance",
            "2026-11-20",
        )
        assert roster.asked == {"compared": ["phone"], "area": "listed", "kind": "hypertension"}
        assert "医保.csv" in text_of(client.get(reverse("comparison-list")))
        assert "医保.csv" not in text_of(client.get(reverse("roster-upload")))  # not among the imports

    @pytest.mark.parametrize(
        ("given", "field", "says"),
        [
            ({"source": ""}, "source", "请选择名单来源"),
            ({"source_on": "2026-11-23"}, "source_on", "还没有到"),
            ({"area": "999999999999"}, "area", "999999999999"),
        ],
    )
    def test_what_is_wrong_is_told_at_its_field(self, cast, district, sign_in, given, field, says):
        response = upload(sign_in(cast.li), csv_bytes(STRANGER, header=HEADER), **given)
        assert says in " ".join(response.context["form"].errors[field])
        assert not RosterImport.objects.exists()

    def test_a_useless_file(self, cast, district, sign_in):
        response = upload(sign_in(cast.li), b"%PDF-1.7")
        assert "PDF" in " ".join(response.context["form"].errors["file"])


class TestWorklist:
    def test_the_finished_job_leads_here_and_shows_masked_people(self, cast, person, sign_in):
        roster = compared(cast.li, STRANGER, listed(person, 姓名="王建业"))
        client = sign_in(cast.li)
        assert (
            client.get(reverse("roster-detail", args=[roster.pk])).url
            == page(client, roster).wsgi_request.path
        )
        html = text_of(page(client, roster))
        assert "林*芳" in html
        assert "137****1111" in html
        assert NUMBER[-4:] not in html
        assert "林桂芳" not in html
        html = text_of(page(client, roster, kind="different"))
        assert "王*业" in html
        assert "王*国" in html
        assert_no_digits_of(person, html)

    def test_reading_the_list_is_logged(self, cast, person, sign_in):
        roster = compared(cast.li, listed(person, 姓名="王建业"))
        page(sign_in(cast.li), roster, kind="different")
        log = ReadLog.objects.latest("pk")
        assert (log.action, log.subject_ids, log.page) == ("list", [person.pk], "comparison-detail")

    def test_somebody_elses_comparison_is_not_there(self, cast, person, sign_in):
        roster = compared(cast.li, STRANGER)
        assert page(sign_in(cast.zhao), roster).status_code == 404

    def test_who_moved_out_of_reach_is_not_shown(self, cast, district, person, sign_in):
        roster = compared(cast.li, listed(person, 姓名="王建业"))
        Resident.objects.filter(pk=person.pk).update(grid=district.grid_b, household=None)
        html = text_of(page(sign_in(cast.li), roster, kind="different"))
        assert "已不在您的管辖范围" in html
        assert "王*国" not in html

    def test_pages_and_queries_are_bounded(
        self, cast, district, sign_in, monkeypatch, django_assert_max_num_queries
    ):
        monkeypatch.setattr("residents.views.comparisons.PAGE_SIZE", 4)
        people = ResidentFactory.create_batch(6, grid=district.grid_a)
        roster = compared(cast.li, *(listed(one, 姓名="另一人") for one in people))
        client = sign_in(cast.li)
        with django_assert_max_num_queries(FRAME + 10):
            first = page(client, roster, kind="different")
        second = client.get(reverse("comparison-detail", args=[roster.pk]) + first.context["next_address"])
        shown = [one.person.id for one in [*first.context["rows"], *second.context["rows"]]]
        assert shown == [one.pk for one in people]

    def test_ticked_lines_are_settled(self, cast, person, sign_in):
        roster = compared(cast.li, STRANGER, ["孙一", number(3), "", "", "", ""])
        first, second = lines(roster, C.MISSING_HERE)
        client, address = sign_in(cast.li), reverse("comparison-settle", args=[roster.pk])
        answer = client.post(address, {"row": [first.pk], "to": "ignored", "note": "住在外地"}, follow=True)
        assert "已把 1 行标为“无需处理”" in text_of(answer)
        assert "请先勾选" in text_of(client.post(address, {"to": "done"}, follow=True))
        assert "请选择处理结果" in text_of(client.post(address, {"row": [first.pk], "to": "??"}, follow=True))
        assert "写明原因" in text_of(client.post(address, {"row": [second.pk], "to": "ignored"}, follow=True))
        states = dict(ComparisonLine.objects.values_list("pk", "state"))
        assert (states[first.pk], states[second.pk]) == (ComparisonState.IGNORED, ComparisonState.OPEN)

    def test_looking_again_says_what_it_closed(self, cast, district, person, sign_in):
        roster = compared(cast.li, STRANGER)
        client, address = sign_in(cast.li), reverse("comparison-refresh", args=[roster.pk])
        assert "没有新的变化" in text_of(client.post(address, follow=True))
        ResidentFactory(name="林桂芳", id_number=NUMBER, grid=district.grid_a)
        assert "1 行自动办结" in text_of(client.post(address, follow=True))


class TestRegistering:
    def test_a_listed_person_is_entered_without_showing_his_number(self, cast, district, person, sign_in):
        roster = compared(cast.li, STRANGER)
        (line,) = lines(roster, C.MISSING_HERE)
        client, address = sign_in(cast.li), reverse("comparison-register", args=[roster.pk, line.pk])
        form = text_of(client.get(address))
        assert "林*芳" in form
        assert NUMBER[-6:] not in form
        assert "13700001111" not in form
        assert client.post(address, {"address": "3号楼"}).context["form"].errors["grid"]
        answer = client.post(address, {"grid": district.grid_a.pk, "address": "3号楼"})
        made = Resident.objects.get(name="林桂芳")
        assert answer.url == reverse("resident-detail", args=[made.pk])
        assert made.id_number == NUMBER

    def test_a_grid_out_of_reach_is_no_choice(self, cast, district, person, sign_in):
        roster = compared(cast.li, STRANGER)
        (line,) = lines(roster, C.MISSING_HERE)
        address = reverse("comparison-register", args=[roster.pk, line.pk])
        answer = sign_in(cast.li).post(address, {"grid": district.grid_b.pk})
        assert answer.context["form"].errors["grid"]
        assert not Resident.objects.filter(name="林桂芳").exists()

    def test_a_line_of_another_class_has_no_such_page(self, cast, person, sign_in):
        roster = compared(cast.li, listed(person, 姓名="王建业"))
        (line,) = lines(roster, C.DIFFERENT)
        assert (
            sign_in(cast.li).get(reverse("comparison-register", args=[roster.pk, line.pk])).status_code == 404
        )


def test_the_download_is_masked_logged_and_holds_no_formula(cast, district, person, sign_in):
    Resident.objects.filter(pk=person.pk).update(address="=1+1")
    roster = compared(cast.li, listed(person, 姓名="王建业", 住址="+2"), compared=("address",))
    address = reverse("comparison-export", args=[roster.pk]) + "?kind=different"
    answer = sign_in(cast.li).get(address)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "王*业" in cells
    assert "王*国" in cells
    assert not [one for one in cells if one.startswith(("=", "+"))]
    assert person.id_number not in " ".join(cells)
    log = ReadLog.objects.latest("pk")
    assert (log.action, log.subject_ids) == ("export", [person.pk])


@pytest.mark.parametrize("kind", ["missing_here", "missing_there", "different"])
def test_no_download_holds_a_digit_of_a_number_or_a_phone(cast, district, person, sign_in, kind):
    """What the outside list says and what the registry says are both masked, in every part of the packed file."""
    absent = ResidentFactory(name="钱立业", born_on=dt.date(1950, 2, 2), grid=district.grid_a)
    stranger = ResidentFactory.build(
        name="孙新民", born_on=dt.date(1961, 3, 4), grid=person.grid, household=None
    )
    roster = compared(
        cast.li, listed(person, 姓名="王建业", 电话="13800138000"), listed(stranger), area="everywhere"
    )
    answer = sign_in(cast.li).get(reverse("comparison-export", args=[roster.pk]) + f"?kind={kind}")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        text = "\n".join(packed.read(one).decode(errors="ignore") for one in packed.namelist())
    shown = {"missing_here": stranger, "missing_there": absent, "different": person}[kind]
    assert mask_name(shown.name) in text
    for one in (person, absent, stranger):
        assert_no_digits_of(one, text)
        assert one.phone not in text
    assert "13800138000" not in text
