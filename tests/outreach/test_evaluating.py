"""Half-year evaluations: who judges whom, the sheet, once for a half-year, history, and the pages."""

import datetime as dt

import pytest
from django.urls import reverse

from outreach.actions.evaluating import CannotEvaluate, evaluate
from outreach.choices import EvaluationKind
from outreach.models import Evaluation
from outreach.policy import OutreachPolicy
from outreach.queries.community import deeds_of, halves_due, led_by
from outreach.rules.evaluating import (
    SHEETS,
    HalfYear,
    fault_of,
    half_of,
    halves_open,
    total_of,
    was_in_post,
)
from tests.contracts.test_actions_concurrency import together
from tests.factories.grids import PostingFactory
from tests.factories.reports import report_from

ON = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
HALF = HalfYear(2026, 2)
FULL = {kind: {item.code: item.points for item in items} for kind, items in SHEETS.items()}


def outbox_of(user) -> dict[str, str]:
    return {"X-Outbox": "1", "X-Outbox-Owner": str(user.pk)}


@pytest.mark.parametrize("kind", EvaluationKind.values)
def test_each_sheet_has_a_hundred_points_and_no_item_twice(kind):
    assert total_of(FULL[kind]) == 100
    assert len({item.code for item in SHEETS[kind]}) == len(SHEETS[kind])


@pytest.mark.parametrize(
    ("day", "year", "half"),
    [
        (dt.date(2026, 1, 1), 2026, 1),
        (dt.date(2026, 6, 30), 2026, 1),
        (dt.date(2026, 7, 1), 2026, 2),
        (dt.date(2026, 12, 31), 2026, 2),
    ],
)
def test_the_half_year_of_a_day(day, year, half):
    found = half_of(day)
    assert (found.year, found.half) == (year, half)
    assert found.first_on <= day <= found.last_on


def test_the_half_before_the_first_is_of_last_year():
    assert halves_open(dt.date(2026, 1, 1)) == (HalfYear(2026, 1), HalfYear(2025, 2))
    assert str(HalfYear(2025, 2)) == "2025年下半年"


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "was"),
    [
        (dt.date(2026, 12, 31), None, True),
        (dt.date(2027, 1, 1), None, False),
        (dt.date(2020, 1, 1), dt.date(2026, 7, 1), True),
        (dt.date(2020, 1, 1), dt.date(2026, 6, 30), False),
    ],
)
def test_one_day_in_post_is_enough(starts_on, ends_on, was):
    assert was_in_post(starts_on, ends_on, HALF) is was


def test_a_sheet_is_whole_or_says_what_is_missing():
    assert fault_of("leader", FULL["leader"]) is None
    assert fault_of("leader", dict.fromkeys(FULL["leader"], 0)) is None
    short = {code: points for code, points in FULL["leader"].items() if code != "personnel"}
    assert fault_of("leader", short).code == "score_missing"
    assert fault_of("leader", FULL["leader"] | {"personnel": 16}).code == "score_out_of_bounds"
    assert fault_of("leader", FULL["leader"] | {"personnel": -1}).field == "personnel"
    assert fault_of("leader", FULL["leader"] | {"charm": 1}).code == "score_unknown"


def judged(by, posting, **changed):
    return evaluate(
        **{
            "by": by, "on": ON, "now": NOW, "posting": posting, "half": HALF, "scores": FULL["sentinel"],
        } | changed
    )  # fmt: skip


@pytest.mark.django_db
def test_the_leader_judges_his_sentinels_and_the_steward_the_leader(noon, people):
    made = judged(people.leader, people.sentinel, note=" 工作  认真 ")
    assert (made.kind, made.total, made.note, made.evaluated_by) == (
        "sentinel",
        100,
        "工作 认真",
        people.leader,
    )
    assert judged(people.leader, people.other).kind == "sentinel"
    made = judged(people.steward, people.leader_post, scores=FULL["leader"])
    assert (made.kind, made.half, made.year) == ("leader", 2, 2026)


@pytest.mark.django_db
def test_nobody_else_does(noon, cast, people):
    for who, whom in (
        (people.steward, people.sentinel),
        (people.leader, people.leader_post),
        (people.leader, people.steward_post),
        (cast.sun, people.sentinel),
        (cast.li, people.sentinel),
        (cast.he, people.leader_post),
    ):
        with pytest.raises(CannotEvaluate) as caught:
            judged(who, whom)
        assert caught.value.code == "not_yours"
    assert not Evaluation.objects.exists()


@pytest.mark.django_db
def test_nobody_judges_himself(noon, people):
    people.leader_post.user = people.steward
    people.leader_post.save(update_fields=["user"])
    with pytest.raises(CannotEvaluate) as caught:
        judged(people.steward, people.leader_post, scores=FULL["leader"])
    assert caught.value.code == "own"


@pytest.mark.django_db
@pytest.mark.parametrize("half", [HalfYear(2025, 2), HalfYear(2027, 1)])
def test_only_this_half_year_and_the_one_before(noon, people, half):
    with pytest.raises(CannotEvaluate) as caught:
        judged(people.leader, people.sentinel, half=half)
    assert caught.value.code == "half_closed"


@pytest.mark.django_db
def test_whoever_came_later_is_not_judged_for_before(noon, people):
    people.sentinel.starts_on = dt.date(2026, 7, 1)
    people.sentinel.save(update_fields=["starts_on"])
    with pytest.raises(CannotEvaluate) as caught:
        judged(people.leader, people.sentinel, half=HalfYear(2026, 1))
    assert caught.value.code == "not_in_post"
    judged(people.leader, people.sentinel)


@pytest.mark.django_db
def test_a_faulty_sheet_is_refused_at_its_item(noon, people):
    with pytest.raises(CannotEvaluate) as caught:
        judged(people.leader, people.sentinel, scores=FULL["sentinel"] | {"clues": 31})
    assert (caught.value.code, caught.value.field) == ("score_out_of_bounds", "clues")


@pytest.mark.django_db
def test_once_for_a_half_year_changeable_with_history(noon, people):
    first = judged(people.leader, people.sentinel)
    again = judged(people.leader, people.sentinel)
    assert again.pk == first.pk
    assert again.history.count() == 0, "the same sheet sent again changes nothing"
    changed = judged(people.leader, people.sentinel, scores=FULL["sentinel"] | {"clues": 10})
    assert (changed.pk, changed.total) == (first.pk, 80)
    assert [one.total for one in changed.history.all()] == [100]
    judged(people.leader, people.sentinel, half=HalfYear(2026, 1))
    assert Evaluation.objects.count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_sheet(people):
    sheets = [FULL["sentinel"] | {"clues": points} for points in range(3)]
    made = together(
        *(lambda sheet=sheet: judged(people.leader, people.sentinel, scores=sheet) for sheet in sheets)
    )
    assert {one.pk for one in made} == {Evaluation.objects.get().pk}


@pytest.mark.django_db
def test_what_is_due(noon, people):
    policy = OutreachPolicy()
    first, second = HalfYear(2026, 1), HalfYear(2026, 2)
    assert halves_due(people.sentinel, [], on=dt.date(2026, 11, 30), policy=policy) == (first,)
    assert halves_due(people.sentinel, [], on=dt.date(2026, 12, 1), policy=policy) == (first, second)
    made = judged(people.leader, people.sentinel, half=first)
    assert halves_due(people.sentinel, [made], on=dt.date(2026, 12, 1), policy=policy) == (second,)
    never = OutreachPolicy(evaluations_per_half_year=0)
    assert halves_due(people.sentinel, [], on=dt.date(2026, 12, 1), policy=never) == ()


@pytest.mark.django_db
def test_practice_is_not_among_the_deeds(noon, cast, people):
    report_from(cast.sun, "need", now=NOW)
    report_from(cast.sun, "need", now=NOW, is_training=True)
    found = deeds_of(people.sentinel, HALF)
    assert (found.reports, found.zero_weeks, found.errands, found.check_ins) == (1, 0, 0, 0)
    assert deeds_of(people.sentinel, HALF.before).reports == 0


@pytest.mark.django_db
def test_whom_one_leads(noon, cast, people):
    assert set(led_by(people.leader, on=ON)) == {people.sentinel, people.other}
    assert set(led_by(people.steward, on=ON)) == {people.leader_post, people.sentinel, people.other}
    assert not led_by(cast.sun, on=ON).exists()
    assert not led_by(cast.zhou, on=ON).exists()


@pytest.mark.django_db
def test_the_page_saves_and_shows_the_sheet_again(noon, people, sign_in):
    client = sign_in(people.leader)
    address = reverse("grid-evaluate", args=[people.sentinel.pk])
    page = client.get(f"{address}?half=2026-1").content.decode()
    assert "2026年上半年" in page
    assert "发现上报（满分 30）" in page
    sheet = {"half": "2026-1", "client_token": "6f1e1f5e-0000-4000-8000-000000000001", "note": "继续努力"}
    answer = client.post(address, sheet | FULL["sentinel"] | {"clues": 20})
    assert answer.url == reverse("grid-team-person", args=[people.sentinel.pk])
    made = Evaluation.objects.get()
    assert (made.year, made.half, made.total) == (2026, 1, 90)
    page = client.get(f"{address}?half=2026-1").content.decode()
    assert "已评 90 分" in page
    assert "继续努力" in page
    assert "90 分" in client.get(answer.url).content.decode()


@pytest.mark.django_db
def test_a_refused_sheet_keeps_what_was_typed(noon, people, sign_in):
    client = sign_in(people.leader)
    address = reverse("grid-evaluate", args=[people.sentinel.pk])
    sheet = {"half": "2026-2", "client_token": "6f1e1f5e-0000-4000-8000-000000000001", "note": "话没说完"}
    page = client.post(address, sheet | FULL["sentinel"] | {"clues": 31})
    assert page.status_code == 200
    assert "话没说完" in page.content.decode()
    answer = client.post(address, sheet | FULL["sentinel"] | {"clues": ""}, headers=outbox_of(people.leader))
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["clues"]
    answer = client.post(
        address, sheet | FULL["sentinel"] | {"half": "2020-1"}, headers=outbox_of(people.leader)
    )
    assert list(answer.json()["errors"]) == ["half"]
    assert not Evaluation.objects.exists()


@pytest.mark.django_db
def test_other_peoples_sentinels_are_not_there(noon, cast, district, people, sign_in):
    stranger = PostingFactory(grid=district.grid_b, name="别处哨兵")
    client = sign_in(people.leader)
    for name in ("grid-team-person", "grid-evaluate", "grid-team-leave"):
        assert client.get(reverse(name, args=[stranger.pk])).status_code == 404
        assert client.get(reverse(name, args=[people.leader_post.pk])).status_code == 404
    steward = sign_in(people.steward)
    assert steward.get(reverse("grid-evaluate", args=[people.leader_post.pk])).status_code == 200
    assert steward.get(reverse("grid-evaluate", args=[people.sentinel.pk])).status_code == 404
    assert steward.get(reverse("grid-team-person", args=[people.sentinel.pk])).status_code == 200
    assert sign_in(cast.sun).get(reverse("grid-team")).status_code == 403


@pytest.mark.django_db
def test_the_street_reads_what_was_judged(noon, cast, people, sign_in):
    made = judged(people.leader, people.sentinel, note="认真")
    client = sign_in(cast.he)
    assert "孙网格员" in client.get(reverse("admin:outreach_evaluation_changelist")).content.decode()
    page = client.get(reverse("admin:outreach_evaluation_change", args=[made.pk])).content.decode()
    assert "发现上报（满分 30） 30 分" in page
    assert client.post(reverse("admin:outreach_evaluation_change", args=[made.pk])).status_code == 403
    assert sign_in(cast.li).get(reverse("admin:outreach_evaluation_changelist")).status_code == 403
