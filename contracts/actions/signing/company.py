"""Those who sign together, and those of the household who do not, as they stand under the lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from contracts.actions.signing.deeds import Deed
from contracts.choices import ConsentWay, SignerParty
from contracts.queries.members import guardians_of, party_of
from contracts.queries.people import promises_by
from contracts.queries.signing import still_binding
from contracts.queries.transfers import Way, ways_to
from contracts.rules import Objection, signing
from contracts.rules.households import Consenting, House
from contracts.rules.moves import object_to_giving_way
from core.dates import chinese_date
from residents.actions.locking import Held
from residents.models import Guardian, Household, Resident
from residents.policy import policy_on as residents_policy_on


@dataclass(frozen=True)
class Joining:
    """One member who joins, and how he agreed; ``signature`` is his own or his guardian's, a checked PNG.

    ``consent`` is empty if nobody asked him, which only a district without individual consent accepts.
    """

    resident: Resident
    consent: ConsentWay | str
    guardian_name: str = ""
    guardian_relation: str = ""
    guardian_phone: str = ""
    signature: bytes = b""


@dataclass(frozen=True)
class Company:
    """A household at the moment of signing.

    Attributes:
        people: everybody present in it.
        promises: who has signed with whom, and does not give way.
        ways: whose transfer to this team was accepted.
        barred: who of them cannot be signed for this term, and why; shown at his own place in the form.
    """

    household: Household
    people: Mapping[int, Resident]
    house: House
    representative: Resident
    joining: tuple[Joining, ...]
    guardians: Mapping[int, Guardian]
    promises: Mapping[int, Sequence[signing.Promise]]
    ways: Mapping[int, Way]
    barred: Mapping[int, Objection]
    signed_on: date
    minor_age: int

    @property
    def signing_ids(self) -> list[int]:
        return [one.resident.pk for one in self.joining]

    @property
    def in_order(self) -> list[Joining]:
        """As they stand on the paper: the representative, the head, the others as given."""
        first = [self.representative.pk, self.house.head]
        return sorted(
            self.joining,
            key=lambda one: first.index(one.resident.pk) if one.resident.pk in first else len(first),
        )

    def party(self, resident: int) -> SignerParty:
        """Who agrees for somebody on the day of signing: himself or his guardian."""
        person, guardian = self.people.get(resident), self.guardians.get(resident)
        if person is None:  # somebody else's household; another rule says so
            return SignerParty.RESIDENT
        return party_of(person, guardian, on=self.signed_on, minor_age=self.minor_age)

    def consenting(self, one: Joining) -> Consenting:
        return Consenting(
            one.resident.pk,
            one.resident.masked_name,
            self.party(one.resident.pk),
            one.consent,
            one.guardian_name,
            bool(one.signature),
        )

    def barred_now(self, deed: Deed) -> Objection | None:
        """Who of those who sign has been signed by somebody else in the meantime; reads again."""
        people = [self.people[one] for one in self.signing_ids]
        found = barred_by(people, promises_by(self.signing_ids), {}, deed)
        return next(iter(found.values()), None)

    def told(self) -> str:
        """Who of the household is left out, masked, with the reason."""
        out = [one for pk, one in self.people.items() if pk not in self.signing_ids]
        if not out:
            return ""
        reasons = "、".join(f"{one.masked_name}（{self._why_out(one.pk)}）" for one in out)
        return f"本户另有{len(out)}人未参加：{reasons}"

    def _why_out(self, resident: int) -> str:
        if resident not in self.barred:
            return "本次不签"
        last = max(self.promises[resident], key=lambda one: one.ends_on, default=None)
        if last is None:
            return "转签的新协议要晚些生效"
        return f"已由{last.team}签约至{chinese_date(last.ends_on)}"


def company_of(
    held: Held, household: Household, members: Sequence[Joining], representative: Resident, deed: Deed
) -> Company:
    """Three queries beyond the lock, one more where somebody was transferred."""
    home = held.households[household.pk]
    people = {one.pk: one for one in held.members(home)}
    head = held.head(home)
    ways = ways_to(deed.team, list(people))
    promises = {pk: still_binding(found, ways.get(pk)) for pk, found in promises_by(people).items()}
    return Company(
        household=home,
        people=people,
        house=House(list(people), head.pk if head else None, is_open=home.closed_on is None),
        representative=people.get(representative.pk, representative),
        joining=tuple(members),
        guardians=guardians_of(list(people.values()), on=deed.on),
        promises=promises,
        ways=ways,
        barred=barred_by(list(people.values()), promises, ways, deed),
        signed_on=deed.signed_on,
        minor_age=residents_policy_on(deed.on).minor_age,
    )


def barred_by(
    people: Sequence[Resident],
    promises: Mapping[int, Sequence[signing.Promise]],
    ways: Mapping[int, Way],
    deed: Deed,
) -> dict[int, Objection]:
    """Resident id -> why his other agreements keep him out of this term; who is free is not in it."""
    found = {}
    for one in people:
        objection = signing.object_to_overlap(
            promises[one.pk],
            team_id=deed.team.pk,
            starts_on=deed.starts_on,
            ends_on=deed.ends_on,
            on=deed.on,
            notice_days=deed.policy.renewal_notice_days,
        )
        if objection is None and one.pk in ways:
            objection = object_to_giving_way(ways[one.pk].starts_on, starts_on=deed.starts_on)
        if objection:
            sentence = objection.sentence.replace("该居民", one.masked_name)
            found[one.pk] = replace(objection, sentence=sentence, field=f"m{one.pk}-joins")
    return found
