"""Fulfilment pages: the tables, the drill-down to agreements, the download; tasks in time; who may see what."""

import datetime as dt
from fractions import Fraction

import pytest
from django.urls import reverse

from care.actions.figures import refresh_fulfilment
from care.models import TaskFigure
from care.queries.fulfilment import table, total
from care.templatetags.fulfilment import percent
from contracts.actions import Done, fulfill
from contracts.choices import ProofKind
from contracts.models import ServiceItem
from core.models import ReadLog
from residents.choices import Population
from tests.care.test_worklist import task
from tests.factories.contracts import NOON, package, sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

pytestmark = pytest.mark.usefixtures("today")
DAY = dt.date(2026, 11, 22)
NOW = dt.datetime.combine(DAY, NOON)
ONE = dt.timedelta(days=1)
PAGES = ("fulfilment-table", "fulfilment-export", "fulfilment-tasks", "fulfilment-tasks-export")


def text_of(answer):
    return answer.content.decode()


@pytest.fixture
def agreements(cast, district, wording):
    """One of each team, ten months old; a quarter's contact given in team A."""
    found = []
    for team, doctor, grid in (
        (cast.team_a, cast.li, district.grid_a),
        (cast.team_b, cast.zhao, district.grid_b),
    ):
        found.append(sign_agreement(ResidentFactory(grid=grid), team, doctor, on=DAY - 300 * ONE))
    first = found[0]
    item = ServiceItem.objects.get(code="regular_contact", owner=None)
    done = Done(
        first.pk, first.enrollments.get().pk, item.pk, DAY - 200 * ONE, ProofKind.CONTACT, "contact:1"
    )
    fulfill(by=cast.li, on=DAY, facts=[done])
    refresh_fulfilment(on=DAY, now=NOW)
    return found


@pytest.mark.parametrize(
    ("who", "by", "names"),
    [
        ("zhou", "institution", ["环翠楼街道社区卫生服务中心", "鲸园街道社区卫生服务中心"]),
        ("zhou", "team", ["李医生团队", "赵医生团队"]),
        ("qian", "team", ["李医生团队"]),
        ("li", "doctor", ["李医生"]),
        ("wu", "team", ["赵医生团队"]),
    ],
)
def test_each_sees_the_rows_of_his_scope(cast, agreements, who, by, names):
    rows = table(getattr(cast, who), by)
    assert sorted(one.name for one in rows) == sorted(names)
    assert sum(one.agreements for one in rows) == len(names)


def test_the_numbers_of_all_levels_agree(cast, agreements):
    sums = [total(table(cast.zhou, by)) for by in ("institution", "team", "doctor", "item")]
    assert len({(one.promised, one.due, one.kept, one.done, one.remaining) for one in sums}) == 1
    assert sums[0].agreements == 2
    assert sums[0].done == 1
    assert sums[3].agreements is None
    contact = next(one for one in table(cast.zhou, "item") if one.name == "定期联系" or one.done)
    assert (contact.promised, contact.kept, contact.done) == (8, 1, 1)


def test_a_rate_without_anything_due_is_no_rate():
    assert total([]).item_rate is None
    assert percent(None) == "—"
    assert percent(Fraction(1, 3)) == "33.33%"
    assert percent(Fraction(2, 3)) == "66.67%"
    assert percent(Fraction(0)) == "0.00%"


@pytest.mark.parametrize("page", PAGES)
def test_who_opens_the_tables(cast, agreements, sign_in, page):
    for who, status in (("zhou", 200), ("qian", 200), ("li", 200), ("he", 403), ("sun", 403), ("shen", 403)):
        assert sign_in(getattr(cast, who)).get(reverse(page)).status_code == status


@pytest.mark.parametrize("by", ["institution", "team", "doctor", "item", "nonsense"])
def test_the_page_says_as_of_when_and_what_is_meant(cast, agreements, sign_in, by):
    text = text_of(sign_in(cast.zhou).get(reverse("fulfilment-table"), {"by": by}))
    assert "2026年11月21日" in text
    assert "口径说明" in text
    assert "合计" in text


def test_before_the_first_night_it_says_so(cast, wording, sign_in):
    client = sign_in(cast.zhou)
    assert "还没有统计过" in text_of(client.get(reverse("fulfilment-table")))
    assert client.get(reverse("fulfilment-export")).status_code == 200


def test_the_tables_cost_the_same_for_the_whole_district(
    cast, agreements, sign_in, django_assert_max_num_queries
):
    client = sign_in(cast.zhou)
    for by in ("institution", "team", "doctor", "item"):
        with django_assert_max_num_queries(20):
            client.get(reverse("fulfilment-table"), {"by": by})


def test_a_restricted_service_counts_for_the_named_roles_alone(cast, district, wording):
    ill = ResidentFactory(grid=district.grid_a)
    PopulationFlagFactory(resident=ill, kind=Population.SMI)
    on = DAY - 300 * ONE
    sign_agreement(ill, cast.team_a, cast.li, on=on, packages=[package(on=on), package("severe_mental", on)])
    refresh_fulfilment(on=DAY, now=NOW)
    named = {one.id for one in table(cast.li, "item")}
    others = {one.id for one in table(cast.zhou, "item")}
    assert ServiceItem.objects.get(code="smi_followup", owner=None).pk in named - others


def test_a_team_leads_down_to_its_agreements(cast, agreements, sign_in, django_assert_max_num_queries):
    first = agreements[0]
    page = reverse("fulfilment-team", args=[cast.team_a.pk])
    client = sign_in(cast.zhou)
    with django_assert_max_num_queries(35):
        text = text_of(client.get(page))
    assert first.number in text
    assert agreements[1].number not in text
    assert first.enrollments.get().resident.masked_name in text
    log = ReadLog.objects.get()
    assert (log.action, log.page) == ("list", "fulfilment-team")
    assert sign_in(cast.zhao).get(page).status_code == 404
    assert sign_in(cast.shen).get(page).status_code == 403


def test_agreements_of_a_team_are_paged(cast, district, agreements, sign_in, monkeypatch):
    monkeypatch.setattr("care.queries.fulfilment.PAGE_SIZE", 1)
    other = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY)
    client, page = sign_in(cast.li), reverse("fulfilment-team", args=[cast.team_a.pk])
    first = client.get(page)
    second = client.get(page, {"after": first.context["page"].next_after})
    shown = [one.promises.agreement.pk for answer in (first, second) for one in answer.context["page"].rows]
    assert shown == [agreements[0].pk, other.pk]
    assert second.context["page"].next_after == ""


def test_tasks_in_time_late_and_never(cast, agreements, sign_in):
    person = agreements[0].enrollments.get().resident
    done = {"record": "record:1"}
    task(person, cast.team_a, due=-60, sequence=1, state="done", done_on=DAY - 60 * ONE, **done)
    task(person, cast.team_a, due=-50, sequence=2, state="done_late", done_on=DAY - 20 * ONE, **done)
    task(person, cast.team_a, due=-100, sequence=3, state="missed")
    task(person, cast.team_a, due=-100, sequence=4, state="refused", reason="resident_refused")
    task(person, cast.team_a, sequence=5)
    task(person, cast.team_a, due=-60, code="smi.routine", state="missed")
    refresh_fulfilment(on=DAY, now=NOW)
    assert refresh_fulfilment(on=DAY, now=NOW)["tasks"] == 0
    answer = sign_in(cast.zhou).get(reverse("fulfilment-tasks"))
    (row,) = answer.context["rows"]
    assert (row.on_time, row.late, row.missed, row.excused, row.rate) == (1, 1, 1, 1, Fraction(1, 3))
    assert "33.33%" in text_of(answer)
    assert len(sign_in(cast.li).get(reverse("fulfilment-tasks")).context["rows"]) == 2
    assert not sign_in(cast.wu).get(reverse("fulfilment-tasks")).context["rows"]
    assert not sign_in(cast.zhou).get(reverse("fulfilment-tasks"), {"in_year": 2025}).context["rows"]
    assert TaskFigure.objects.filter(month=dt.date(2026, 9, 1)).exists()
