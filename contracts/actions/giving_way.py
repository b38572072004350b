"""What happens to the old team's enrolment when a transferred resident is signed, and when that signing falls through."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Least

from contracts.choices import RUNNING, AgreementState, EventKind, RequestState, TerminationReason
from contracts.models import Agreement, AgreementEvent, Enrollment, Transfer
from contracts.queries.transfers import Way
from contracts.rules.moves import TRANSFER_STEPS, TransferVerb
from contracts.rules.states import TRANSITIONS, Verb
from residents.actions import give_into_care
from residents.models import Resident
from teams.models import User

LEFT = TRANSITIONS[AgreementState.ACTIVE, Verb.TRANSFER]
NEVER_BEGUN = TRANSITIONS[AgreementState.ACTIVE, Verb.VOID]


def give_way(*, by: User, on: date, ways: Collection[Way], successor: Agreement) -> None:
    """End what the old teams had promised, the day before the new agreement begins (4.6).

    Called by the signing inside its transaction, with the residents' rows locked, before the new enrolments are
    written. Supplements end with their agreement; a renewal with the old team that has not begun is void. Of a
    household agreement only the person leaves; it ends with its last member.
    """
    if not ways:
        return
    leaving = [one for way in ways for one in way.enrollments]
    agreements = {one.agreement_id for one in leaving}
    rows = Agreement.objects.select_for_update(no_key=True).filter(pk__in=agreements)
    list(rows.order_by("pk").values_list("pk"))
    last_day = successor.starts_on - timedelta(days=1)
    own = Enrollment.objects.filter(pk__in=[one.pk for one in leaving], state__in=RUNNING)
    begun = Q(state=AgreementState.ACTIVE, starts_on__lte=last_day)
    reason = TerminationReason.CHANGE_TEAM
    own.exclude(begun).update(state=NEVER_BEGUN, end_reason=reason)
    own.filter(begun).update(state=LEFT, ends_on=Least(F("ends_on"), last_day), end_reason=reason)
    closed = _close_empty(agreements, last_day)
    transfers = [way.transfer.pk for way in ways]
    done = TRANSFER_STEPS[RequestState.ACCEPTED, TransferVerb.SIGN]
    Transfer.objects.filter(pk__in=transfers).update(state=done, successor=successor)
    AgreementEvent.objects.bulk_create(
        _left(way, one, closed, successor, by=by, on=last_day) for way in ways for one in way.enrollments
    )


def _close_empty(agreements: Collection[int], last_day: date) -> dict[int, str]:
    """End the agreements in which nobody is left; id -> the state that each of them took."""
    someone = Enrollment.objects.filter(agreement=OuterRef("pk"), state__in=RUNNING)
    empty = Agreement.objects.filter(~Exists(someone), pk__in=agreements, state__in=RUNNING)
    begun = Q(state=AgreementState.ACTIVE, starts_on__lte=last_day)
    closed: dict[int, str] = {}
    for chosen, following in ((empty.filter(begun), LEFT), (empty.exclude(begun), NEVER_BEGUN)):
        found = list(chosen.values_list("pk", flat=True))
        Agreement.objects.filter(pk__in=found).update(state=following, waits_for="")
        closed |= dict.fromkeys(found, following)
    return closed


_KINDS: dict[str, EventKind] = {LEFT: EventKind.TRANSFERRED, NEVER_BEGUN: EventKind.VOIDED}


def _left(
    way: Way, one: Enrollment, closed: dict[int, str], successor: Agreement, *, by: User, on: date
) -> AgreementEvent:
    person = way.transfer.enrollment.resident.masked_name
    return AgreementEvent(
        agreement_id=one.agreement_id,
        kind=_KINDS[closed[one.agreement_id]] if one.agreement_id in closed else EventKind.LEFT,
        on=on,
        by=by,
        reason=TerminationReason.CHANGE_TEAM,
        note=f"{person}转签到{successor.team.name}，新协议 {successor.number}",
    )


def take_back(*, by: User | None, on: date, successor: Agreement) -> int:
    """The new agreement never came into force: the old enrolments run again, the transfer waits for a new signing.

    Called after the new agreement was made void, in the same transaction; how many persons went back. A renewal with
    the old team that was void stays so. Who signed again since, or whose household's agreement is over, goes back to
    nobody; the nightly run closes his transfer.
    """
    transfers = list(
        Transfer.objects.select_for_update(of=("self",))
        .filter(successor=successor, state=RequestState.DONE)
        .select_related("enrollment__resident")
    )
    rows = (
        Agreement.objects.select_for_update(no_key=True, of=("self",))
        .select_related("team")
        .defer("as_signed")
    )
    held = {one.pk: one for one in rows.filter(enrollments__transfers__in=transfers).order_by("pk")}
    count = 0
    for one in transfers:
        old = held[one.enrollment.agreement_id]
        is_back = _may_run_again(one.enrollment, old)
        if is_back:
            _give_back(one.enrollment, old, by=by, on=on, successor=successor)
            count += 1
        then = "恢复原签约" if is_back else "原签约已结束，不再恢复"
        AgreementEvent.objects.create(
            agreement=old,
            kind=EventKind.TRANSFERRED,
            on=on,
            by=by,
            note=f"{one.enrollment.resident.masked_name}：新协议 {successor.number} 没有生效，{then}",
        )
    Transfer.objects.filter(pk__in=[one.pk for one in transfers]).update(
        state=TRANSFER_STEPS[RequestState.DONE, TransferVerb.TAKE_BACK], successor=None
    )
    return count


def _may_run_again(enrollment: Enrollment, agreement: Agreement) -> bool:
    """Unless the old agreement has ended for the others as well, or he has signed something else on its days."""
    if agreement.state not in (AgreementState.ACTIVE, AgreementState.TRANSFERRED):
        return False
    others = Enrollment.objects.binding().filter(resident=enrollment.resident_id).exclude(pk=enrollment.pk)
    days = {"starts_on__lte": agreement.ends_on, "ends_on__gte": enrollment.starts_on}
    return not others.filter(**days).exists()


def _give_back(
    enrollment: Enrollment, agreement: Agreement, *, by: User | None, on: date, successor: Agreement
) -> None:
    """The person runs again under the old agreement and its supplements; the old team has him in care again."""
    ended = Enrollment.objects.filter(
        Q(agreement=agreement) | Q(agreement__parent=agreement),
        resident=enrollment.resident_id,
        state=LEFT,
        end_reason=TerminationReason.CHANGE_TEAM,
    )
    for one in ended.select_related("agreement"):
        _run_again(one)
    people = Resident.objects.filter(pk=enrollment.resident_id, managing_team=successor.team_id)
    give_into_care(
        residents=people, team=agreement.team, by=by, on=on, note=f"新协议 {successor.number} 没有生效"
    )


def _run_again(enrollment: Enrollment) -> None:
    """As it was before it gave way: an enrolment that runs ends with its agreement."""
    agreement = enrollment.agreement
    following = TRANSITIONS[AgreementState.TRANSFERRED, Verb.RESTORE]
    if agreement.state == AgreementState.TRANSFERRED:
        agreement.state = following
        agreement.save(update_fields=["state"])
    enrollment.state, enrollment.ends_on, enrollment.end_reason = following, agreement.ends_on, ""
    enrollment.save(update_fields=["state", "ends_on", "end_reason"])
