"""Days off of points: asked for, decided by somebody else, taken back."""

import datetime as dt

import pytest

from outreach.actions.exceptions import (
    CannotStopService,
    DaysOff,
    ask_exception,
    decide_exception,
    revoke_exception,
)
from outreach.choices import ExceptionReason, ExceptionState
from outreach.models import PointException
from tests.factories.visits import POLICY, a_point

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
R, S = ExceptionReason, ExceptionState


@pytest.fixture
def point(cast, district):
    return a_point(district.grid_a, by=cast.qian, on=TODAY - 30 * DAY)


def ask(cast, points, *, first=TODAY, last=TODAY, reason=R.WEATHER, note="", by=None):
    return ask_exception(
        by=by or cast.li, on=TODAY, now=NOW, policy=POLICY, points=points, days=DaysOff(first, last, reason, note)
    )  # fmt: skip


def decide(cast, row, *, by=None, approves=True, decision=""):
    return decide_exception(
        by=by or cast.qian, on=TODAY, now=NOW, policy=POLICY, exception=row, approves=approves, decision=decision
    )  # fmt: skip


def revoke(cast, row, *, on=TODAY, decision="场地恢复"):
    return revoke_exception(by=cast.qian, on=on, now=NOW, policy=POLICY, exception=row, decision=decision)


def code_of(call) -> str:
    with pytest.raises(CannotStopService) as refusal:
        call()
    return refusal.value.code


class TestAsking:
    def test_for_many_at_once(self, cast, district, point):
        other = a_point(district.grid_a, by=cast.qian, on=TODAY)
        assert {one.point_id for one in ask(cast, [point, other])} == {point.pk, other.pk}

    def test_all_or_none(self, cast, district, point):
        closed = a_point(district.grid_a, by=cast.qian, on=TODAY, opened_on=TODAY + DAY)
        assert code_of(lambda: ask(cast, [point, closed])) == "point_closed"
        assert not PointException.objects.exists()

    def test_no_points(self, cast):
        assert code_of(lambda: ask(cast, [])) == "no_points"

    def test_days_back_are_bounded_by_the_policy(self, cast, point):
        back = POLICY.visit_backdate_days
        assert code_of(lambda: ask(cast, [point], first=TODAY - (back + 1) * DAY)) == "too_late"
        assert ask(cast, [point], first=TODAY - back * DAY)

    def test_days_turned_round(self, cast, point):
        assert code_of(lambda: ask(cast, [point], last=TODAY - DAY)) == "ends_before_start"

    def test_other_reasons_are_written_out(self, cast, point):
        assert code_of(lambda: ask(cast, [point], reason=R.OTHER)) == "note_missing"
        assert ask(cast, [point], reason=R.OTHER, note="停电")

    def test_once_for_a_day_unless_it_was_refused(self, cast, point):
        (row,) = ask(cast, [point], last=TODAY + 2 * DAY)
        assert (
            code_of(lambda: ask(cast, [point], first=TODAY + 2 * DAY, last=TODAY + 3 * DAY))
            == "asked_already"
        )
        assert ask(cast, [point], first=TODAY + 3 * DAY, last=TODAY + 3 * DAY)
        decide(cast, row, approves=False, decision="可调整时间")
        assert ask(cast, [point])


class TestDeciding:
    def test_by_somebody_else(self, cast, point):
        (row,) = ask(cast, [point], by=cast.qian)
        assert code_of(lambda: decide(cast, row)) == "is_own"
        decide(cast, row, by=cast.zhou)
        row.refresh_from_db()
        assert (row.state, row.decided_by) == (S.APPROVED, cast.zhou)

    def test_once(self, cast, point):
        (row,) = ask(cast, [point])
        decide(cast, row)
        assert code_of(lambda: decide(cast, row)) == "is_decided"

    def test_refused_with_a_reason(self, cast, point):
        (row,) = ask(cast, [point])
        assert code_of(lambda: decide(cast, row, approves=False)) == "no_reason"
        assert decide(cast, row, approves=False, decision="人手够") is None

    def test_taken_back_until_its_last_day(self, cast, point):
        (row,) = ask(cast, [point], last=TODAY + DAY)
        assert code_of(lambda: revoke(cast, row)) == "not_approved"
        decide(cast, row)
        assert code_of(lambda: revoke(cast, row, decision="")) == "no_reason"
        assert code_of(lambda: revoke(cast, row, on=TODAY + 2 * DAY)) == "is_over"
        revoke(cast, row, on=TODAY + DAY)
        row.refresh_from_db()
        assert (row.state, row.decision) == (S.REFUSED, "撤销：场地恢复")


class TestPages:
    def typed(self, point, **given):
        values = {
            "points": [point.pk],
            "starts_on": "2026-11-23",
            "ends_on": "2026-11-24",
            "reason": "weather",
        }
        return values | given

    def test_from_asking_to_taking_back(self, noon, cast, point, sign_in):
        team = sign_in(cast.li)
        assert team.get(f"/points/stops/new/?point={point.pk}").context["form"]["points"].value() == [
            str(point.pk)
        ]
        assert team.post("/points/stops/new/", self.typed(point))["Location"] == "/points/stops/"
        row = PointException.objects.get()
        assert team.post(f"/points/stops/{row.pk}/decide/", {"verdict": "approve"}).status_code == 403
        steward = sign_in(cast.qian)
        assert "有 1 项等待审批" in steward.get("/points/stops/").content.decode()
        steward.post(f"/points/stops/{row.pk}/decide/", {"verdict": "approve"})
        row.refresh_from_db()
        assert row.state == S.APPROVED
        assert "11月23日至11月24日" in steward.get(f"/points/{point.pk}/").content.decode()
        public = steward.get(f"/p/points/{point.code}/").content.decode()
        assert "停诊（恶劣天气）" in public
        steward.post(f"/points/stops/{row.pk}/decide/", {"verdict": "revoke", "decision": "雨停"})
        row.refresh_from_db()
        assert row.state == S.REFUSED

    def test_what_waits_stands_first(self, noon, cast, point, sign_in):
        (waits,) = ask(cast, [point])
        (later,) = ask(cast, [point], first=TODAY + DAY, last=TODAY + DAY)
        decide(cast, later)
        page = sign_in(cast.qian).get("/points/stops/").context["page"]
        assert [one.pk for one in page] == [waits.pk, later.pk]

    def test_a_refusal_is_told(self, noon, cast, point, sign_in):
        (row,) = ask(cast, [point])
        browser = sign_in(cast.qian)
        answer = browser.post(f"/points/stops/{row.pk}/decide/", {"verdict": "refuse"}, follow=True)
        assert "不批准请写明原因" in answer.content.decode()
        answer = browser.post(f"/points/stops/{row.pk}/decide/", {"verdict": "?"}, follow=True)
        assert "审批没有保存" in answer.content.decode()

    def test_who_may(self, noon, cast, point, sign_in):
        (row,) = ask(cast, [point])
        assert sign_in(cast.he).get("/points/stops/").status_code == 200
        assert sign_in(cast.he).get("/points/stops/new/").status_code == 403
        assert (
            sign_in(cast.wu).post(f"/points/stops/{row.pk}/decide/", {"verdict": "approve"}).status_code
            == 404
        )
        refused = sign_in(cast.zhao).post("/points/stops/new/", self.typed(point))
        assert "points" in refused.context["form"].errors

    def test_too_many_points_are_asked_for_one_by_one(
        self, noon, cast, district, point, sign_in, monkeypatch
    ):
        a_point(district.grid_a, by=cast.qian, on=TODAY)
        monkeypatch.setattr("outreach.views.stops.MOST_OPTIONS", 1)
        browser = sign_in(cast.li)
        assert "请先选服务点" in browser.get("/points/stops/new/").content.decode()
        browser.post("/points/stops/new/", self.typed(point))
        assert PointException.objects.get().point == point

    def test_bounded_queries(self, noon, cast, district, sign_in, django_assert_max_num_queries):
        for _ in range(10):
            ask(cast, [a_point(district.grid_a, by=cast.qian, on=TODAY)])
        browser = sign_in(cast.qian)
        with django_assert_max_num_queries(16):
            browser.get("/points/stops/")
