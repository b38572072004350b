"""Both parties of an agreement as they stood when it was signed; kept sealed, printed forever like that."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Member:
    """One member of the team, as the agreement names him."""

    name: str
    post: str
    title: str = ""
    phone: str = ""
    is_leader: bool = False


@dataclass(frozen=True)
class PartyA:
    """The institution, its team and the signing doctor."""

    institution: str
    address: str
    phone: str
    complaint_phone: str
    team: str
    team_phone: str
    service_times: str
    doctor: Member
    members: tuple[Member, ...]

    @property
    def leader(self) -> Member | None:
        return next((one for one in self.members if one.is_leader), None)


@dataclass(frozen=True)
class PartyB:
    """The resident, in full: only the printed paper shows it."""

    name: str
    sex: str
    born_on: str
    id_kind: str
    id_number: str
    phone: str
    address: str
    populations: tuple[str, ...] = ()
    guardian_name: str = ""
    guardian_relation: str = ""
    guardian_phone: str = ""


@dataclass(frozen=True)
class HouseMember:
    """One member of a household agreement; ``needs_guardian`` if his guardian agrees in his place (4.7).

    ``resident_id`` leads to his enrolment: how and when he agreed.
    """

    name: str
    relation: str
    sex: str
    born_on: str
    id_kind: str
    id_number: str
    phone: str
    populations: tuple[str, ...] = ()
    is_head: bool = False
    needs_guardian: bool = False
    guardian_name: str = ""
    guardian_relation: str = ""
    guardian_phone: str = ""
    resident_id: int = 0


@dataclass(frozen=True)
class Parties:
    """``members``: everybody of a household agreement, its representative (who is ``b``) among them; else empty."""

    a: PartyA
    b: PartyB
    members: tuple[HouseMember, ...] = ()

    def dumps(self) -> str:
        return json.dumps(self, default=vars, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Parties:
    """Read back what ``Parties.dumps`` wrote."""
    stored: dict[str, Any] = json.loads(text)
    a, b = stored["a"], stored["b"]
    members = tuple(Member(**one) for one in a["members"])
    return Parties(
        PartyA(**a | {"doctor": Member(**a["doctor"]), "members": members}),
        PartyB(**b | {"populations": tuple(b["populations"])}),
        tuple(
            HouseMember(**one | {"populations": tuple(one["populations"])})
            for one in stored.get("members", ())
        ),
    )
