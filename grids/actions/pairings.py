"""Who on the medical side knows whom on the community side by name (S2-7)."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from grids import rules
from grids.choices import PAIRED_POST, PostingRole
from grids.models import GridResponsibility, Pairing, Posting
from teams.choices import Role
from teams.models import RoleAssignment, TeamMembership, User


class CannotPair(Refusal):
    """The two do not fit each other on this level."""


class CannotUnpair(Refusal):
    """The pairing may not end on that day."""


def pair(*, level: str, user: User, posting: Posting, starts_on: date, by: User, on: date) -> Pairing:
    """Pair a member of staff with a community person from a day on; it ends with the posting at the latest.

    Raises:
        CannotPair: the post does not fit the level, the person is not the steward, leader or member asked for on that
            day, the posting does not hold on that day, or the two are paired already.
    """
    with transaction.atomic(), credited_to(by):
        row = Posting.objects.select_for_update().get(pk=posting.pk)
        if starts_on < row.starts_on or (row.ends_on and row.ends_on < starts_on):
            raise CannotPair(
                "not_in_post", f"{row.name}在 {starts_on} 不在任，请核对开始日期。", field="starts_on"
            )
        fault = rules.pairing_finding(
            level,
            row.role,
            str(user),
            standing_at(user, row, starts_on),
            partner=_PARTNERS,
            labels=_POST_LABELS,
        )
        if fault:
            raise CannotPair(
                fault.code, fault.sentence, field="posting" if fault.code == "role_unfit" else "user"
            )
        with refuse_on(Pairing, CannotPair, pairing_once="posting"):
            return Pairing.objects.create(
                level=level, user=user, posting=row, starts_on=starts_on, ends_on=row.ends_on
            )


_PARTNERS = {str(level): str(post) for level, post in PAIRED_POST.items()}
_POST_LABELS: dict[str, str] = {code: str(label) for code, label in PostingRole.choices}


def standing_at(user: User, posting: Posting, day: date) -> rules.Standing:
    """What the person is on that day, seen from the posting's place. Two queries at most."""
    if posting.grid_id is None:
        stewarding = RoleAssignment.objects.active_on(day).filter(user=user, role=Role.INSTITUTION_STEWARD)
        return rules.Standing(is_steward=stewarding.exists())
    holds = Q(grid=posting.grid_id) | Q(grid__micro_grids=posting.grid_id)
    teams = GridResponsibility.objects.active_on(day).filter(holds).values("team")
    led = list(
        TeamMembership.objects.active_on(day)
        .filter(user=user, team__in=teams)
        .values_list("is_leader", flat=True)
    )
    return rules.Standing(is_leader_of_place=any(led), is_member_at_place=bool(led))


def unpair(*, pairing: Pairing, ends_on: date, by: User, on: date) -> Pairing:
    """The last day of a pairing.

    Raises:
        CannotUnpair: over by then already, or before its first day.
    """
    with transaction.atomic(), credited_to(by):
        row = Pairing.objects.select_for_update().get(pk=pairing.pk)
        if row.ends_on and row.ends_on <= ends_on:
            raise CannotUnpair("ended", f"该结对已于 {row.ends_on} 结束。", field="ends_on")
        if ends_on < row.starts_on:
            raise CannotUnpair(
                "before_start", f"结束日期不能早于结对开始日期 {row.starts_on}。", field="ends_on"
            )
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
    return row
