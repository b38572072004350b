"""What a team does with a report: every step one row of the log, nobody outside the team, never twice."""

import datetime as dt
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection

from grids.choices import PostingRole
from grids.models import GridResponsibility
from outreach.actions import answering, responding
from outreach.actions.answering import CannotAnswer
from outreach.actions.responding import CannotBook
from outreach.choices import AckSide, BookedAs, Outcome, ReportKind, ReportState, ReportStep
from outreach.models import GridReport, ReportBooking, ReportEvent
from tests.factories.grids import GridFactory, PostingFactory
from tests.factories.reports import MONDAY_TEN, report_from
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 24)
NOW = MONDAY_TEN + dt.timedelta(days=1)


def step(verb, report, by, **more):
    return verb(by=by, on=ON, now=NOW, report=report, **more)


def steps(report):
    return list(report.events.order_by("pk").values_list("step", flat=True))


def refused(verb, report, by, **more):
    before = ReportEvent.objects.count()
    with pytest.raises((CannotAnswer, CannotBook)) as refusal:
        step(verb, report, by, **more)
    assert ReportEvent.objects.count() == before
    return refusal.value.code


def test_taking_stops_the_first_clock(cast):
    report = step(answering.take_report, report_from(cast.sun), cast.wang)
    assert (report.state, report.handler, report.taken_at) == (ReportState.ASSIGNED, cast.wang, NOW)
    assert steps(report) == [ReportStep.SENT, ReportStep.TAKEN]


def test_who_comes_second_is_told(cast):
    report = report_from(cast.sun)
    step(answering.take_report, report, cast.li)
    assert refused(answering.take_report, report, cast.wang) == "cannot_take"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_tap_at_once_one_takes_it(cast):
    report, start, found = report_from(cast.sun), Barrier(2), []

    def take(who):
        try:
            start.wait(10)
            step(answering.take_report, report, who)
            found.append("taken")
        except CannotAnswer as refusal:
            found.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=take, args=[one]) for one in (cast.li, cast.wang)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(found) == ["cannot_take", "taken"]
    assert steps(report) == [ReportStep.SENT, ReportStep.TAKEN]


def test_the_steward_of_the_institution_may_answer_and_others_may_not(cast):
    report = report_from(cast.sun)
    for stranger in (cast.zhao, cast.wu, cast.zhou, cast.he, cast.sun):
        assert refused(answering.take_report, report, stranger) == "not_own_team"
    assert step(answering.take_report, report, cast.qian).handler == cast.qian


def test_passing_it_on_counts_as_taken(cast):
    report = step(answering.pass_report, report_from(cast.sun), cast.li, to=cast.wang, note="您顺路")
    assert (report.state, report.handler, report.taken_at) == (ReportState.ASSIGNED, cast.wang, NOW)
    assert report.events.last().note == "转给王护士。您顺路"
    assert refused(answering.pass_report, report, cast.li, to=cast.wang) == "passed_to_same"
    assert refused(answering.pass_report, report, cast.li, to=cast.zhao) == "not_colleague"


def test_verifying_then_closing_a_need(cast):
    report = report_from(cast.sun, ReportKind.NEED)
    step(answering.begin_verifying, report, cast.wang)
    closed = step(
        answering.close_report, report, cast.li, outcome=Outcome.SERVED, note="测了血压", reply="已上门"
    )
    assert (closed.state, closed.outcome, closed.reply) == (ReportState.CLOSED, Outcome.SERVED, "已上门")
    assert (closed.ended_at, closed.handler) == (NOW, cast.wang)
    assert steps(closed) == [ReportStep.SENT, ReportStep.VERIFYING, ReportStep.CLOSED]
    assert refused(answering.take_report, closed, cast.li) == "cannot_take"
    assert refused(answering.close_report, closed, cast.li, outcome=Outcome.SERVED) == "cannot_close"


def test_an_outcome_of_another_kind_is_refused(cast):
    report = report_from(cast.sun)
    assert refused(answering.close_report, report, cast.li, outcome=Outcome.SERVED) == "outcome_of_other_kind"


def test_nothing_is_told_of_a_restricted_report(cast):
    report = report_from(cast.sun, facts={"populations": ["smi"]})
    code = refused(answering.close_report, report, cast.li, outcome=Outcome.REFUSED, reply="他在吃药")
    assert code == "reply_restricted"
    assert step(answering.close_report, report, cast.li, outcome=Outcome.REFUSED).reply == ""


def test_a_note_sent_twice_is_one(cast):
    report = report_from(cast.sun)
    first = step(answering.add_note, report, cast.sun, note="住三楼")
    assert step(answering.add_note, report, cast.sun, note="住三楼 ") == first
    assert refused(answering.add_note, report, cast.sun, note=" ") == "note_missing"
    assert refused(answering.add_note, report, cast.zhao, note="?") == "not_own_team"


def test_the_same_words_of_another_day_are_another_note(cast):
    report = report_from(cast.sun)
    for days in (0, 1):
        answering.add_note(
            by=cast.li, on=ON, now=NOW + dt.timedelta(days=days), report=report, note="电话没人接"
        )
    assert steps(report).count(ReportStep.NOTED) == 2


def test_a_note_from_the_outbox_is_known_again_after_other_notes(cast):
    report, hour = report_from(cast.sun), dt.timedelta(hours=1)

    def send(note, *, after, typed):
        return answering.add_note(
            by=cast.sun, on=ON, now=NOW + after * hour, report=report, note=note, typed_at=NOW + typed * hour
        )

    first = send("住三楼", after=2, typed=0)
    send("白天在家", after=2, typed=1)
    assert send("住三楼", after=5, typed=0) == first
    assert steps(report).count(ReportStep.NOTED) == 2
    assert send("住三楼", after=6, typed=6) != first  # said once more


def test_a_note_of_the_team_acknowledges_an_urgent_report(cast):
    report = report_from(cast.sun, ReportKind.URGENT)
    step(answering.add_note, report, cast.sun, note="人还在楼下")
    assert report.acks.get(side=AckSide.TEAM).acked_by is None
    step(answering.add_note, report, cast.li, note="已在路上")
    assert report.acks.get(side=AckSide.TEAM).acked_by == cast.li


def test_invalid_says_why(cast):
    report = report_from(cast.sun)
    assert (
        refused(answering.mark_invalid, report, cast.li, outcome=Outcome.NOT_TRUE, note="") == "note_missing"
    )
    done = step(answering.mark_invalid, report, cast.li, outcome=Outcome.NOT_TRUE, note="血压正常")
    assert (done.state, done.outcome) == (ReportState.INVALID, Outcome.NOT_TRUE)


def test_a_duplicate_names_the_first(cast):
    first, second, third = (report_from(cast.sun) for _ in range(3))
    step(answering.mark_duplicate, third, cast.li, of=second)
    done = step(answering.mark_duplicate, second, cast.li, of=first)
    third.refresh_from_db()
    assert (done.duplicate_of, third.duplicate_of) == (first, first)
    assert (done.state, done.outcome) == (ReportState.DUPLICATE, Outcome.DUPLICATE)
    assert refused(answering.mark_duplicate, first, cast.li, of=third) == "duplicate_of_itself"


def test_a_duplicate_is_of_the_same_kind_and_village(cast, district):
    report = report_from(cast.sun)
    assert (
        refused(answering.mark_duplicate, report, cast.li, of=report_from(cast.sun, ReportKind.NEED))
        == "duplicate_elsewhere"
    )
    PostingFactory(role=PostingRole.SENTINEL, grid=district.grid_b, user=cast.wu)
    elsewhere = report_from(cast.wu)
    assert refused(answering.mark_duplicate, report, cast.li, of=elsewhere) == "duplicate_elsewhere"
    practice = report_from(cast.sun, is_training=True)
    assert refused(answering.mark_duplicate, report, cast.li, of=practice) == "duplicate_elsewhere"


def test_reopening_starts_the_clock_anew(cast):
    report = report_from(cast.sun, ReportKind.NEED)
    step(answering.close_report, report, cast.li, outcome=Outcome.CONTACTED, reply="好了")
    assert refused(answering.reopen_report, report, cast.li, note="") == "note_missing"
    again = step(answering.reopen_report, report, cast.wang, note="又不舒服")
    assert (again.state, again.handler, again.ended_at) == (ReportState.ASSIGNED, cast.wang, None)
    assert (again.outcome, again.reply) == ("", "")
    assert again.settle_by > report.settle_by
    assert refused(answering.reopen_report, again, cast.wang, note="再来") == "cannot_reopen"


def test_a_duplicate_that_is_reopened_is_none_any_more(cast):
    first, second = report_from(cast.sun), report_from(cast.sun)
    step(answering.mark_duplicate, second, cast.li, of=first)
    assert step(answering.reopen_report, second, cast.li, note="不是一个人").duplicate_of is None


def test_the_sender_takes_back_what_nobody_has_taken(cast):
    report = report_from(cast.sun)
    with pytest.raises(CannotAnswer) as refusal:
        answering.withdraw_report(by=cast.li, now=NOW, report=report)
    assert refusal.value.code == "not_the_sender"
    gone = answering.withdraw_report(by=cast.sun, now=NOW, report=report)
    assert (gone.state, gone.ended_at, gone.handler) == (ReportState.WITHDRAWN, NOW, None)
    assert refused(answering.reopen_report, gone, cast.li, note="?") == "cannot_reopen"
    taken = step(answering.take_report, report_from(cast.sun), cast.li)
    with pytest.raises(CannotAnswer) as refusal:
        answering.withdraw_report(by=cast.sun, now=NOW, report=taken)
    assert refusal.value.code == "cannot_withdraw"


def test_an_urgent_one_cannot_be_withdrawn(cast):
    report = report_from(cast.sun, ReportKind.URGENT)
    with pytest.raises(CannotAnswer) as refusal:
        answering.withdraw_report(by=cast.sun, now=NOW, report=report)
    assert refusal.value.code == "urgent_stays"
    assert report.acks.filter(acked_at=None).count() == 2


def test_a_report_without_a_team_goes_to_the_team_that_covers_the_grid_now(cast, district, noon):
    bare = GridFactory(village=district.village_a)
    report = report_from(cast.sun, grid=bare)
    assert refused(answering.take_report, report, cast.li) == "not_own_team"
    GridResponsibility.objects.create(grid=bare, team=cast.team_a, starts_on=noon)
    assert GridReport.objects.visible_to(cast.li).filter(pk=report.pk).exists()
    taken = step(answering.take_report, report, cast.li)
    taken.refresh_from_db()
    assert taken.team == cast.team_a


def test_whoever_does_something_about_an_urgent_report_has_heard_of_it(cast, noon):
    report = report_from(cast.sun, ReportKind.URGENT)
    step(answering.take_report, report, cast.wang)
    ack = report.acks.get(side=AckSide.TEAM)
    assert (ack.acked_by, ack.acked_at) == (cast.wang, NOW)
    assert report.acks.get(side=AckSide.COMMITTEE).acked_at is None
    assert steps(report) == [ReportStep.SENT, ReportStep.ACKED, ReportStep.TAKEN]


# --- booking ----------------------------------------------------------------------------------------------------


@pytest.fixture
def resident(cast, district):
    return ResidentFactory(grid=district.grid_a, managing_team=cast.team_a, name="刘桂兰")


def contact(report, by, **more):
    given = {
        "contacted_on": ON, "mode": "phone", "outcome": "reached", "topic": "问情况", "client_token": uuid4(),
    }  # fmt: skip
    return step(responding.book_contact, report, by, **given | more)


def test_nothing_is_booked_for_nobody(cast):
    assert (
        refused(
            responding.book_contact, report_from(cast.sun, ReportKind.NEED), cast.li, contacted_on=ON,
            mode="phone", outcome="reached", topic="", client_token=uuid4(),
        )
        == "nobody_linked"
    )  # fmt: skip


def test_a_contact_is_logged_and_counts_as_the_response(cast, resident):
    report = report_from(cast.sun, ReportKind.NEED)
    step(answering.link_resident, report, cast.li, resident=resident)
    token = uuid4()
    booking = contact(report, cast.li, client_token=token)
    made = resident.contacts.get()
    assert (booking.kind, booking.key) == (BookedAs.CONTACT, f"contact:{made.pk}")
    assert contact(report, cast.li, client_token=token) == booking
    assert steps(report) == [ReportStep.SENT, ReportStep.NOTED, ReportStep.TAKEN, ReportStep.BOOKED]
    report.refresh_from_db()
    assert report.state == ReportState.ASSIGNED


def test_what_the_log_of_contacts_refuses_is_told_at_its_field(cast, resident):
    report = report_from(cast.sun, ReportKind.NEED)
    step(answering.link_resident, report, cast.li, resident=resident)
    with pytest.raises(CannotBook) as refusal:
        contact(report, cast.li, contacted_on=ON + dt.timedelta(days=1))
    assert (refusal.value.code, refusal.value.field) == ("contact_to_come", "contacted_on")
    assert not ReportBooking.objects.exists()


def test_one_tap_after_a_call_closes_the_need(cast, resident):
    report = report_from(cast.sun, ReportKind.NEED)
    step(answering.link_resident, report, cast.li, resident=resident)
    report.refresh_from_db()
    done = step(responding.answer_by_phone, report, cast.li, client_token=uuid4())
    assert (done.state, done.outcome) == (ReportState.CLOSED, Outcome.CONTACTED)
    assert resident.contacts.count() == 1
    unknown = step(
        responding.answer_by_phone, report_from(cast.sun, ReportKind.NEED), cast.li, client_token=uuid4()
    )
    assert unknown.state == ReportState.CLOSED


def test_one_tap_that_is_refused_leaves_nothing(cast, resident):
    report = report_from(cast.sun)
    step(answering.link_resident, report, cast.li, resident=resident)
    report.refresh_from_db()
    assert (
        refused(responding.answer_by_phone, report, cast.li, client_token=uuid4()) == "outcome_of_other_kind"
    )
    assert not resident.contacts.exists()
