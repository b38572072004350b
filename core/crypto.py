"""Sealing and finding secrets: AES-256-GCM at rest, a keyed blind index for lookup.

Sealed form: algorithm (1 byte) + key id (1) + nonce (12) + ciphertext and tag. The algorithm byte leaves room for
SM4-GCM; the key id for rotation. The blind index is an HMAC with another key that is not in the database, so a stolen
table cannot be searched by trying every identity number.
"""

import base64
import hashlib
import hmac
import os
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

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
    return seal_bytes(text.encode(), purpose=purpose)


def unseal(sealed: bytes | memoryview, *, purpose: str) -> str:
    """Decrypt what ``seal`` made.

    Raises:
        Unreadable: wrong key, wrong purpose or a flipped bit; never a wrong text.
    """
    return unseal_bytes(sealed, purpose=purpose).decode()


def seal_bytes(data: bytes, *, purpose: str) -> bytes:
    """As ``seal``, for the pieces of a file."""
    nonce = os.urandom(12)
    return _HEAD + nonce + AESGCM(settings.FIELD_KEY).encrypt(nonce, data, purpose.encode())


def unseal_bytes(sealed: bytes | memoryview, *, purpose: str) -> bytes:
    """Decrypt what ``seal_bytes`` made.

    Raises:
        Unreadable: as ``unseal``.
    """
    raw = bytes(sealed)
    if raw[:2] != _HEAD:
        raise Unreadable("unknown algorithm or key")
    try:
        return AESGCM(settings.FIELD_KEY).decrypt(raw[2:14], raw[14:], purpose.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: cut short
        raise Unreadable("sealed value does not open") from error


def blind_index(text: str, *, purpose: str) -> uuid.UUID:
    """A 16-byte keyed fingerprint, stored as uuid: equal texts meet, nothing else is told."""
    return uuid.UUID(bytes=_mac(purpose, text)[:16])


def blind_tail(text: str, *, purpose: str) -> int:
    """A signed 64-bit keyed fingerprint of a short tail (last digits), for a bigint column."""
    return int.from_bytes(_mac(purpose, text)[:8], "big", signed=True)


def keyed_digest(text: str, *, purpose: str) -> str:
    """The whole keyed fingerprint in hex, for secrets of which nothing else is kept."""
    return _mac(purpose, text).hex()


def derived_secret(text: str, *, purpose: str) -> str:
    """A secret of 192 bits for an address, made anew from our key each time instead of being kept anywhere."""
    return base64.urlsafe_b64encode(_mac(purpose, text)[:24]).decode()


def _mac(purpose: str, text: str) -> bytes:
    return hmac.digest(settings.INDEX_KEY, f"{purpose}\x1f{text}".encode(), hashlib.sha256)


_SEALERS: "weakref.WeakSet[Sealer]" = weakref.WeakSet()
os.register_at_fork(after_in_child=lambda: [one.forget_nonces() for one in _SEALERS])


class Sealer:
    """Seals and fingerprints values by the hundred thousand, in the same form as the functions above.

    The keys are read once, so that a process without settings can be given one; ciphers and half-done digests are kept.
    """

    def __init__(self, field_key: bytes, index_key: bytes) -> None:
        self.keys = (field_key, index_key)
        self._encrypt = AESGCM(field_key).encrypt
        self._index_key = index_key
        self._known_halves: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {}
        self.forget_nonces()
        _SEALERS.add(self)

    @classmethod
    def of_settings(cls) -> "Sealer":
        return cls(settings.FIELD_KEY, settings.INDEX_KEY)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Sealer, self.keys)

    def forget_nonces(self) -> None:
        """Begin anew; a forked child must not repeat its parent's."""
        self._nonces = _fresh_nonces()

    def seal(self, text: str, *, purpose: str) -> bytes:
        """As ``seal`` above."""
        nonce = next(self._nonces)
        return _HEAD + nonce + self._encrypt(nonce, text.encode(), purpose.encode())

    def blind_index(self, text: str, *, purpose: str) -> uuid.UUID:
        """As ``blind_index`` above."""
        return uuid.UUID(bytes=self.macs(purpose)(text.encode())[:16])

    def blind_tail(self, text: str, *, purpose: str) -> int:
        """As ``blind_tail`` above."""
        return int.from_bytes(self.macs(purpose)(text.encode())[:8], "big", signed=True)

    def pairs(self, purpose: str) -> Callable[[str], tuple[str, str]]:
        """A function from a text to its sealed form and its blind index, both in hex: the shortest way for a loop."""
        encrypt, bound = self._encrypt, purpose.encode()
        begun, ended = self._halves(purpose)

        def pair(text: str) -> tuple[str, str]:
            data, nonce = text.encode(), next(self._nonces)
            inner, outer = begun(), ended()  # as in macs(), without a further call
            inner.update(data)
            outer.update(inner.digest())
            return (_HEAD + nonce + encrypt(nonce, data, bound)).hex(), outer.hexdigest()[:32]

        return pair

    def macs(self, purpose: str) -> Callable[[bytes], bytes]:
        """A function from bytes to their HMAC."""
        begun, ended = self._halves(purpose)

        def mac(data: bytes) -> bytes:
            inner, outer = begun(), ended()
            inner.update(data)
            outer.update(inner.digest())
            return outer.digest()

        return mac

    def _halves(self, purpose: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
        """HMAC taken apart (RFC 2104): what does not depend on the text is digested once, and copied."""
        found = self._known_halves.get(purpose)
        if found is None:
            key = self._index_key if len(self._index_key) <= 64 else hashlib.sha256(self._index_key).digest()
            padded = key.ljust(64, b"\0")
            begun = _SHA256(bytes(one ^ 0x36 for one in padded) + f"{purpose}\x1f".encode())
            ended = _SHA256(bytes(one ^ 0x5C for one in padded))
            found = self._known_halves[purpose] = begun.copy, ended.copy
        return found


def _fresh_nonces() -> Iterator[bytes]:
    """A random beginning and a counter (NIST SP 800-38D, 8.2.1): never the same twice, and no call to the kernel each."""
    while True:
        begin = os.urandom(8)
        for number in range(2**32):
            yield begin + number.to_bytes(4, "big")


def _plain_sha256() -> Any:
    """The interpreter's own SHA-256: its half-done digests are copied three times faster than OpenSSL's."""
    for module in ("_sha2", "_sha256"):
        with suppress(ImportError):
            return import_module(module).sha256
    return hashlib.sha256


_SHA256 = _plain_sha256()
