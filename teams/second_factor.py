"""The second factor: a code from the phone (TOTP, RFC 6238), and ten recovery codes for the day the phone is lost.

Recovery codes are stored as keyed fingerprints: whoever reads the table cannot use them.
"""

import secrets
from base64 import b32encode
from typing import TYPE_CHECKING

from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.crypto import blind_index
from teams.access import roles_of
from teams.policy import TeamsPolicy

if TYPE_CHECKING:
    from teams.models import User

TRIES = 5  # wrong codes until the session is ended
CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike on paper


def is_required(user: "User", policy: TeamsPolicy) -> bool:
    """Whether one of the person's roles asks for a second factor."""
    return bool(roles_of(user) & set(policy.second_factor_roles))


def phone_of(user: "User") -> TOTPDevice | None:
    """The phone that gives the person's codes."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def codes_of(user: "User") -> StaticDevice | None:
    return StaticDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def codes_left(user: "User") -> int:
    device = codes_of(user)
    return device.token_set.count() if device else 0


def new_codes() -> list[str]:
    """Ten codes of the form abcde-fghij, 49 bits each."""
    halves = ["".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(CODES * 2)]
    return [f"{first}-{second}" for first, second in zip(halves[::2], halves[1::2], strict=True)]


def fingerprint(code: str) -> str:
    """What is stored of a recovery code: 80 bits of a keyed hash, however the code was typed."""
    plain = "".join(c for c in code.lower() if c.isalnum())
    return b32encode(blind_index(plain, purpose="teams.recovery_code").bytes[:10]).decode().lower()


def is_phone_code(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdigit()


def grouped_key(key: str) -> str:
    """The secret for typing by hand: base32 in groups of four."""
    text = b32encode(bytes.fromhex(key)).decode()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))
