"""Regular hours of institutions: entered, changed, stopped, ended; the pages; the month of an institution."""

import datetime as dt
import threading
from io import BytesIO

import openpyxl
import pytest
from django.db import connection

from core.calendar import keep_day
from outreach.actions.clinics import (
    CannotKeepClinic,
    change_clinic,
    end_clinic,
    open_clinics,
    resume_clinic,
    stop_clinic,
)
from outreach.choices import ClinicKind, VisitKind, VisitState
from outreach.models import ClinicHours, ClinicStop, OutreachVisit
from outreach.queries.clinics import clinic_lines, month_of_institution
from teams.choices import Profession, Role
from tests.factories.calendars import BEGUN, a_clinic, a_slot, clinic_facts
from tests.factories.teams import RoleAssignmentFactory, TeamMembershipFactory, UserFactory
from tests.factories.visits import a_visit

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2026, 12, 1), dt.date(2026, 12, 31)


@pytest.fixture
def clinic(cast) -> ClinicHours:
    return a_clinic(cast.institution_a, by=cast.qian)[0]


@pytest.fixture
def feng(cast):
    user = UserFactory(username="feng", name="冯干事", institution=cast.hospital)
    RoleAssignmentFactory(user=user, role=Role.HOSPITAL_STAFF, institution=cast.hospital, area_code="")
    return user


def typed(**given) -> dict:
    values = {
        "kind": "child_vaccination", "weekdays": ["1", "3"], "begins_at": "08:00", "closes_at": "11:30",
        "place": "预防接种门诊", "starts_on": "2026-11-22",
    }  # fmt: skip
    return values | given


class TestVerbs:
    def test_a_row_for_each_weekday(self, cast):
        made = a_clinic(cast.institution_a, by=cast.qian, weekdays=(5, 1, 1))
        assert [one.weekday for one in made] == [1, 5]

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"closes_at": dt.time(8)}, "clinic_reversed"),
            ({"kind": ClinicKind.SPECIALIST}, "clinic_nobody"),
            ({"specialist_name": "王教授"}, "clinic_other_kind"),
        ],
    )
    def test_what_cannot_be(self, cast, facts, code):
        with pytest.raises(CannotKeepClinic) as refused:
            a_clinic(cast.institution_a, by=cast.qian, **facts)
        assert refused.value.code == code
        assert not ClinicHours.objects.exists()

    def test_no_weekday_and_an_early_end(self, cast):
        with pytest.raises(CannotKeepClinic) as refused:
            a_clinic(cast.institution_a, by=cast.qian, weekdays=())
        assert refused.value.code == "clinic_no_weekday"
        with pytest.raises(CannotKeepClinic) as refused:
            a_clinic(cast.institution_a, by=cast.qian, ends_on=BEGUN - DAY)
        assert refused.value.code == "ends_before_start"

    def test_one_person_or_one_name(self, cast):
        with pytest.raises(CannotKeepClinic) as refused:
            a_clinic(
                cast.institution_a, by=cast.qian, kind=ClinicKind.SPECIALIST, specialist=cast.li,
                specialist_name="王教授",
            )  # fmt: skip
        assert refused.value.code == "clinic_two_names"

    def test_all_or_none(self, cast, clinic):
        """Wednesday is taken: Monday is not entered either."""
        with pytest.raises(CannotKeepClinic) as refused:
            a_clinic(cast.institution_a, by=cast.qian, weekdays=(1, 3))
        assert refused.value.code == "clinic_twice"
        assert ClinicHours.objects.count() == 1

    def test_beside_each_other_in_time_place_or_weeks(self, cast, clinic):
        mine = {"by": cast.qian}
        a_clinic(cast.institution_a, **mine, begins_at=dt.time(11, 30), closes_at=dt.time(12))
        a_clinic(cast.institution_a, **mine, place="二楼")
        a_clinic(cast.institution_a, **mine, kind=ClinicKind.ADULT_VACCINATION)
        a_clinic(cast.institution_b, by=cast.wu)
        a_clinic(cast.institution_a, **mine, weekdays=(4,), month_weeks=(1, 3))
        a_clinic(cast.institution_a, **mine, weekdays=(4,), month_weeks=(2, 4))
        with pytest.raises(CannotKeepClinic):
            a_clinic(cast.institution_a, **mine, weekdays=(4,), month_weeks=(3, 5))

    def test_after_the_end_of_the_old_one(self, cast, clinic):
        end_clinic(by=cast.qian, on=TODAY, clinic=clinic, ends_on=TODAY)
        with pytest.raises(CannotKeepClinic):
            a_clinic(cast.institution_a, by=cast.qian, starts_on=TODAY)
        a_clinic(cast.institution_a, by=cast.qian, starts_on=TODAY + DAY)

    def test_an_expert_is_in_one_place(self, cast):
        sits = {"kind": ClinicKind.SPECIALIST, "specialist": cast.li}
        a_clinic(cast.institution_a, by=cast.qian, **sits)
        with pytest.raises(CannotKeepClinic) as refused:
            a_clinic(cast.hospital, by=cast.zhou, begins_at=dt.time(11), closes_at=dt.time(12), **sits)
        assert refused.value.code == "clinic_same_person"
        a_clinic(cast.hospital, by=cast.zhou, begins_at=dt.time(14), closes_at=dt.time(16), **sits)

    def test_changed_it_is_not_in_its_own_way(self, cast, clinic):
        changed = change_clinic(
            by=cast.qian, clinic=clinic, facts=clinic_facts(place="三楼", note="带预防接种证"), weekday=4,
            starts_on=BEGUN,
        )  # fmt: skip
        assert (changed.weekday, changed.place, changed.note) == (4, "三楼", "带预防接种证")
        assert clinic.history.count() == 1

    def test_ended_not_before_yesterday_or_its_start(self, cast, clinic):
        with pytest.raises(CannotKeepClinic) as refused:
            end_clinic(by=cast.qian, on=TODAY, clinic=clinic, ends_on=TODAY - 2 * DAY)
        assert refused.value.code == "ends_in_past"
        assert end_clinic(by=cast.qian, on=TODAY, clinic=clinic, ends_on=TODAY - DAY).ends_on == TODAY - DAY


class TestStops:
    def stop(self, cast, clinic, first, last, reason="设备检修"):
        return stop_clinic(
            by=cast.qian, on=TODAY, clinic=clinic, starts_on=first, ends_on=last, reason=reason
        )

    @pytest.mark.parametrize(
        ("first", "last", "reason", "code"),
        [
            (TODAY, TODAY - DAY, "检修", "stop_reversed"),
            (TODAY - 3 * DAY, TODAY - DAY, "检修", "stop_past"),
            (TODAY, TODAY + 366 * DAY, "检修", "stop_long"),
            (TODAY, TODAY, " \u200b ", "stop_no_reason"),
        ],
    )
    def test_what_cannot_be(self, cast, clinic, first, last, reason, code):
        with pytest.raises(CannotKeepClinic) as refused:
            self.stop(cast, clinic, first, last, reason)
        assert refused.value.code == code

    def test_the_same_days_again_are_the_same_stop_others_do_not_cross(self, cast, clinic):
        one = self.stop(cast, clinic, TODAY, TODAY + DAY)
        assert self.stop(cast, clinic, TODAY, TODAY + DAY).pk == one.pk
        with pytest.raises(CannotKeepClinic) as refused:
            self.stop(cast, clinic, TODAY + DAY, TODAY + 2 * DAY)
        assert refused.value.code == "stop_crosses"
        self.stop(cast, clinic, TODAY + 2 * DAY, TODAY + 3 * DAY)

    def test_taken_back_whole_or_from_today_on(self, cast, clinic):
        ahead = self.stop(cast, clinic, TODAY + 5 * DAY, TODAY + 6 * DAY)
        begun = self.stop(cast, clinic, TODAY - 3 * DAY, TODAY + 3 * DAY)
        for stop in (ahead, begun, ahead):
            resume_clinic(by=cast.qian, on=TODAY, stop=stop)
        assert list(ClinicStop.objects.values_list("starts_on", "ends_on")) == [
            (TODAY - 3 * DAY, TODAY - DAY)
        ]


@pytest.mark.django_db(transaction=True)
def test_two_who_enter_the_same_hours_at_once(cast):
    """One is entered, the other refused."""
    gate, told = threading.Barrier(2), []

    def enter():
        try:
            gate.wait()
            open_clinics(
                by=cast.qian,
                institution=cast.institution_a,
                facts=clinic_facts(),
                weekdays=[3],
                starts_on=BEGUN,
            )
            told.append("made")
        except CannotKeepClinic as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    both = [threading.Thread(target=enter) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(told) == ["clinic_twice", "made"]
    assert ClinicHours.objects.count() == 1


class TestMonth:
    def days(self, cast, user=None):
        visits = OutreachVisit.objects.visible_to(user or cast.qian)
        return {
            one.day.day: one
            for one in month_of_institution(cast.institution_a, visits, first=FIRST, last=LAST)
        }

    def test_hours_visits_and_streams_each_on_its_day(self, cast, clinic):
        stop_clinic(
            by=cast.qian,
            on=TODAY,
            clinic=clinic,
            starts_on=FIRST,
            ends_on=dt.date(2026, 12, 2),
            reason="盘点",
        )
        keep_day(day=dt.date(2026, 12, 30), is_working=False, name="调休假", source="测试")
        a_visit(
            cast.team_a,
            dt.date(2026, 12, 5),
            kind=VisitKind.ACTIVITY,
            state=VisitState.PLANNED,
            topic="高血压讲座",
        )
        a_visit(cast.team_b, dt.date(2026, 12, 7), kind=VisitKind.ACTIVITY, state=VisitState.PLANNED)
        a_slot(cast.institution_a, by=cast.qian, on=TODAY, weekday=5)
        days = self.days(cast)
        assert len(days) == 31
        assert [(one.what, one.off) for one in days[2].entries] == [("儿童预防接种", "盘点")]
        assert [one.time_words for one in days[9].entries] == ["8:00-11:30"]
        assert (days[30].holiday, days[30].entries[0].off) == ("调休假", "调休假")
        assert [one.about for one in days[5].entries] == ["高血压讲座，李医生团队"]
        assert [one.what for one in days[4].entries] == ["健康直播"]
        assert days[7].entries == ()

    def test_bounded_however_much_there_is(self, cast, django_assert_max_num_queries):
        a_clinic(cast.institution_a, by=cast.qian, weekdays=range(1, 8))
        for day in range(1, 12):
            a_visit(
                cast.team_a, FIRST + day * DAY, kind=VisitKind.CHECKUP, state=VisitState.PLANNED, place="门诊"
            )
        visits = OutreachVisit.objects.filter(team=cast.team_a)
        with django_assert_max_num_queries(7):
            month_of_institution(cast.institution_a, visits, first=FIRST, last=LAST)

    def test_the_list_in_two_queries(self, cast, django_assert_num_queries):
        a_clinic(cast.institution_a, by=cast.qian, weekdays=range(1, 8))
        with django_assert_num_queries(2):
            clinic_lines(ClinicHours.objects.all(), on=TODAY)


class TestPages:
    def test_the_steward_enters_stops_and_ends(self, noon, cast, sign_in):
        browser = sign_in(cast.qian)
        assert browser.get("/calendars/clinics/new/").status_code == 200
        answer = browser.post("/calendars/clinics/new/", typed())
        assert answer.status_code == 302, answer.context["form"].errors
        assert list(ClinicHours.objects.values_list("institution", "weekday").order_by("weekday")) == [
            (cast.institution_a.pk, 1), (cast.institution_a.pk, 3),
        ]  # fmt: skip
        row = ClinicHours.objects.get(weekday=1)
        browser.post(
            f"/calendars/clinics/{row.pk}/stop/",
            {"starts_on": "2026-11-23", "ends_on": "2026-11-23", "reason": "设备检修"},
        )
        page = browser.get("/calendars/clinics/").content.decode()
        assert "11月23日：设备检修" in page
        browser.post(f"/calendars/stops/{ClinicStop.objects.get().pk}/resume/")
        assert not ClinicStop.objects.exists()
        browser.post(f"/calendars/clinics/{row.pk}/", typed(weekdays="2", place="新楼"))
        row.refresh_from_db()
        assert (row.weekday, row.place) == (2, "新楼")
        browser.post(f"/calendars/clinics/{row.pk}/end/", {"ends_on": "2026-11-30"})
        row.refresh_from_db()
        assert row.ends_on == dt.date(2026, 11, 30)

    def test_refusals_stand_in_the_form_with_what_was_typed(self, noon, cast, clinic, sign_in):
        answer = sign_in(cast.qian).post("/calendars/clinics/new/", typed(weekdays=["3"], note="请带接种证"))
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "周三 08:00-11:30已有相同的日程" in page
        assert "请带接种证" in page

    def test_an_expert_sent_down_can_be_chosen(self, noon, cast, sign_in):
        sent = UserFactory(name="林主任", institution=cast.hospital, title="主任医师", specialty="心内科")
        TeamMembershipFactory(
            team=cast.team_a, user=sent, profession=Profession.SPECIALIST, is_dispatched=True,
            home_institution=cast.hospital,
        )  # fmt: skip
        browser = sign_in(cast.qian)
        answer = browser.post(
            "/calendars/clinics/new/", typed(kind="specialist", weekdays=["4"], specialist=sent.pk)
        )
        assert answer.status_code == 302
        page = browser.get("/calendars/clinics/").content.decode()
        assert "林主任 主任医师，心内科" in page
        assert "测试区人民医院" in page

    def test_a_stranger_cannot_be_chosen(self, noon, cast, sign_in):
        answer = sign_in(cast.qian).post(
            "/calendars/clinics/new/", typed(kind="specialist", specialist=cast.zhao.pk)
        )
        assert "specialist" in answer.context["form"].errors

    def test_only_ones_own_institution(self, noon, cast, clinic, feng, sign_in):
        other = f"?institution={cast.institution_a.pk}"
        for user, institution in ((cast.wu, cast.institution_b), (feng, cast.hospital)):
            browser = sign_in(user)
            assert browser.get(f"/calendars/{other}").status_code == 404
            assert browser.get(f"/calendars/clinics/{other}").status_code == 404
            assert browser.post(f"/calendars/clinics/new/{other}", typed()).status_code == 404
            for verb in ("", "end/", "stop/"):
                assert browser.get(f"/calendars/clinics/{clinic.pk}/{verb}").status_code == 404
            browser.post("/calendars/clinics/new/", typed(weekdays=["5"]))
            assert ClinicHours.objects.get(weekday=5, institution=institution)
        assert sign_in(cast.zhou).get(f"/calendars/clinics/{clinic.pk}/").status_code == 200

    def test_teams_and_streets_look_and_do_not_write(self, noon, cast, clinic, sign_in):
        for user in (cast.li, cast.wang, cast.he):
            browser = sign_in(user)
            assert browser.get("/calendars/").status_code == 200
            assert "calendars/clinics/new" not in browser.get("/calendars/clinics/").content.decode()
            assert browser.post("/calendars/clinics/new/", typed()).status_code == 403
        assert sign_in(cast.sun).get("/calendars/").status_code == 403

    def test_the_month_and_its_neighbours(self, noon, cast, clinic, sign_in):
        browser = sign_in(cast.qian)
        page = browser.get("/calendars/?month=2026-12").content.decode()
        assert "2026年12月" in page
        assert "儿童预防接种" in page
        for odd in ("2026-13", "x", "1999-01", "9999-12"):
            assert browser.get(f"/calendars/?month={odd}").status_code == 200

    def test_the_sheet_is_what_the_page_shows(self, noon, cast, clinic, sign_in):
        answer = sign_in(cast.qian).get("/calendars/clinics/?export=1")
        rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.values)
        assert rows[3][:3] == ("儿童预防接种", "每周三 8:00-11:30", "预防接种门诊")
