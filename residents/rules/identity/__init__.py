"""Identity numbers (GB 11643) and the other documents of docs/domain.md 6.1 and 6.2, one noun a page."""

from residents.rules.identity.documents import disagreement, mother_of, read_document
from residents.rules.identity.numbers import (
    MAX_AGE,
    TRUNCATED,
    Identity,
    normal_number,
    read_identity,
    upgraded,
)

__all__ = [
    "MAX_AGE",
    "TRUNCATED",
    "Identity",
    "disagreement",
    "mother_of",
    "normal_number",
    "read_document",
    "read_identity",
    "upgraded",
]
