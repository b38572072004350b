"""Who is head of a household: chosen anew by somebody, or by force when the head goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from core.events import announce
from core.history import credited_to
from core.refusals import Refusal
from residents.actions.locking import Held, hold
from residents.actions.records import record, tell
from residents.choices import LifeStatus, Relation
from residents.models import Household, HouseholdEvent, Resident, ResidentEvent
from residents.rules.household import relation_of_sex
from residents.rules.kinship import relation_back
from teams.models import User


class CannotChangeHead(Refusal):
    """This person may not become head like this."""


@dataclass(frozen=True)
class Heir:
    """Who is head next, and what everybody else who stays is to him: resident id -> relation."""

    head: int
    relations: Mapping[int, str]


def change_head(
    *, household: Household, head: Resident, relations: Mapping[int, str], by: User, on: date
) -> Household:
    """Make a member the head. All relations are told anew: they are relations to the new head.

    Args:
        relations: resident id -> relation to the new head, for every other present member.

    Raises:
        CannotChangeHead: not a present member, already the head, or a relation is missing or names a second head.
    """
    with transaction.atomic(), credited_to(by):
        held = hold(CannotChangeHead, households=[household])
        home = held.households[household.pk]
        former = held.head(home)
        if former is not None and former.pk == head.pk:
            raise CannotChangeHead("same_head", "该成员已是户主，不用变更。", field="head")
        was = held.people[head.pk].relation if head.pk in held.people else ""
        install_head(home, held.members(home), Heir(head.pk, relations), CannotChangeHead, by=by)
        _give_way(held, home, was)
        announce("household.changed", ids=[home.pk])
    return home


def _give_way(held: Held, home: Household, was: str) -> None:
    """A former head who died or left without a next one, as an import may tell it, is head no more.

    Args:
        was: what the new head was until now; a relation to that former head.
    """
    for one in held.people.values():
        left = one.household_id == home.pk and one.life_status != LifeStatus.PRESENT
        if left and one.relation == Relation.HEAD:
            one.relation = relation_back(was, one.sex)
            one.save(update_fields=["relation", "updated_at"])


def install_head(
    household: Household,
    members: Sequence[Resident],
    heir: Heir,
    refusal: type[Refusal],
    *,
    by: User | None,
    event: str = HouseholdEvent.Kind.HEAD_CHANGED,
    note: str = "",
) -> Resident:
    """Make one of the locked members head and tell all relations anew; whoever leads now gives way first.

    Raises:
        refusal: the next head is none of them, or a relation is missing or names a second head.
    """
    new = refuse_heir(members, heir, refusal, by=by)
    former_first = sorted(members, key=lambda one: one.relation != Relation.HEAD)
    for one in [*(one for one in former_first if one.pk != new.pk), new]:
        wanted = Relation.HEAD if one.pk == new.pk else relation_of_sex(heir.relations[one.pk], one.sex)
        if one.relation != wanted:
            one.relation = wanted
            one.save(update_fields=["relation", "updated_at"])
            said = f"变更户主，与户主关系改为“{one.get_relation_display()}”"
            record(one, ResidentEvent.Kind.HOUSEHOLD_CHANGED, said, by)
    tell(household, event, f"户主改为 {new.masked_name}{note}", by)
    return new


def refuse_hidden(members: Sequence[Resident], refusal: type[Refusal], *, by: User | None) -> None:
    """Who leads a household is said by somebody who sees everybody in it; a team that cares for one member may not."""
    if by is None:
        return
    ids = {one.pk for one in members}
    if Resident.objects.visible_to(by).filter(pk__in=ids).count() < len(ids):
        sentence = "这一户还有您无权查看的成员，涉及户主的变更请联系该户网格的责任团队办理。"
        raise refusal("members_hidden", sentence, field="head")


def refuse_heir(
    members: Sequence[Resident], heir: Heir, refusal: type[Refusal], *, by: User | None
) -> Resident:
    """The next head out of those who stay; everybody else must have a relation to him."""
    refuse_hidden(members, refusal, by=by)
    known = {one.pk: one for one in members}
    if heir.head not in known:
        raise refusal("not_a_member", "新户主须是本户在册成员。", field="head")
    for one in members:
        if one.pk == heir.head:
            continue
        field = f"relation_{one.pk}"
        if heir.relations.get(one.pk, "") not in Relation.values:
            raise refusal("relation_missing", f"请填写 {one.masked_name} 与新户主的关系。", field=field)
        if heir.relations[one.pk] == Relation.HEAD:
            raise refusal("second_head", f"{one.masked_name} 不能也是户主，请改填关系。", field=field)
    return known[heir.head]


def succeed(
    household: Household,
    gone: Resident,
    staying: Sequence[Resident],
    heir: Heir | None,
    refusal: type[Refusal],
    *,
    by: User | None,
) -> Resident | None:
    """After its head has gone a household has a next one at once, unless nobody is left.

    The caller has already written that ``gone`` is absent or elsewhere. Returns the new head.

    Raises:
        refusal: members stay behind and nobody was chosen, or the choice is not acceptable.
    """
    if not staying:
        return None
    refuse_hidden(staying, refusal, by=by)
    if heir is None:
        raise head_needed(refusal)
    was = {one.pk: one.relation for one in staying}
    new = install_head(household, staying, heir, refusal, by=by, note=f"（原户主 {gone.masked_name}）")
    if gone.household_id == household.pk:
        gone.relation = relation_back(was[new.pk], gone.sex)
        gone.save(update_fields=["relation", "updated_at"])
    return new


def head_needed(refusal: type[Refusal]) -> Refusal:
    sentence = "这位居民是户主，家中还有在册成员：请同时选定新户主，并填写其他成员与新户主的关系。"
    return refusal("head_needed", sentence, field="head")
