"""What a password must be, in words that can be shown beside the field (GB/T 22239-2019 8.1.4.1).

The rules are pure and get former hashes as text; only ``faults_for`` and ``HouseValidator`` below read the database.
"""

import secrets
import string
from collections.abc import Iterable
from datetime import date, timedelta
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils import timezone
from pypinyin import lazy_pinyin

from teams.policy import TeamsPolicy, policy_on

if TYPE_CHECKING:
    from teams.models import User

MAX_LENGTH = 128  # longer ones only cost hashing time; nothing is ever cut off
SIMILARITY = 0.7  # of Django's own validator
CLASSES = ("大写字母", "小写字母", "数字", "符号")
# Without the letters and digits that look alike on paper (I l 1, O o 0).
_PLAIN = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "@#%+=?")


def rules_in_words(policy: TeamsPolicy) -> list[str]:
    """What the page says above the field."""
    said = [
        f"不少于 {policy.password_min_length} 个字符，最多 {MAX_LENGTH} 个",
        f"{'、'.join(CLASSES)}中至少有 {policy.password_min_classes} 种",
        "不含本人姓名（含拼音）、登录名、电话或机构名称",
    ]
    if policy.password_history:
        said.append(f"与最近 {policy.password_history} 次用过的密码不同")
    if policy.password_max_age_days:
        said.append(f"每 {policy.password_max_age_days} 天更换一次")
    return said


def faults(
    password: str, *, policy: TeamsPolicy, words: Iterable[str] = (), former: Iterable[str] = ()
) -> list[str]:
    """Chinese sentences, each a cause with its remedy; empty when the password will do.

    Args:
        words: what others know about the person, see ``words_about``.
        former: hashes of the passwords that may not come back.
    """
    found = []
    if len(password) < policy.password_min_length:
        found.append(f"密码太短：现在 {len(password)} 个字符，请不少于 {policy.password_min_length} 个。")
    if len(password) > MAX_LENGTH:
        found.append(f"密码太长：请不超过 {MAX_LENGTH} 个字符。")
    missing = [name for name, has in zip(CLASSES, _classes(password), strict=True) if not has]
    if len(CLASSES) - len(missing) < policy.password_min_classes:
        found.append(
            f"密码太简单：还没有用到{'、'.join(missing)}，请至少用 {policy.password_min_classes} 种字符。"
        )
    if any(_gives_away(password.lower(), word.lower()) for word in words):
        found.append("密码容易被猜到：请不要包含姓名（含拼音）、登录名、电话或机构名称。")
    if password.lower().strip() in _common():
        found.append("这是很多人都在用的密码，请换一个。")
    if not found and any(check_password(password, one) for one in former):
        found.append("这个密码最近用过，请换一个没有用过的。")
    return found


def _classes(password: str) -> tuple[bool, bool, bool, bool]:
    """Whether capitals, small letters, digits and anything else (Chinese included) occur."""
    return (
        any(c in string.ascii_uppercase for c in password),
        any(c in string.ascii_lowercase for c in password),
        any(c in string.digits for c in password),
        any(c not in string.ascii_letters + string.digits for c in password),
    )


def _gives_away(password: str, word: str) -> bool:
    if word in password:
        return True
    return len(word) >= 4 and SequenceMatcher(a=password, b=word).ratio() >= SIMILARITY


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


def words_about(*, username: str, name: str, phone: str, institution: str) -> tuple[str, ...]:
    """What somebody who knows the person would try first; too short ones are left out."""
    place = institution[:2]
    latin = [username, "".join(lazy_pinyin(name)), phone, phone[-6:], "".join(lazy_pinyin(place))]
    chinese = [name, place]
    return tuple(word for word in latin if len(word) >= 4) + tuple(word for word in chinese if len(word) >= 2)


def random_password(policy: TeamsPolicy) -> str:
    """A first password to be read out or copied from paper; it meets every rule of form."""
    length = max(12, policy.password_min_length)
    chosen = [secrets.choice(one) for one in _PLAIN]
    chosen += [secrets.choice("".join(_PLAIN[:3])) for _ in range(length - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)


def is_due(user: "User", policy: TeamsPolicy, *, on: date) -> bool:
    """Whether the person must choose a new password before anything else; the last day of its term still counts."""
    if user.must_change_password or user.password_changed_at is None:
        return True
    if not policy.password_max_age_days:
        return False
    changed_on = timezone.make_naive(user.password_changed_at).date()
    return changed_on + timedelta(days=policy.password_max_age_days) < on


def faults_for(user: "User", password: str, *, on: date) -> list[str]:
    """The faults of a new password for this person, former passwords included."""
    policy = policy_on(on)
    former = [user.password] if user.has_usable_password() else []
    if user.pk and policy.password_history:
        former += user.password_records.newest(policy.password_history)
    words = words_about(
        username=user.username,
        name=user.name,
        phone=user.phone,
        institution=user.institution.name if user.institution else "",
    )
    return faults(password, policy=policy, words=words, former=dict.fromkeys(former))


class HouseValidator:
    """The same rules for Django's own commands (createsuperuser, changepassword)."""

    def validate(self, password: str, user: "User | None" = None) -> None:
        from teams.models import User

        today = timezone.localdate()  # noqa: TID251  (a door: only Django's commands come through here)
        found = faults_for(user or User(), password, on=today)
        if found:
            raise ValidationError(found)

    def get_help_text(self) -> str:
        return "；".join(rules_in_words(policy_on(timezone.localdate()))) + "。"  # noqa: TID251
