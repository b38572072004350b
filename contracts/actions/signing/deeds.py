"""What was asked for, so that the steps of signing need not pass it one by one."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from contracts.actions.evidence import Proof
from contracts.actions.signatures import SignedBy
from contracts.choices import AgreementKind, ConsentWay
from contracts.models import PackageItem, ServicePackage
from contracts.policy import ContractsPolicy, policy_on
from contracts.rules.signing import Terms
from core.dates import term_end
from residents.models import Resident
from teams.models import Team, User


@dataclass(frozen=True)
class Deed:
    """One form that was sent in.

    Attributes:
        years: 0 for a supplementary agreement, whose last day then is ``last_day``.
    """

    by: User
    on: date
    now: datetime
    kind: AgreementKind
    team: Team
    doctor: User
    signatory: str
    signed_on: date
    starts_on: date
    years: int
    channel: str
    mode: str
    packages: tuple[ServicePackage, ...]
    chosen: tuple[PackageItem, ...]
    signatures: tuple[SignedBy, ...]
    evidence: tuple[Proof, ...]
    client_token: uuid.UUID
    ip: str | None
    last_day: date | None = None

    @cached_property
    def policy(self) -> ContractsPolicy:
        return policy_on(self.on)

    @property
    def ends_on(self) -> date:
        """The last day in force."""
        return self.last_day or term_end(self.starts_on, self.years)

    def terms(self, *, is_first: bool) -> Terms:
        return Terms(self.signed_on, self.starts_on, self.years, is_first)


@dataclass(frozen=True)
class Covered:
    """One person of the agreement and how he agreed; ``consented_on`` is empty if nobody asked him."""

    resident: Resident
    consent: ConsentWay = ConsentWay.SIGNED
    consented_on: date | None = None
    guardian_name: str = ""
