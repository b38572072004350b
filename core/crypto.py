"""Sealing and finding secrets: AES-256-GCM at rest, a keyed blind index for lookup.

Sealed form: algorithm (1 byte) + key id (1) + nonce (12) + ciphertext and tag. The algorithm byte leaves room for
SM4-GCM; the key id for rotation. The blind index is an HMAC with another key that is not in the database, so a stolen
table cannot be searched by trying every identity number.
"""

import hashlib
import hmac
import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

AES_GCM = 1
CURRENT_KEY = 1
_HEAD = bytes([AES_GCM, CURRENT_KEY])


class Unreadable(Exception):
    """Sealed bytes were damaged, moved to another field, or sealed with another key."""


def seal(text: str, *, purpose: str) -> bytes:
    """Encrypt ``text``; ``purpose`` binds it to its field, so that it cannot be moved to another."""
    nonce = os.urandom(12)
    return _HEAD + nonce + AESGCM(settings.FIELD_KEY).encrypt(nonce, text.encode(), purpose.encode())


def unseal(sealed: bytes | memoryview, *, purpose: str) -> str:
    """Decrypt what ``seal`` made.

    Raises:
        Unreadable: wrong key, wrong purpose or a flipped bit; never a wrong text.
    """
    raw = bytes(sealed)
    if raw[:2] != _HEAD:
        raise Unreadable("unknown algorithm or key")
    try:
        return AESGCM(settings.FIELD_KEY).decrypt(raw[2:14], raw[14:], purpose.encode()).decode()
    except (InvalidTag, ValueError) as error:  # ValueError: cut short
        raise Unreadable("sealed value does not open") from error


def blind_index(text: str, *, purpose: str) -> uuid.UUID:
    """A 16-byte keyed fingerprint, stored as uuid: equal texts meet, nothing else is told."""
    return uuid.UUID(bytes=_mac(purpose, text)[:16])


def blind_tail(text: str, *, purpose: str) -> int:
    """A signed 64-bit keyed fingerprint of a short tail (last digits), for a bigint column."""
    return int.from_bytes(_mac(purpose, text)[:8], "big", signed=True)


def _mac(purpose: str, text: str) -> bytes:
    return hmac.digest(settings.INDEX_KEY, f"{purpose}\x1f{text}".encode(), hashlib.sha256)
