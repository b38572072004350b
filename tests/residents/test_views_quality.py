"""登记质量: which record, why, who does what next; ticked rows confirmed in one action."""

import pytest
from django.urls import reverse

from core.models import ReadLog
from residents.choices import Relation
from residents.models import Resident
from residents.queries import quality
from residents.rules.quality import RULES
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.conftest import TODAY
from tests.residents.helpers import FRAME, assert_no_digits_of, post, text_of

pytestmark = pytest.mark.usefixtures("today")


def shown(client, **query) -> str:
    return text_of(client.get(reverse("quality-list"), query))


def test_which_record_why_who_and_what_next(cast, sign_in, person, neighbor):
    html = shown(sign_in(cast.li))
    for said in ("长期未核实", "从未核实", "王*国", "李医生团队", "责任团队会同网格员入户", "电话或入户核实"):
        assert said in html
    for hidden in ("王建国", "赵*波", person.phone):
        assert hidden not in html
    assert_no_digits_of(person, html)
    log = ReadLog.objects.get()
    assert (log.action, log.subject_ids, log.page) == ("list", [person.pk], "quality-list")


def test_nothing_to_do(cast, sign_in, person):
    Resident.objects.update(confirmed_on=TODAY)
    assert "没有需要处理的登记" in shown(sign_in(cast.li))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_kind_has_its_page(cast, sign_in, person, rule):
    html = shown(sign_in(cast.li), kind=rule.code)
    assert rule.title in html


def test_every_row_links_to_the_form_that_puts_it_right(cast, district, sign_in, person):
    empty = HouseholdFactory(grid=district.grid_a)
    ResidentFactory(grid=district.grid_a, household=None, relation=Relation.NON_RELATIVE)
    client = sign_in(cast.li)
    alone = Resident.objects.get(household=None)
    assert reverse("resident-move", args=[alone.pk]) in shown(client, kind="no_household")
    assert reverse("household-detail", args=[empty.pk]) in shown(client, kind="no_member")


def test_a_bounded_number_of_queries(cast, district, sign_in, django_assert_max_num_queries):
    for _ in range(55):
        ResidentFactory(grid=district.grid_a)
    client = sign_in(cast.li)
    client.get(reverse("resident-list"))
    with django_assert_max_num_queries(FRAME + 10):
        html = shown(client, kind="stale")
    assert html.count('name="row"') == 50
    assert "下一页" in html


def test_ticked_rows_are_confirmed_in_one_action(cast, district, sign_in, person, neighbor):
    other = ResidentFactory(grid=district.grid_a)
    client = sign_in(cast.li)
    response = post(client, "quality-confirm", kind="stale", row=[person.pk, neighbor.pk, "x", "²"])
    assert response["Location"] == reverse("quality-list") + "?kind=stale"
    confirmed = dict(Resident.objects.values_list("pk", "confirmed_on"))
    assert confirmed == {person.pk: TODAY, other.pk: None, neighbor.pk: None}
    assert "请先勾选" in text_of(client.post(reverse("quality-confirm"), {"kind": "stale"}, follow=True))


def test_a_ticked_household_confirms_everybody_in_it(cast, district, sign_in, person):
    son = ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON)
    post(sign_in(cast.li), "quality-confirm", kind="no_phone", row=[person.household_id])
    assert set(Resident.objects.values_list("confirmed_on", flat=True)) == {TODAY}
    assert son.pk


def test_a_wide_scope_chooses_a_village_first(cast, district, sign_in, person, monkeypatch):
    monkeypatch.setattr(quality, "MOST_GRIDS", 1)
    client = sign_in(cast.zhou)
    assert "请先选择村居" in shown(client)
    html = shown(client, village=district.village_a.pk)
    assert "王*国" in html


@pytest.mark.parametrize("query", [{"kind": "x"}, {"village": "x"}, {"village": "999999"}, {"after": "²"}])
def test_odd_addresses_are_answered(cast, sign_in, person, query):
    assert sign_in(cast.li).get(reverse("quality-list"), query).status_code == 200


def test_a_stale_entry_is_flagged_on_the_persons_page(cast, sign_in, person):
    client = sign_in(cast.li)
    address = reverse("resident-detail", args=[person.pk])
    assert "超过 12 个月未核实" in text_of(client.get(address))
    Resident.objects.update(confirmed_on=TODAY)
    assert "个月未核实" not in text_of(client.get(address))
