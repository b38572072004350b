"""Persons handed over to a dedicated officer and back, and whose tasks theirs are."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from care.actions.handovers import (
    CannotHandOver,
    accept_handover,
    decline_handover,
    end_handovers,
    give_back,
    give_to_officers,
    offer_handovers,
    take_back,
    withdraw_handover,
)
from care.choices import HandoverState, TaskState
from care.models import CareRule, Handover, HandoverEvent, Task
from care.queries.handovers import handover_counts, overdue_handovers, unoffered_counts, waiting_for_offer
from residents.choices import LifeStatus, Population, Sex
from residents.models import PopulationFlag, Resident
from tests.factories.contracts import sign_agreement
from tests.factories.moves import accepted, of_class, offered, officer_of, officers_take_over
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 20)  # a Friday
ONE = dt.timedelta(days=1)
PERINATAL = Population.PERINATAL


@pytest.fixture
def officer(cast):
    officers_take_over()
    return officer_of(cast.institution_a)


@pytest.fixture
def mother(cast, district, wording):
    """Signed with team A, in her pregnancy."""
    return expecting(cast, district)


def expecting(cast, district, **facts):
    person = ResidentFactory(
        **{"name": "周晓芳", "sex": Sex.FEMALE, "born_on": dt.date(1996, 5, 1), "grid": district.grid_a}
        | facts
    )
    sign_agreement(person, cast.team_a, cast.li, on=DAY - 10 * ONE)
    of_class(person, PERINATAL, DAY - 5 * ONE)
    return person


def work(person, cast, code="perinatal.test", program="perinatal", sequence=1, **facts):
    rule, _ = CareRule.objects.get_or_create(code=code, defaults={"program": program, "name": code})
    days = dict.fromkeys(("opens_on", "due_on", "closes_on", "expires_on", "anchor_on"), DAY)
    return Task.objects.create(
        resident=person, rule=rule, sequence=sequence, team=cast.team_a, **days | facts
    )


def whose(task):
    return Task.objects.values_list("assigned_to", flat=True).get(
        resident=task.resident_id, rule=task.rule_id, sequence=task.sequence
    )


class TestOffering:
    def test_the_officer_has_working_days_to_answer(self, cast, officer, mother):
        made = offered(mother, cast.team_a, cast.li, officer, on=DAY)
        assert (made.state, made.answer_by) == (HandoverState.OFFERED, dt.date(2026, 11, 25))
        assert made.program == "perinatal"
        assert HandoverEvent.objects.get().state == HandoverState.OFFERED

    @pytest.mark.parametrize("who", ["wang", "zhao", "wu"])
    def test_only_the_leader_and_the_steward_offer(self, cast, officer, mother, who):
        with pytest.raises(CannotHandOver) as refused:
            offered(mother, cast.team_a, getattr(cast, who), officer, on=DAY)
        assert refused.value.code == "handover_not_leader"

    def test_the_steward_offers_too(self, cast, officer, mother):
        assert offered(mother, cast.team_a, cast.qian, officer, on=DAY).offered_by == cast.qian

    def test_an_officer_of_another_institution_is_none(self, cast, officer, mother):
        with pytest.raises(CannotHandOver) as refused:
            offered(mother, cast.team_a, cast.li, officer_of(cast.institution_b), on=DAY)
        assert refused.value.code == "not_an_officer"

    def test_one_at_a_time(self, cast, officer, mother):
        offered(mother, cast.team_a, cast.li, officer, on=DAY)
        with pytest.raises(CannotHandOver) as refused:
            offered(mother, cast.team_a, cast.li, officer, on=DAY)
        assert refused.value.code == "handed_over_already"

    def test_the_database_keeps_it_to_one(self, cast, officer, mother):
        made = offered(mother, cast.team_a, cast.li, officer, on=DAY)
        with pytest.raises(IntegrityError, match="one_handover_per_class"), transaction.atomic():
            Handover.objects.create(
                resident=mother, population=PERINATAL, from_team=cast.team_a, to_officer=officer,
                offered_on=DAY, offered_by=cast.li, answer_by=made.answer_by,
            )  # fmt: skip

    def test_all_or_none(self, cast, district, officer, mother):
        unsigned = ResidentFactory(grid=district.grid_a)
        of_class(unsigned, PERINATAL, DAY)
        with pytest.raises(CannotHandOver) as refused:
            offer_handovers(
                by=cast.li, on=DAY, team=cast.team_a, officer=officer, population=PERINATAL,
                residents=[mother.pk, unsigned.pk],
            )  # fmt: skip
        assert refused.value.code == "handover_not_signed"
        assert not Handover.objects.exists()

    def test_nobody_chosen(self, cast, officer):
        with pytest.raises(CannotHandOver) as refused:
            offer_handovers(
                by=cast.li, on=DAY, team=cast.team_a, officer=officer, population=PERINATAL, residents=[]
            )
        assert refused.value.code == "handover_nobody"

    def test_many_cost_what_few_do(self, cast, district, officer, mother, django_assert_max_num_queries):
        people = [mother, *(expecting(cast, district) for _ in range(4))]
        with django_assert_max_num_queries(20):
            made = offer_handovers(
                by=cast.li, on=DAY, team=cast.team_a, officer=officer, population=PERINATAL,
                residents=[one.pk for one in people],
            )  # fmt: skip
        assert len(made) == 5

    def test_not_where_the_team_does_it_all(self, cast, mother):
        with pytest.raises(CannotHandOver) as refused:
            offered(mother, cast.team_a, cast.li, officer_of(cast.institution_a), on=DAY)
        assert refused.value.code == "handover_off"


class TestProposals:
    def test_the_list_holds_who_is_of_the_class_signed_and_with_nobody(self, cast, district, officer, mother):
        unsigned = ResidentFactory(grid=district.grid_a)
        of_class(unsigned, PERINATAL, DAY)
        over = expecting(cast, district)
        PopulationFlag.objects.filter(resident=over).update(ends_on=DAY)
        assert [one.pk for one in waiting_for_offer(cast.team_a, PERINATAL, on=DAY)] == [mother.pk]
        assert unoffered_counts(cast.team_a, [PERINATAL], on=DAY) == {PERINATAL: 1}
        offered(mother, cast.team_a, cast.li, officer, on=DAY)
        assert not waiting_for_offer(cast.team_a, PERINATAL, on=DAY).exists()

    def test_who_was_declined_is_proposed_again(self, cast, officer, mother):
        made = offered(mother, cast.team_a, cast.li, officer, on=DAY)
        decline_handover(by=officer, on=DAY, handover=made, reason="other_area")
        assert waiting_for_offer(cast.team_a, PERINATAL, on=DAY).exists()


class TestAnswering:
    def test_accepted_the_open_tasks_of_the_class_are_the_officers(self, cast, officer, mother):
        own = work(mother, cast)
        named = work(mother, cast, sequence=2, assigned_to=cast.wang)
        other = work(mother, cast, code="contract.test", program="contract")
        done = work(mother, cast, sequence=3, state=TaskState.DONE, done_on=DAY, record="record:1")
        made = offered(mother, cast.team_a, cast.li, officer, on=DAY)
        assert whose(own) is None
        accept_handover(by=officer, on=DAY, handover=made)
        assert whose(own) == officer.pk
        assert (whose(named), whose(other), whose(done)) == (cast.wang.pk, None, None)

    def test_what_opens_later_is_his_too(self, cast, officer, mother):
        accepted(mother, cast.team_a, cast.li, officer, on=DAY)
        later = work(mother, cast, sequence=7)
        assert give_to_officers() == 1
        assert whose(later) == officer.pk
        assert give_to_officers() == 0

    @pytest.mark.parametrize("who", ["li", "wang", "zhou"])
    def test_only_the_officer_himself_answers(self, cast, officer, mother, who):
        made = offered(mother, cast.team_a, cast.li, officer, on=DAY)
        with pytest.raises(CannotHandOver) as refused:
            accept_handover(by=getattr(cast, who), on=DAY, handover=made)
        assert refused.value.code == "not_own_handover"

    def test_answered_once(self, cast, officer, mother):
        made = accepted(mother, cast.team_a, cast.li, officer, on=DAY)
        with pytest.raises(CannotHandOver) as refused:
            decline_handover(by=officer, on=DAY, handover=made, reason="overload")
        assert refused.value.code == "handover_wrong_state"

    def test_declined_with_a_reason(self, cast, officer, mother):
        made = offered(mother, cast.team_a, cast.li, officer, on=DAY)
        with pytest.raises(CannotHandOver) as refused:
            decline_handover(by=officer, on=DAY, handover=made, reason="other")
        assert (refused.value.code, refused.value.field) == ("handover_note_missing", "note")
        declined = decline_handover(by=officer, on=DAY, handover=made, reason="other", note="休产假")
        assert (declined.state, declined.note) == (HandoverState.DECLINED, "休产假")

    def test_withdrawn_before_the_answer_only(self, cast, officer, mother):
        made = offered(mother, cast.team_a, cast.li, officer, on=DAY)
        with pytest.raises(CannotHandOver) as refused:
            withdraw_handover(by=cast.wang, on=DAY, handover=made)
        assert refused.value.code == "handover_not_own_team"
        assert withdraw_handover(by=cast.li, on=DAY, handover=made).state == HandoverState.WITHDRAWN


class TestBack:
    def test_given_back_the_tasks_are_the_teams(self, cast, officer, mother):
        task = work(mother, cast)
        made = accepted(mother, cast.team_a, cast.li, officer, on=DAY)
        back = give_back(by=officer, on=DAY + ONE, handover=made, reason="wish")
        assert (back.state, whose(task)) == (HandoverState.RETURNED, None)
        assert HandoverEvent.objects.count() == 3

    def test_taken_back_by_the_leader(self, cast, officer, mother):
        task = work(mother, cast)
        made = accepted(mother, cast.team_a, cast.li, officer, on=DAY)
        with pytest.raises(CannotHandOver) as refused:
            take_back(by=officer, on=DAY, handover=made, reason="mistake")
        assert refused.value.code == "handover_not_own_team"
        take_back(by=cast.li, on=DAY, handover=made, reason="officer_changed")
        assert whose(task) is None
        accepted(mother, cast.team_a, cast.li, officer_of(cast.institution_a), on=DAY)


class TestTheClock:
    def test_overdue_from_the_day_after_the_last(self, cast, officer, mother):
        made = offered(mother, cast.team_a, cast.li, officer, on=DAY)
        assert overdue_handovers(made.answer_by) == []
        (late,) = overdue_handovers(made.answer_by + ONE)
        assert (late.officer_id, late.team_id, late.days_late) == (officer.pk, cast.team_a.pk, 1)
        counts = handover_counts(Handover.objects.all(), on=made.answer_by + ONE)
        assert counts == {"offered": 1, "overdue": 1, "accepted": 0}

    def test_an_answered_one_is_not(self, cast, officer, mother):
        accepted(mother, cast.team_a, cast.li, officer, on=DAY)
        assert overdue_handovers(DAY + 30 * ONE) == []


class TestEnding:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [(LifeStatus.DECEASED, "left"), (LifeStatus.MOVED_OUT, "left"), (LifeStatus.LOST, "")],
    )
    def test_who_has_gone_is_followed_no_more(self, cast, officer, mother, status, reason):
        task = work(mother, cast)
        made = accepted(mother, cast.team_a, cast.li, officer, on=DAY)
        Resident.objects.filter(pk=mother.pk).update(life_status=status, life_status_on=DAY)
        assert end_handovers(on=DAY) == (1 if reason else 0)
        made.refresh_from_db()
        assert made.reason == reason
        assert whose(task) == (None if reason else officer.pk)
        assert end_handovers(on=DAY) == 0

    def test_with_the_class_the_handover_ends(self, cast, officer, mother):
        made = offered(mother, cast.team_a, cast.li, officer, on=DAY)
        PopulationFlag.objects.filter(resident=mother).update(ends_on=DAY)
        assert end_handovers(on=DAY) == 1
        made.refresh_from_db()
        assert (made.state, made.reason) == (HandoverState.ENDED, "class_ended")

    def test_with_the_agreement_too(self, cast, officer, mother):
        made = accepted(mother, cast.team_a, cast.li, officer, on=DAY)
        last = mother.enrollments.get().ends_on
        assert end_handovers(on=last) == 0
        assert end_handovers(on=last + ONE) == 1
        made.refresh_from_db()
        assert made.reason == "not_signed"
