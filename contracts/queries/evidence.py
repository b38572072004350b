"""The pictures that prove a signing, opened one at a time."""

from contracts.models import Agreement, SigningEvidence
from core.crypto import unseal_bytes

PURPOSE = "agreement.evidence"  # what the pictures are sealed for


def evidence_of(agreement: Agreement) -> list[SigningEvidence]:
    """What there is, oldest first, the pictures left in the database. One query."""
    found = SigningEvidence.objects.filter(agreement=agreement).select_related("added_by").defer("sealed")
    return list(found.order_by("added_at", "pk"))


def picture_of(evidence: SigningEvidence) -> bytes:
    """The JPEG as it was kept."""
    return unseal_bytes(evidence.sealed, purpose=PURPOSE)
