"""Vaccines of institutions: entered, said to stand so today, too old to be trusted, their page."""

import datetime as dt
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from outreach.actions.vaccines import (
    CannotKeepVaccine,
    Supply,
    change_vaccine,
    remove_vaccine,
    update_supplies,
)
from outreach.choices import SupplyState, VaccineProgram
from outreach.models import VaccineSupply
from outreach.policy import OutreachPolicy
from outreach.queries.vaccines import price_in_words, supply_lines
from outreach.rules.vaccines import is_stale
from tests.factories.calendars import a_vaccine, vaccine_facts

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


@pytest.fixture
def vaccine(cast) -> VaccineSupply:
    return a_vaccine(cast.institution_a, by=cast.qian, on=TODAY - 15 * DAY)


def test_stale_from_the_fifteenth_day():
    assert not is_stale(TODAY - 14 * DAY, on=TODAY, days=14)
    assert is_stale(TODAY - 15 * DAY, on=TODAY, days=14)


@pytest.mark.parametrize(
    ("price", "words"), [(None, ""), (Decimal("0.00"), ""), (Decimal("318.00"), "318元/剂"), (Decimal("98.50"), "98.5元/剂")]
)  # fmt: skip
def test_prices(price, words):
    assert price_in_words(price) == words


class TestVerbs:
    def test_no_two_of_a_name_in_an_institution(self, cast, vaccine):
        with pytest.raises(CannotKeepVaccine) as refused:
            a_vaccine(cast.institution_a, by=cast.qian, on=TODAY, name=" 流感疫苗\u200b")
        assert (refused.value.code, refused.value.field) == ("vaccine_once", "name")
        a_vaccine(cast.institution_b, by=cast.wu, on=TODAY)

    def test_free_ones_have_no_price(self, cast):
        with pytest.raises(CannotKeepVaccine) as refused:
            a_vaccine(
                cast.institution_a, by=cast.qian, on=TODAY, program=VaccineProgram.FREE, price_yuan=Decimal(5)
            )
        assert refused.value.code == "vaccine_free_price"

    def test_a_blank_name(self, cast):
        with pytest.raises(CannotKeepVaccine) as refused:
            a_vaccine(cast.institution_a, by=cast.qian, on=TODAY, name="\u200b ")
        assert refused.value.code == "vaccine_no_name"

    def test_changed_it_is_of_today(self, cast, vaccine):
        changed = change_vaccine(
            by=cast.qian, on=TODAY, vaccine=vaccine, facts=vaccine_facts(state=SupplyState.OUT)
        )
        assert (changed.state, changed.updated_on) == (SupplyState.OUT, TODAY)

    def test_all_at_once_also_what_stands_as_before(self, cast, vaccine):
        other = a_vaccine(cast.institution_a, by=cast.qian, on=TODAY - 20 * DAY, name="水痘疫苗")
        count = update_supplies(
            by=cast.zhou, on=TODAY, institution=cast.institution_a,
            supplies={vaccine.pk: Supply(SupplyState.PLENTY), other.pk: Supply(SupplyState.SCARCE, "每人限一剂")},
        )  # fmt: skip
        assert count == 2
        assert set(VaccineSupply.objects.values_list("state", "note", "updated_on", "updated_by")) == {
            ("plenty", "", TODAY, cast.zhou.pk), ("scarce", "每人限一剂", TODAY, cast.zhou.pk),
        }  # fmt: skip

    def test_another_institutions_are_left_alone(self, cast, vaccine):
        count = update_supplies(
            by=cast.wu,
            on=TODAY,
            institution=cast.institution_b,
            supplies={vaccine.pk: Supply(SupplyState.OUT)},
        )
        vaccine.refresh_from_db()
        assert (count, vaccine.state) == (0, SupplyState.PLENTY)

    def test_removed_twice_is_removed(self, cast, vaccine):
        remove_vaccine(by=cast.qian, vaccine=vaccine)
        remove_vaccine(by=cast.qian, vaccine=vaccine)
        assert not VaccineSupply.objects.exists()

    def test_free_ones_first_in_one_query(self, cast, django_assert_num_queries):
        a_vaccine(cast.institution_a, by=cast.qian, on=TODAY, name="九价")
        a_vaccine(cast.institution_a, by=cast.qian, on=TODAY, name="乙脑疫苗", program=VaccineProgram.FREE)
        with django_assert_num_queries(1):
            lines = supply_lines(VaccineSupply.objects.all(), on=TODAY, policy=OutreachPolicy())
            assert [one.vaccine.updated_by.name for one in lines] == ["钱主任"] * 2
        assert [one.vaccine.name for one in lines] == ["乙脑疫苗", "九价"]


class TestPages:
    def test_old_ones_are_marked_and_confirmed_by_one_form(self, noon, cast, vaccine, sign_in):
        browser = sign_in(cast.qian)
        page = browser.get("/calendars/vaccines/").content.decode()
        assert "15 天前" in page
        assert "2026-11-07" in page
        browser.post(
            "/calendars/vaccines/", {f"state_{vaccine.pk}": "out", f"note_{vaccine.pk}": "预计月底到货"}
        )
        vaccine.refresh_from_db()
        assert (vaccine.state, vaccine.note, vaccine.updated_on) == ("out", "预计月底到货", TODAY)
        page = browser.get("/calendars/vaccines/").content.decode()
        assert "天前" not in page

    def test_a_state_that_is_none_changes_nothing(self, noon, cast, vaccine, sign_in):
        answer = sign_in(cast.qian).post("/calendars/vaccines/", {f"state_{vaccine.pk}": "gone"})
        vaccine.refresh_from_db()
        assert (answer.status_code, vaccine.updated_on) == (200, TODAY - 15 * DAY)

    def test_entered_changed_removed(self, noon, cast, sign_in):
        browser = sign_in(cast.qian)
        typed = {
            "name": "水痘疫苗",
            "program": "paid",
            "audience": "child",
            "state": "scarce",
            "price_yuan": "136",
        }
        assert browser.post("/calendars/vaccines/new/", typed).status_code == 302
        row = VaccineSupply.objects.get()
        assert "本机构已有这种疫苗" in browser.post("/calendars/vaccines/new/", typed).content.decode()
        browser.post(f"/calendars/vaccines/{row.pk}/", typed | {"price_yuan": "140"})
        row.refresh_from_db()
        assert row.price_yuan == Decimal(140)
        browser.post(f"/calendars/vaccines/{row.pk}/remove/")
        assert not VaccineSupply.objects.exists()

    def test_only_ones_own_and_only_who_may(self, noon, cast, vaccine, sign_in):
        browser = sign_in(cast.wu)
        assert browser.get(f"/calendars/vaccines/{vaccine.pk}/").status_code == 404
        assert browser.post(f"/calendars/vaccines/{vaccine.pk}/remove/").status_code == 404
        given = {f"state_{vaccine.pk}": "out"}
        assert (
            browser.post(f"/calendars/vaccines/?institution={cast.institution_a.pk}", given).status_code
            == 404
        )
        browser = sign_in(cast.li)
        page = browser.get("/calendars/vaccines/").content.decode()
        assert "供应充足" in page
        assert '<select name="state_' not in page
        assert browser.post("/calendars/vaccines/", given).status_code == 403
        assert browser.get(f"/calendars/vaccines/{vaccine.pk}/").status_code == 403

    def test_the_sheet(self, noon, cast, vaccine, sign_in):
        answer = sign_in(cast.qian).get("/calendars/vaccines/?export=1")
        rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.values)
        assert (rows[3][0], rows[3][3], rows[3][6].date()) == ("流感疫苗", "供应充足", TODAY - 15 * DAY)
