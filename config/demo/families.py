"""What goes beyond one person and one paper: households that sign together, courses of treatment, late entries. Pure.

Drawn from a stream of its own after everybody's own agreement stands, so that nobody else's luck changes. Of the homes
in which the head and somebody else have signed with the same team, two in five hold one household agreement instead;
whoever else lives there joins it mostly, children always. One running agreement in fifty has a course of treatment
beside it, and a few were entered so late that the steward still has to look at them. Some were entered at night or in
one go, which the review finds.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from uuid import UUID

from config.demo.agreements import Deed
from config.demo.chance import Weighted
from config.demo.registry import Entry, at_work
from contracts.choices import AgreementKind, AgreementState, ConsentWay
from contracts.policy import ContractsPolicy
from residents.choices import Relation

S = AgreementState
ONE_DAY = timedelta(days=1)
TOGETHER, JOINS, COURSE, LATE = 0.4, 0.6, 0.02, 0.08
NIGHT, IN_ONE_GO = 4, 7  # agreements
CONSENTS = Weighted([(ConsentWay.SIGNED, 75), (ConsentWay.IN_PERSON, 15), (ConsentWay.BY_PHONE, 10)])
# Package, what it is signed against, days: published in the demonstration (config.demo.papers).
COURSES = (("course_tcm_pain", "颈肩腰腿痛", 14), ("course_insomnia", "失眠", 30))


def sign_together(chance: Random, deeds: list[Deed], entries: Iterable[Entry], on: date) -> None:
    """Put the running agreements of some homes together into one; what it replaces leaves the list."""
    own: dict[int, list[Deed]] = defaultdict(list)
    for deed in deeds:
        own[deed.entry.id].append(deed)
    homes: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        homes[entry.home].append(entry)
    gone: set[int] = set()
    for family in homes.values():
        first = _running(own[family[0].id], on)
        if first is None or family[0].person.relation != Relation.HEAD or chance.random() >= TOGETHER:
            continue
        joining = [one for one in family[1:] if _joins(chance, one, own[one.id], first, on)]
        if not any(_running(own[one.id], on) for one in joining):
            continue
        for one in joining:
            replaced = _running(own[one.id], on)
            if replaced:
                gone.add(id(replaced))
            if replaced and replaced.previous:
                replaced.previous.state = S.EXPIRED  # goes on in the household's, which renews the head's
        _together(chance, first, joining)
    deeds[:] = [one for one in deeds if id(one) not in gone]


def _running(deeds: Sequence[Deed], on: date) -> Deed | None:
    last = deeds[-1] if deeds else None
    return last if last and last.state == S.ACTIVE and last.starts_on <= on else None


def _joins(chance: Random, one: Entry, deeds: Sequence[Deed], first: Deed, on: date) -> bool:
    """Free on the first day of the household's agreement, known by then, and willing."""
    if not one.is_present or one.entered_on > first.signed_on:
        return False
    running = _running(deeds, on)
    earlier = [each for each in deeds if each is not running]
    if any(each.state != S.VOID and each.last_day >= first.starts_on for each in earlier):
        return False
    if running:
        return running.crew.team.pk == first.crew.team.pk
    return not deeds and (one.guardian is not None or chance.random() < JOINS)


def _together(chance: Random, first: Deed, joining: Sequence[Entry]) -> None:
    first.kind = AgreementKind.HOUSEHOLD
    first.covered = [first.entry, *joining]
    first.consents = [ConsentWay.SIGNED] + [
        ConsentWay.GUARDIAN if one.guardian else CONSENTS.draw(chance) for one in joining
    ]
    first.menu = chance.sample(range(8), chance.randrange(2, 5)) if chance.random() < 0.7 else []
    for one in joining:
        one.team_id = first.crew.team.pk


def treat(chance: Random, deeds: list[Deed], on: date) -> None:
    """Courses of treatment inside the terms of running agreements."""
    for parent in [one for one in deeds if one.state == S.ACTIVE and one.starts_on < on]:
        if chance.random() >= COURSE:
            continue
        code, disease, days = chance.choice(COURSES)
        adults = [one for one in parent.covered if one.person.age >= 18 and one.is_present]
        latest = min(on, parent.last_day - timedelta(days=days - 1))
        if not adults or latest < parent.starts_on:
            continue
        starts_on = latest - timedelta(days=chance.randrange(min((latest - parent.starts_on).days, 120) + 1))
        last_day = starts_on + timedelta(days=days - 1)
        person = chance.choice(adults)
        deeds.append(
            replace(
                parent,
                entry=person,
                covered=[person],
                consents=[ConsentWay.SIGNED],
                kind=AgreementKind.SUPPLEMENTARY,
                parent=parent,
                previous=None,
                course=code,
                disease=disease,
                menu=[],
                signed_on=starts_on,
                starts_on=starts_on,
                years=0,
                last_day=last_day,
                state=S.ACTIVE if last_day >= on else S.EXPIRED,
                token=UUID(int=chance.getrandbits(128), version=4),
            )
        )


def enter_late(chance: Random, deeds: Sequence[Deed], policy: ContractsPolicy, on: date) -> None:
    """A few first agreements were typed in yesterday although they were signed weeks ago."""
    since = on - timedelta(days=policy.backdate_most_days)
    until = on - timedelta(days=policy.backdate_days + 2)
    for deed in deeds:
        is_first = deed.kind == AgreementKind.INDIVIDUAL and deed.previous is None and deed.state == S.ACTIVE
        if not is_first or not since < deed.signed_on < until or deed.entry.team_id is None:
            continue
        if chance.random() < LATE:
            deed.state, deed.entered_at = S.PENDING_CONFIRM, at_work(on - ONE_DAY, deed.entry.id)
            deed.entry.team_id = None


def make_odd(chance: Random, deeds: Sequence[Deed], on: date) -> None:
    """What the review is there to find: several entered late in the evening, several within ten minutes."""
    recent = [
        one
        for one in deeds
        if one.state == S.ACTIVE and one.entered_at is None and one.signed_on > on - 60 * ONE_DAY
    ]
    for deed in chance.sample(recent, min(NIGHT, len(recent))):
        at = at_work(deed.signed_on, 0)
        deed.entered_at = at.replace(hour=22, minute=15 + chance.randrange(40))
    weeks: dict[tuple[int, int], list[Deed]] = defaultdict(list)
    for deed in recent:
        if deed.entered_at is None:
            weeks[deed.clerk.pk, deed.signed_on.toordinal() // 7].append(deed)
    busiest = max(weeks.values(), key=len, default=[])[:IN_ONE_GO]
    if busiest:
        day = max(one.signed_on for one in busiest)
        for place, deed in enumerate(busiest):
            deed.entered_at = at_work(day, 0) + timedelta(minutes=place)
