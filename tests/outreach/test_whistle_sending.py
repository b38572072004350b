"""Sending: taken once, with the clocks of the working calendar, for the place it is about."""

import datetime as dt
from threading import Barrier, Thread
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from contracts.pictures import read_picture
from core.crypto import unseal_bytes
from grids.choices import PostingRole
from outreach.actions.reporting import CannotReport, send_report
from outreach.choices import ReportKind, ReportState, ReportStep
from outreach.models import GridReport, ReportEvent, ReportPhoto
from outreach.queries.whistles import PHOTO_PURPOSE
from tests.contracts.photos import photo
from tests.factories.grids import GridFactory, MicroGridFactory, PostingFactory
from tests.factories.reports import FACTS, MONDAY_TEN, posting_of, report_from

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
SUNDAY_NOON = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)


def local(moment):
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


def test_a_report_belongs_to_the_team_of_its_grid(cast, district):
    report = report_from(cast.sun, phone="138 0000 1234", description="好像有高血压")
    assert (report.team, report.grid, report.reporter) == (cast.team_a, district.grid_a, cast.sun)
    assert report.state == ReportState.NEW
    assert (report.phone, report.description) == ("13800001234", "好像有高血压")
    assert report.phone_index is not None
    assert not report.is_restricted
    assert [one.step for one in report.events.all()] == [ReportStep.SENT]


@pytest.mark.parametrize(
    ("kind", "respond", "settle"),
    [
        (ReportKind.NEW_PERSON, "11-26 10:00", "12-07 10:00"),
        (ReportKind.CHANGE, "11-26 10:00", "12-07 10:00"),
        (ReportKind.NEED, "11-25 10:00", "12-02 10:00"),
        (ReportKind.SYMPTOM, "11-24 10:00", "12-02 10:00"),
    ],
)
def test_the_clocks_run_on_working_days(cast, kind, respond, settle):
    report = report_from(cast.sun, kind)
    assert (local(report.respond_by), local(report.settle_by)) == (respond, settle)


def test_what_comes_on_a_day_off_counts_from_the_next_working_day(cast):
    report = report_from(cast.sun, ReportKind.NEED, now=SUNDAY_NOON)
    assert local(report.respond_by) == "11-25 00:00"


def test_an_urgent_report_is_settled_in_natural_hours(cast):
    report = report_from(cast.sun, ReportKind.URGENT, now=SUNDAY_NOON, person_name="", address="")
    assert (report.respond_by, report.settle_by, report.is_restricted) == (
        None,
        SUNDAY_NOON + dt.timedelta(hours=24),
        True,
    )


def test_practice_has_no_clock_and_concerns_nobody(cast):
    report = report_from(cast.sun, is_training=True)
    assert (report.respond_by, report.settle_by) == (None, None)
    assert not GridReport.objects.visible_to(cast.li).filter(pk=report.pk).exists()
    assert GridReport.objects.visible_to(cast.sun).filter(pk=report.pk).exists()
    assert not GridReport.objects.real().exists()


def test_sent_again_it_is_the_same_report(cast):
    token = uuid4()
    first = report_from(cast.sun, client_token=token)
    again = report_from(cast.sun, ReportKind.NEED, client_token=token, person_name="别人")
    assert again == first
    assert (again.kind, again.person_name) == (ReportKind.NEW_PERSON, "刘桂兰")
    assert ReportEvent.objects.count() == 1


def test_the_token_of_somebody_else_is_refused(cast, district):
    token = uuid4()
    report_from(cast.sun, client_token=token)
    PostingFactory(role=PostingRole.SENTINEL, grid=district.grid_b, user=cast.zhao)
    with pytest.raises(CannotReport) as refused:
        report_from(cast.zhao, client_token=token)
    assert refused.value.code == "token_of_other"


@pytest.mark.django_db(transaction=True)
def test_sent_five_times_in_the_same_moment_it_is_one(cast):
    token, start, found = uuid4(), Barrier(5), []

    def send():
        try:
            start.wait(10)
            found.append(report_from(cast.sun, client_token=token).pk)
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert len(found) == 5
    assert len(set(found)) == 1
    assert (GridReport.objects.count(), ReportEvent.objects.count()) == (1, 1)


def test_a_micro_grid_has_the_team_of_the_grid_above(cast, district):
    micro = MicroGridFactory(parent=district.grid_a)
    assert report_from(cast.sun, grid=micro).team == cast.team_a


def test_where_nobody_answers_there_is_no_team_and_the_street_sees_it(cast, district):
    bare = GridFactory(village=district.village_a)
    report = report_from(cast.sun, grid=bare)
    assert report.team is None
    assert not GridReport.objects.visible_to(cast.li).filter(pk=report.pk).exists()


def test_a_sentinel_reports_for_his_village_only(cast, district):
    with pytest.raises(CannotReport) as refused:
        report_from(cast.sun, grid=district.grid_b)
    assert (refused.value.code, refused.value.field) == ("grid_elsewhere", "grid")


def test_without_a_posting_the_grid_must_lie_in_ones_areas(cast, district):
    def send(grid):
        return send_report(
            by=cast.sun, on=MONDAY_TEN.date(), now=MONDAY_TEN, posting=None, grid=grid, kind=ReportKind.NEED,
            facts=FACTS[ReportKind.NEED], client_token=uuid4(), person_name="刘桂兰",
        )  # fmt: skip

    assert send(district.grid_a).is_new
    with pytest.raises(CannotReport, match="自己村"):
        send(district.grid_b)


def test_a_posting_that_has_ended_or_is_of_somebody_else_is_refused(cast):
    posting = posting_of(cast.sun)
    with pytest.raises(CannotReport, match="没有在任"):
        report_from(cast.li, posting=posting)
    posting.ends_on = dt.date(2026, 11, 1)
    posting.save(update_fields=["ends_on"])
    with pytest.raises(CannotReport) as refused:
        report_from(cast.sun)
    assert refused.value.code == "not_posted"


def test_a_closed_grid_is_refused(cast, district):
    district.grid_a.closed_on = dt.date(2026, 11, 1)
    district.grid_a.save(update_fields=["closed_on"])
    with pytest.raises(CannotReport) as refused:
        report_from(cast.sun)
    assert refused.value.code == "grid_closed"


def test_hiv_is_not_taken_unless_the_district_says_so(cast):
    from core.models import PolicySetting

    facts = {"populations": ["hiv"]}
    with pytest.raises(CannotReport) as refused:
        report_from(cast.sun, facts=facts)
    assert refused.value.code == "population_not_taken"
    PolicySetting.objects.create(
        room="outreach", payload={"allow_hiv_clue": True}, in_force_from=dt.date(2026, 1, 1)
    )
    assert report_from(cast.sun, facts=facts).is_restricted


def test_a_phone_that_is_none_is_told_where_it_was_typed(cast):
    with pytest.raises(CannotReport) as refused:
        report_from(cast.sun, phone="12345")
    assert (refused.value.code, refused.value.field) == ("phone_form", "phone")


def test_nothing_said_leads_nowhere(cast):
    with pytest.raises(CannotReport) as refused:
        report_from(cast.sun, person_name=" ", address="")
    assert (refused.value.code, refused.value.field) == ("nothing_said", "address")
    assert report_from(cast.sun, ReportKind.SYMPTOM, person_name="", address="").pk


def test_pictures_are_sealed_and_each_is_kept_once(cast):
    picture = read_picture(photo(), max_bytes=10**7, max_pixels=10**8, side=800)
    report = report_from(cast.sun, photos=[picture, picture])
    kept = ReportPhoto.objects.get(report=report)
    assert picture[:200] not in bytes(kept.sealed)
    assert unseal_bytes(kept.sealed, purpose=PHOTO_PURPOSE) == picture


def test_a_telephone_whose_clock_is_ahead_is_not_believed(cast):
    before, ahead = MONDAY_TEN - dt.timedelta(hours=3), MONDAY_TEN + dt.timedelta(minutes=1)
    assert report_from(cast.sun, typed_at=before).typed_at == before
    assert report_from(cast.sun, typed_at=ahead).typed_at is None


def test_a_phone_stands_in_no_plain_column(cast):
    report = report_from(cast.sun, phone="13800001234", description="家里老人头晕")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM outreach_gridreport r WHERE id = %s", [report.pk])
        text = cursor.fetchone()[0]
    assert "13800001234" not in text
    assert "头晕" not in text


def test_sending_costs_a_bounded_number_of_queries(cast, django_assert_max_num_queries):
    posting = posting_of(cast.sun)
    with django_assert_max_num_queries(16):
        report_from(cast.sun, posting=posting)
