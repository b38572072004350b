"""Writing down who put his name under what."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.choices import Occasion, SignerParty
from contracts.models import Agreement, Signature


@dataclass(frozen=True)
class SignedBy:
    """Who put his name under it; ``image`` is a checked PNG (contracts.ink), empty on paper.

    ``relation`` and ``phone`` tell who a guardian is; ``resident_id`` is the member of a household who signed, or for
    whom his guardian signed.
    """

    party: SignerParty
    name: str
    image: bytes = b""
    relation: str = ""
    phone: str = ""
    resident_id: int | None = None


def write_signatures(
    agreement: Agreement, occasion: Occasion, signatures: Sequence[SignedBy], *, now: datetime, ip: str | None
) -> None:
    """One row for each signer; the fingerprint is that of the kept image."""
    Signature.objects.bulk_create(
        Signature(
            agreement=agreement,
            occasion=occasion,
            party=one.party,
            signer_name=one.name,
            resident_id=one.resident_id,
            image=one.image,
            sha256=hashlib.sha256(one.image).hexdigest() if one.image else "",
            signed_at=now,
            ip=ip,
        )
        for one in signatures
    )
