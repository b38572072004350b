"""Pictures that prove a signing: sealed, fingerprinted, never changed (S1-30, P2)."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from contracts.actions.locking import locked_agreement
from contracts.choices import AgreementState, EventKind, EvidenceKind
from contracts.models import Agreement, AgreementEvent, SigningEvidence
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.evidence import PURPOSE
from contracts.queries.signing import works_for
from contracts.rules import Objection
from contracts.rules.households import object_to_proofs
from core.crypto import seal_bytes
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from teams.models import User


class CannotAddEvidence(Refusal):
    """These pictures are not kept."""


@dataclass(frozen=True)
class Proof:
    """One picture, already re-encoded as JPEG (contracts.pictures), with where the device said it was (WGS-84)."""

    kind: EvidenceKind
    image: bytes
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    accuracy_m: int | None = None
    note: str = ""


def add_evidence(
    *, by: User, on: date, now: datetime, agreement: Agreement, proofs: Sequence[Proof]
) -> list[SigningEvidence]:
    """Add pictures to an agreement that stands; its story tells how many of what kind.

    Raises:
        CannotAddEvidence: nothing sent, a picture that is there already, too many, not one's own team's, or void.
    """
    with transaction.atomic(), credited_to(by):
        agreement = locked_agreement(agreement)
        _refuse_stranger(agreement, by, on)
        if not proofs:
            raise CannotAddEvidence("evidence_missing", "请先选择要提交的图片。", field="evidence")
        objection = object_to_new(agreement, proofs, policy=policy_on(on))
        if objection:
            raise CannotAddEvidence(objection.code, objection.sentence, field=objection.field)
        rows = write_evidence(agreement, proofs, by=by)
        AgreementEvent.objects.create(
            agreement=agreement, kind=EventKind.EVIDENCE, on=on, by=by, note=told(proofs)
        )
    return rows


def _refuse_stranger(agreement: Agreement, by: User, on: date) -> None:
    if agreement.state == AgreementState.VOID:
        raise CannotAddEvidence("void", "作废的协议只供查阅，不能再补充凭证。")
    if not works_for(by, agreement.team, on=on):
        raise CannotAddEvidence("not_own_team", "只能为自己所在团队或本机构的协议补充凭证。")


def object_to_new(
    agreement: Agreement | None, proofs: Sequence[Proof], *, policy: ContractsPolicy
) -> Objection | None:
    """Why these pictures cannot be kept with the agreement, or with one that is still to be made."""
    held = agreement.evidence.values_list("sha256", flat=True) if agreement else ()
    return object_to_proofs([fingerprint(one) for one in proofs], list(held), most=policy.evidence_most)


def write_evidence(agreement: Agreement, proofs: Sequence[Proof], *, by: User) -> list[SigningEvidence]:
    """The rows alone, for whoever has asked the rules and tells the story."""
    return SigningEvidence.objects.bulk_create(
        SigningEvidence(
            agreement=agreement,
            kind=one.kind,
            sealed=seal_bytes(one.image, purpose=PURPOSE),
            sha256=fingerprint(one),
            latitude=one.latitude,
            longitude=one.longitude,
            accuracy_m=one.accuracy_m,
            note=tidy(one.note),
            added_by=by,
        )
        for one in proofs
    )


def fingerprint(proof: Proof) -> str:
    return hashlib.sha256(proof.image).hexdigest()


def told(proofs: Sequence[Proof]) -> str:
    """签约现场照片2张、证件照片1张."""
    counts = Counter(EvidenceKind(one.kind) for one in proofs)
    return "、".join(f"{kind.label}{count}张" for kind, count in counts.items())
