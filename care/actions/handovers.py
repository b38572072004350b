"""Handover of persons to a dedicated officer for one population class, and back (S1-22, C7)."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction

from care.choices import HandoverMode, HandoverReason, HandoverState
from care.models import Handover, HandoverEvent
from care.policy import CarePolicy, policy_on
from care.queries.handovers import officers_for
from care.queries.serving import servings
from care.rules import handovers as rules
from care.rules.handovers import HandoverVerb, Offer
from contracts.actions.asking import refuse
from contracts.queries.signing import works_for
from contracts.rules import Objection
from core.calendar import working_days_after
from core.constraints import refuse_on
from core.refusals import Refusal
from core.sql import rows_of, run
from core.text import tidy
from residents.models import PopulationFlag, Resident
from teams.models import Team, User


class CannotHandOver(Refusal):
    """Who follows the person up stays as it is."""


def offer_handovers(
    *, by: User, on: date, team: Team, officer: User, population: str, residents: Collection[int],
    note: str = "",
) -> list[Handover]:  # fmt: skip
    """Offer persons of one class to an officer; until he accepts, the team keeps their tasks. All of them or none.

    Nine queries, however many persons.

    Raises:
        CannotHandOver: the district does not hand over, not by the team's leader or steward, no officer of its
            institution, nobody chosen, or somebody who is not of the class, not signed, or handed over already.
    """
    policy = policy_on(on)
    constraints = {"one_handover_per_class": "residents", "one_officer_per_program": "residents"}
    with transaction.atomic(), refuse_on(Handover, CannotHandOver, **constraints):
        refuse(CannotHandOver, _object_to_offering(by, team, officer, population, policy, on=on))
        people = list(
            Resident.objects.filter(pk__in=residents).select_for_update(of=("self",)).order_by("pk")
        )
        if not people:
            raise CannotHandOver("handover_nobody", "请勾选要移交的居民。", field="residents")
        for offer in _offers(people, team, population, on=on):
            refuse(CannotHandOver, rules.object_to_person(offer))
        answer_by = working_days_after(on, policy.handover_answer_days)
        made = Handover.objects.bulk_create(
            Handover(
                resident=one,
                population=population,
                program=rules.program_of(population),
                from_team=team,
                to_officer=officer,
                offered_on=on,
                offered_by=by,
                offer_note=tidy(note)[:200],
                answer_by=answer_by,
            )
            for one in people
        )
        HandoverEvent.objects.bulk_create(
            HandoverEvent(handover=one, state=one.state, on=on, by=by, note=one.offer_note) for one in made
        )
    return made


def _object_to_offering(
    by: User, team: Team, officer: User, population: str, policy: CarePolicy, *, on: date
) -> Objection | None:
    return rules.object_to_offering(
        is_on=policy.handover_mode == HandoverMode.TO_OFFICER,
        is_leader=works_for(by, team, on=on, as_leader=True),
        is_officer=officers_for(team, on=on).filter(pk=officer.pk).exists(),
        population=population,
        allowed=policy.handover_populations,
    )


def _offers(people: Sequence[Resident], team: Team, population: str, *, on: date) -> list[Offer]:
    """The facts of each person, in the same order. Three queries."""
    ids = [one.pk for one in people]
    flags = PopulationFlag.objects.running().filter(resident__in=ids, kind=population)
    of_class = set(flags.values_list("resident", flat=True))
    running = Handover.objects.running().filter(resident__in=ids, population=population)
    taken = set(running.values_list("resident", flat=True))
    served = servings(people, on=on)
    return [
        Offer(
            population=population,
            has_class=one.pk in of_class,
            in_care=served[one.pk].enrollment is not None and served[one.pk].team == team,
            is_running=one.pk in taken,
        )
        for one in people
    ]


def accept_handover(*, by: User, on: date, handover: Handover) -> Handover:
    """The officer takes the person; the open tasks of the class are his from now on.

    Raises:
        CannotHandOver: not offered to him, or answered already.
    """
    with transaction.atomic():
        held = _held(handover, HandoverVerb.ACCEPT)
        _refuse_others(held, by)
        held.accepted_on = on
        _settle(held, HandoverVerb.ACCEPT, by=by, on=on)
        give_to_officers(residents=[held.resident_id])
    return held


def decline_handover(*, by: User, on: date, handover: Handover, reason: str, note: str = "") -> Handover:
    """The officer does not take the person, and says why; nothing changes for the team.

    Raises:
        CannotHandOver: not offered to him, answered already, or without a reason.
    """
    with transaction.atomic():
        held = _held(handover, HandoverVerb.DECLINE)
        _refuse_others(held, by)
        refuse(CannotHandOver, rules.object_to_reason(reason, tidy(note), rules.DECLINING))
        return _settle(held, HandoverVerb.DECLINE, by=by, on=on, reason=reason, note=note)


def withdraw_handover(*, by: User, on: date, handover: Handover) -> Handover:
    """The team takes its offer back before the officer has answered.

    Raises:
        CannotHandOver: not its leader or steward, or answered already.
    """
    with transaction.atomic():
        held = _held(handover, HandoverVerb.WITHDRAW)
        _refuse_strangers(held, by, on=on)
        return _settle(held, HandoverVerb.WITHDRAW, by=by, on=on)


def give_back(*, by: User, on: date, handover: Handover, reason: str, note: str = "") -> Handover:
    """The officer gives the person back to the team, and the open tasks with him.

    Raises:
        CannotHandOver: not his, not accepted, or without a reason.
    """
    with transaction.atomic():
        held = _held(handover, HandoverVerb.GIVE_BACK)
        _refuse_others(held, by)
        refuse(CannotHandOver, rules.object_to_reason(reason, tidy(note), rules.GIVING_BACK))
        return _settle(held, HandoverVerb.GIVE_BACK, by=by, on=on, reason=reason, note=note)


def take_back(*, by: User, on: date, handover: Handover, reason: str, note: str = "") -> Handover:
    """The team takes the person back from the officer, and the open tasks with him.

    Raises:
        CannotHandOver: not its leader or steward, not accepted, or without a reason.
    """
    with transaction.atomic():
        held = _held(handover, HandoverVerb.TAKE_BACK)
        _refuse_strangers(held, by, on=on)
        refuse(CannotHandOver, rules.object_to_reason(reason, tidy(note), rules.TAKING_BACK))
        return _settle(held, HandoverVerb.TAKE_BACK, by=by, on=on, reason=reason, note=note)


def _held(handover: Handover, verb: HandoverVerb) -> Handover:
    """The handover as it is now, locked, if the verb may be done with it."""
    rows = Handover.objects.select_for_update(of=("self",)).select_related("from_team__institution")
    held = rows.get(pk=handover.pk)
    following = rules.handover_step(HandoverState(held.state), verb)
    refuse(CannotHandOver, following if isinstance(following, Objection) else None)
    return held


def _refuse_others(held: Handover, by: User) -> None:
    if held.to_officer_id != by.pk:
        raise CannotHandOver("not_own_handover", "只有接收移交的专干本人可以答复或交回。")


def _refuse_strangers(held: Handover, by: User, *, on: date) -> None:
    if not works_for(by, held.from_team, on=on, as_leader=True):
        raise CannotHandOver(
            "handover_not_own_team", "只有移交团队的团队长或其机构的家医管家可以撤回或收回。"
        )


def _settle(
    held: Handover, verb: HandoverVerb, *, by: User, on: date, reason: str = "", note: str = ""
) -> Handover:
    was_accepted = held.state == HandoverState.ACCEPTED
    held.state = rules.STEPS[HandoverState(held.state), verb]
    held.decided_by, held.decided_on = by, on
    held.reason, held.note = reason, tidy(note)[:200]
    held.save(update_fields=["state", "accepted_on", "decided_by", "decided_on", "reason", "note"])
    HandoverEvent.objects.create(handover=held, state=held.state, on=on, by=by, reason=reason, note=held.note)
    if was_accepted:
        _bring_home([held.pk])
    return held


# --- whose tasks they are ---------------------------------------------------------------------------------------

_GIVE = """
    UPDATE care_task AS task SET assigned_to_id = one.to_officer_id
    FROM care_handover AS one, care_carerule AS rule
    WHERE one.state = 'accepted' AND one.program <> '' AND rule.program = one.program
        AND task.resident_id = one.resident_id AND task.rule_id = rule.id AND task.state = 'due'
        AND task.assigned_to_id IS NULL AND (%(all)s OR one.resident_id = ANY(%(residents)s::bigint[]))
"""
_BRING_HOME = """
    UPDATE care_task AS task SET assigned_to_id = NULL
    FROM care_handover AS one, care_carerule AS rule
    WHERE one.id = ANY(%(ids)s::bigint[]) AND one.program <> '' AND rule.program = one.program
        AND task.resident_id = one.resident_id AND task.rule_id = rule.id AND task.state = 'due'
        AND task.assigned_to_id = one.to_officer_id
"""


def give_to_officers(*, residents: Collection[int] | None = None) -> int:
    """Open tasks of handed-over classes that nobody was named for go to the officer; how many. One query.

    Args:
        residents: of these persons only; None for everybody.
    """
    return run(_GIVE, {"all": residents is None, "residents": list(residents or ())})


def _bring_home(handovers: Sequence[int]) -> int:
    """Open tasks of these handovers belong to the team as a whole again."""
    return run(_BRING_HOME, {"ids": list(handovers)})


# --- nightly ----------------------------------------------------------------------------------------------------

_OVER = """
    WITH over AS (
        SELECT one.id, CASE
            WHEN person.life_status NOT IN ('present', 'lost') THEN %(left)s
            WHEN NOT EXISTS (
                SELECT 1 FROM residents_populationflag AS flag
                WHERE flag.resident_id = one.resident_id AND flag.kind = one.population AND flag.ends_on IS NULL
            ) THEN %(class)s
            WHEN NOT EXISTS (
                SELECT 1 FROM contracts_enrollment AS signed
                JOIN contracts_agreement AS agreement ON agreement.id = signed.agreement_id
                WHERE signed.resident_id = one.resident_id AND signed.state = 'active'
                    AND NOT signed.is_supplementary AND %(on)s BETWEEN signed.starts_on AND signed.ends_on
                    AND agreement.team_id = one.from_team_id
            ) THEN %(signed)s END AS reason
        FROM care_handover AS one JOIN residents_resident AS person ON person.id = one.resident_id
        WHERE one.state IN ('offered', 'accepted') FOR UPDATE OF one
    )
    UPDATE care_handover AS one
    SET state = 'ended', decided_by_id = NULL, decided_on = %(on)s, note = '', reason = over.reason
    FROM over WHERE over.id = one.id AND over.reason IS NOT NULL
    RETURNING one.id, one.reason
"""


def end_handovers(*, on: date) -> int:
    """End what there is nobody left to follow up for: gone, not of the class or not signed any more; how many.

    A second run changes nothing.
    """
    with transaction.atomic():
        reasons = {
            "left": HandoverReason.LEFT,
            "class": HandoverReason.CLASS_ENDED,
            "signed": HandoverReason.NOT_SIGNED,
        }
        ended = rows_of(_OVER, {"on": on, **reasons})
        HandoverEvent.objects.bulk_create(
            HandoverEvent(handover_id=pk, state=HandoverState.ENDED, on=on, reason=reason)
            for pk, reason in ended
        )
        _bring_home([pk for pk, _ in ended])
    return len(ended)
