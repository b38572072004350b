"""Live streams: fixed hours, the job that plans and misses, recording, the weeks, the pages (S2-10)."""

import datetime as dt
import threading
from io import BytesIO

import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection

from config.jobs import JOBS
from outreach.actions.livestreams import (
    CannotKeepStream,
    StreamPlan,
    StreamResult,
    add_stream,
    cancel_stream,
    end_slot,
    miss_streams,
    plan_streams,
    prepare_stream,
    record_stream,
)
from outreach.choices import LivestreamState
from outreach.models import Livestream, LivestreamSlot
from outreach.queries.livestreams import institution_streams, slot_words
from outreach.rules.livestreams import StreamWeekState
from outreach.rules.patrols import mondays
from teams.choices import Role
from tests.factories.calendars import POLICY, a_slot
from tests.factories.teams import InstitutionFactory, RoleAssignmentFactory, UserFactory
from tests.factories.visits import always
from tests.outreach.visiting import at

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)  # a Sunday
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
WEDNESDAY = dt.date(2026, 11, 18)


@pytest.fixture
def feng(cast):
    user = UserFactory(username="feng", name="冯干事", institution=cast.hospital)
    RoleAssignmentFactory(user=user, role=Role.HOSPITAL_STAFF, institution=cast.hospital, area_code="")
    return user


@pytest.fixture
def slot(cast, feng) -> LivestreamSlot:
    """Wednesdays 19:00, since the start of November."""
    return a_slot(cast.hospital, by=feng, on=dt.date(2026, 11, 1))


@pytest.fixture
def stream(slot) -> Livestream:
    return Livestream.objects.get(on=WEDNESDAY)


def result(**given) -> StreamResult:
    values = {
        "began_at": dt.time(19), "ended_at": dt.time(19, 40), "qa_enabled": True, "questions": 12, "viewers": 800,
        "topic": "冬季心脑血管病防治", "host": "林主任",
    }  # fmt: skip
    return StreamResult(**values | given)


def held(by, stream, *, on=TODAY, now=None, **given) -> Livestream:
    return record_stream(
        by=by, on=on, now=now or at(12), policy=POLICY, stream=stream, result=result(**given)
    )


class TestPlanning:
    def test_this_week_and_four_more(self, cast, feng):
        a_slot(cast.hospital, by=feng, on=TODAY, weekday=7)
        days = [TODAY + n * WEEK for n in range(5)]
        assert list(Livestream.objects.order_by("on").values_list("on", flat=True)) == days

    def test_twice_is_once_and_the_next_week_adds_one(self, slot):
        before = Livestream.objects.count()
        plan_streams(on=TODAY, policy=POLICY)
        again = plan_streams(on=TODAY, policy=POLICY)
        assert (again.made, again.removed) == (0, 0)
        assert plan_streams(on=TODAY + DAY, policy=POLICY).made == 1
        assert Livestream.objects.count() > before

    def test_ended_the_later_ones_go_the_prepared_one_stays(self, feng, slot):
        plan_streams(on=TODAY, policy=POLICY)
        prepared = Livestream.objects.get(on=WEDNESDAY + 2 * WEEK)
        prepare_stream(
            by=feng, on=TODAY, policy=POLICY, stream=prepared,
            plan=StreamPlan(prepared.on, prepared.begins_at, 40, "视频号", "儿童呼吸道感染"),
        )  # fmt: skip
        end_slot(by=feng, on=TODAY, policy=POLICY, slot=slot, ends_on=TODAY)
        ahead = Livestream.objects.filter(on__gt=TODAY)
        assert list(ahead.values_list("on", flat=True)) == [prepared.on]

    def test_moved_within_its_week_it_is_not_planned_again(self, feng, slot):
        plan_streams(on=TODAY, policy=POLICY)
        one = Livestream.objects.get(on=WEDNESDAY + WEEK)
        given = {"by": feng, "on": TODAY, "policy": POLICY, "stream": one}
        prepare_stream(**given, plan=StreamPlan(one.on + DAY, dt.time(20), 40, "视频号"))
        assert plan_streams(on=TODAY, policy=POLICY).made == 0
        with pytest.raises(CannotKeepStream) as refused:
            prepare_stream(**given, plan=StreamPlan(one.on + WEEK, dt.time(20), 40, "视频号"))
        assert refused.value.code == "stream_other_week"

    def test_not_of_a_closed_institution(self, cast, feng):
        cast.hospital.is_active = False
        cast.hospital.save()
        a_slot(cast.hospital, by=feng, on=TODAY)
        assert not Livestream.objects.exists()

    def test_past_ones_are_missed_todays_not_yet(self, slot, stream):
        assert miss_streams(on=WEDNESDAY) == Livestream.objects.filter(on__lt=WEDNESDAY).count()
        stream.refresh_from_db()
        assert stream.state == LivestreamState.PLANNED
        assert miss_streams(on=WEDNESDAY + DAY) == 1
        assert miss_streams(on=WEDNESDAY + DAY) == 0

    def test_slots_that_cannot_be(self, cast, feng, slot):
        for given, code in (
            ({"starts_on": TODAY - DAY}, "slot_past"),
            ({"ends_on": TODAY - DAY}, "slot_reversed"),
            ({}, "slot_taken"),
        ):
            with pytest.raises(CannotKeepStream) as refused:
                a_slot(cast.hospital, by=feng, on=TODAY, **given)
            assert refused.value.code == code
        a_slot(cast.hospital, by=feng, on=TODAY, begins_at=dt.time(20))
        with pytest.raises(CannotKeepStream) as refused:
            end_slot(by=feng, on=TODAY, policy=POLICY, slot=slot, ends_on=TODAY - 2 * DAY)
        assert refused.value.code == "slot_end_past"

    def test_the_jobs_and_the_command(self, noon, slot, capsys):
        names = [one.name for one in JOBS]
        assert names.index("miss-streams") < names.index("plan-streams")
        call_command("plan_livestreams", "--on", "2026-11-23", "--dry-run")
        assert not Livestream.objects.filter(state="missed").exists()
        call_command("plan_livestreams", "--on", "2026-11-23")
        assert "未开展 3" in capsys.readouterr().out
        assert Livestream.objects.filter(state="missed").count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_plan_at_once_make_each_once(cast, feng):
    slot = a_slot(cast.hospital, by=feng, on=TODAY)
    Livestream.objects.all().delete()
    gate = threading.Barrier(2)

    def plan():
        try:
            gate.wait()
            plan_streams(on=TODAY, policy=POLICY)
        finally:
            connection.close()

    both = [threading.Thread(target=plan) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    days = list(Livestream.objects.filter(slot=slot).values_list("on", flat=True))
    assert len(days) == len(set(days)) == 4


class TestRecording:
    def test_held_and_corrected(self, feng, stream):
        held(feng, stream)
        again = held(feng, stream, ended_at=dt.time(19, 29), viewers=900)
        assert (again.state, again.viewers, again.began_at) == (
            LivestreamState.HELD,
            900,
            at(19, day=WEDNESDAY),
        )
        assert again.ended_at - again.began_at == dt.timedelta(minutes=29)

    def test_given_up_for_missed_it_may_still_be_recorded(self, feng, stream):
        miss_streams(on=TODAY)
        assert held(feng, stream).state == LivestreamState.HELD

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"ended_at": dt.time(19)}, "stream_times"), ({"topic": " "}, "stream_no_topic"),
            ({"qa_enabled": False}, "stream_questions"),
        ],
    )  # fmt: skip
    def test_what_cannot_be(self, feng, stream, given, code):
        with pytest.raises(CannotKeepStream) as refused:
            held(feng, stream, **given)
        assert refused.value.code == code

    def test_not_before_it_is_over(self, feng, stream):
        with pytest.raises(CannotKeepStream) as refused:
            held(feng, stream, on=WEDNESDAY, now=at(19, 39, day=WEDNESDAY))
        assert refused.value.code == "stream_ahead"
        held(feng, stream, on=WEDNESDAY, now=at(19, 40, day=WEDNESDAY))

    def test_fourteen_days_back(self, feng, stream):
        held(feng, stream, on=WEDNESDAY + 14 * DAY, now=at(12, day=WEDNESDAY + 14 * DAY))
        with pytest.raises(CannotKeepStream) as refused:
            held(feng, stream, on=WEDNESDAY + 15 * DAY, now=at(12, day=WEDNESDAY + 15 * DAY))
        assert refused.value.code == "stream_too_late"

    def test_cancelled_with_a_reason_and_for_good(self, feng, stream):
        given = {"by": feng, "on": TODAY, "policy": POLICY, "stream": stream}
        with pytest.raises(CannotKeepStream) as refused:
            cancel_stream(**given, note=" ")
        assert refused.value.code == "stream_no_reason"
        assert cancel_stream(**given, note="平台故障").state == LivestreamState.CANCELLED
        with pytest.raises(CannotKeepStream) as refused:
            held(feng, stream)
        assert refused.value.code == "stream_cancelled"
        with pytest.raises(CannotKeepStream) as refused:
            prepare_stream(
                by=feng, on=TODAY, policy=POLICY, stream=stream, plan=StreamPlan(TODAY, dt.time(8), 30, "x")
            )
        assert refused.value.code == "stream_not_planned"

    def test_one_beside_the_fixed_hours(self, cast, feng, stream):
        plan = StreamPlan(WEDNESDAY, dt.time(19), 30, "抖音", "义诊直播")
        given = {"by": feng, "on": TODAY, "policy": POLICY, "institution": cast.hospital}
        with pytest.raises(CannotKeepStream) as refused:
            add_stream(**given, plan=plan)
        assert refused.value.code == "livestream_once"
        add_stream(**given, plan=StreamPlan(WEDNESDAY, dt.time(8), 30, "抖音"))
        with pytest.raises(CannotKeepStream) as refused:
            add_stream(**given, plan=StreamPlan(TODAY - 15 * DAY, dt.time(8), 30, "抖音"))
        assert refused.value.code == "stream_long_ago"


class TestWeeks:
    WEEKS = mondays(TODAY - 3 * WEEK, TODAY)

    def rows(self):
        return institution_streams(
            LivestreamSlot.objects.all(), weeks=self.WEEKS, on=TODAY + DAY, policies=always()
        )

    def test_by_institution(self, cast, feng, slot, stream):
        held(feng, stream)
        earlier = Livestream.objects.get(on=WEDNESDAY - WEEK)
        record_stream(
            by=feng, on=WEDNESDAY, now=at(12, day=WEDNESDAY), policy=POLICY, stream=earlier,
            result=result(ended_at=dt.time(19, 20)),
        )  # fmt: skip
        (row,) = self.rows()
        assert row.institution == cast.hospital
        assert [one.state for one in row.weeks] == [
            StreamWeekState.NOT_COUNTED, StreamWeekState.SHORT, StreamWeekState.SHORT, StreamWeekState.MET,
        ]  # fmt: skip
        assert (row.asked, row.met) == (3, 1)

    def test_two_queries_for_many(self, cast, feng, django_assert_num_queries):
        for _ in range(6):
            one = InstitutionFactory(area_code="371002")
            for weekday in (1, 4):
                a_slot(one, by=cast.zhou, on=dt.date(2026, 11, 1), weekday=weekday)
        with django_assert_num_queries(2):
            assert len(self.rows()) == 6

    def test_words(self, slot):
        assert slot_words(slot) == "每周三 19:00-19:40"


class TestPages:
    def test_the_hospital_sets_its_hour_records_and_exports(self, noon, cast, feng, sign_in):
        browser = sign_in(feng)
        typed = {
            "weekday": "7", "begins_at": "08:00", "minutes": "40", "platform": "视频号", "starts_on": "2026-11-22",
        }  # fmt: skip
        assert browser.post("/livestreams/slots/new/", typed).status_code == 302
        stream = Livestream.objects.get(on=TODAY)
        answer = browser.post(
            f"/livestreams/{stream.pk}/record/",
            {
                "topic": "冬季养生", "began_at": "08:00", "ended_at": "08:25", "qa_enabled": "on", "questions": "3",
                "viewers": "100",
            },
        )  # fmt: skip
        assert answer.status_code == 302
        page = browser.get(f"/livestreams/{stream.pk}/").content.decode()
        assert "只有25分钟，不足30分钟" in page
        page = browser.get("/livestreams/").content.decode()
        assert "只有25分钟，不足30分钟" in page
        sheet = browser.get("/livestreams/?export=streams")
        rows = list(openpyxl.load_workbook(BytesIO(sheet.content)).active.values)
        assert [row[3] for row in rows[3:] if row[7]] == ["冬季养生"]
        weeks = browser.get("/livestreams/?export=weeks")
        rows = list(openpyxl.load_workbook(BytesIO(weeks.content)).active.values)
        assert rows[3][:2] == ("测试区人民医院", "每周日 8:00-8:40")

    def test_planned_cancelled_ended(self, noon, cast, feng, slot, stream, sign_in):
        browser = sign_in(feng)
        typed = {
            "day": "2026-11-19", "begins_at": "20:00", "minutes": "30", "platform": "视频号", "topic": "用药安全",
        }  # fmt: skip
        assert browser.post(f"/livestreams/{stream.pk}/plan/", typed).status_code == 302
        stream.refresh_from_db()
        assert (stream.on, stream.topic) == (dt.date(2026, 11, 19), "用药安全")
        browser.post(f"/livestreams/{stream.pk}/cancel/", {"note": ""})
        stream.refresh_from_db()
        assert stream.state == LivestreamState.PLANNED
        browser.post(f"/livestreams/{stream.pk}/cancel/", {"note": "停电"})
        stream.refresh_from_db()
        assert stream.state == LivestreamState.CANCELLED
        browser.post(f"/livestreams/slots/{slot.pk}/end/", {"ends_on": "2026-11-30"})
        slot.refresh_from_db()
        assert slot.ends_on == dt.date(2026, 11, 30)

    def test_only_ones_own_institution(self, noon, cast, slot, stream, sign_in):
        browser = sign_in(cast.qian)
        assert browser.get(f"/livestreams/{stream.pk}/").status_code == 404
        assert browser.post(f"/livestreams/{stream.pk}/record/").status_code == 404
        assert browser.get(f"/livestreams/slots/{slot.pk}/end/").status_code == 404
        assert browser.get(f"/livestreams/new/?institution={cast.hospital.pk}").status_code == 404
        assert "测试区人民医院" not in browser.get("/livestreams/").content.decode()

    def test_the_bureau_sees_all_and_records_none(self, noon, cast, stream, sign_in):
        browser = sign_in(cast.zhou)
        assert "测试区人民医院" in browser.get("/livestreams/?weeks=26").content.decode()
        assert browser.get(f"/livestreams/{stream.pk}/").status_code == 200
        assert browser.get(f"/livestreams/{stream.pk}/record/").status_code == 403
        assert browser.get(f"/livestreams/slots/new/?institution={cast.hospital.pk}").status_code == 200

    def test_this_week_and_the_next_unless_all_are_asked_for(self, noon, cast, feng, sign_in):
        a_slot(cast.hospital, by=feng, on=TODAY, weekday=7)
        browser = sign_in(feng)
        page, whole = (browser.get(f"/livestreams/{more}").content.decode() for more in ("", "?ahead=on"))
        assert "2026-11-29" in page
        assert "2026-12-06" not in page
        assert "2026-12-20" in whole

    def test_bounded(self, noon, cast, feng, sign_in, django_assert_max_num_queries):
        for _ in range(5):
            a_slot(InstitutionFactory(area_code="371002"), by=cast.zhou, on=dt.date(2026, 11, 1))
        browser = sign_in(cast.zhou)
        browser.get("/livestreams/")
        with django_assert_max_num_queries(20):
            browser.get("/livestreams/")
