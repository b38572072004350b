"""What every kind of signing asks: the team and its doctor, the packages, the pictures, the places on the panel."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from contracts.actions.evidence import object_to_new
from contracts.actions.panels import ask_for_places
from contracts.actions.signing.deeds import Deed
from contracts.actions.signing.refusing import CannotSign, refuse
from contracts.models import Agreement
from contracts.queries.packages import menus_of, packages_offered, suits_of
from contracts.queries.signing import post_in, works_for
from contracts.rules import Objection, signing
from contracts.rules.households import object_for_anybody
from contracts.rules.packages import Case
from teams.models import Team


def made_from(client_token: uuid.UUID, **facts: Any) -> Agreement | None:
    """The agreement that this very form made already.

    Args:
        facts: what must be true of it, as filters; else the form was used for something else.
    """
    made = Agreement.objects.filter(client_token=client_token).first()
    if made is None:
        return None
    if Agreement.objects.filter(pk=made.pk, **facts).exists():
        return made
    raise CannotSign("token_reused", "这张签约表单已经用于另一份协议，请从居民页面重新打开签约。")


def object_to_side_a(deed: Deed) -> Objection | None:
    """The team, whoever enters it, who signs for it."""
    days = {deed.on, deed.signed_on}
    is_active = all(Team.objects.active_on(day).filter(pk=deed.team.pk).exists() for day in days)
    return (
        signing.object_to_team(
            is_active=is_active, is_signer_in_team=works_for(deed.by, deed.team, on=deed.on)
        )
        or signing.object_to_signatory(deed.signatory, deed.policy)
        or signing.object_to_doctor(post_in(deed.team, deed.doctor, on=deed.signed_on), deed.policy)
    )


def check_packages(deed: Deed, cases: Sequence[Case]) -> None:
    """Each offered to this team, fit for this kind of agreement and for somebody whom it covers (4.4)."""
    offered = packages_offered(on=deed.on, teams=[deed.team], kind=None, sees_restricted=True)
    is_offered = {one.pk for one in deed.packages} <= {one.pk for one in offered}
    refuse(signing.object_to_packages([one.code for one in deed.packages], all_enabled=is_offered))
    for one in deed.packages:
        refuse(object_for_anybody(one.name, suits_of(one), cases))
    refuse(signing.object_to_choice(menus_of(deed.packages), [one.pk for one in deed.chosen]))


def check_evidence(deed: Deed) -> None:
    if deed.evidence:
        refuse(object_to_new(None, deed.evidence, policy=deed.policy))


def check_panel(deed: Deed, residents: Collection[int]) -> None:
    """Asked last: it holds the doctor until the end, so that two signings cannot both take the last place."""
    refuse(
        ask_for_places(
            doctor=deed.doctor,
            institution=deed.team.institution,
            residents=residents,
            on=deed.on,
            policy=deed.policy,
        )
    )
