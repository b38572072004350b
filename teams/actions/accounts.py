"""Verbs on people's accounts: passwords, second factors, sessions, roles, and the log of all of it.

Every verb writes its ``LoginRecord`` in the same transaction. Who may call what is asked at the door.
"""

from collections.abc import Iterable
from datetime import date, datetime

from axes.utils import reset as forget_failures
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.addresses import Visitor
from core.refusals import Refusal
from teams import second_factor
from teams.models import LoginRecord, PasswordRecord, User
from teams.passwords import faults_for, random_password
from teams.policy import policy_on

Outcome = LoginRecord.Outcome


class CannotSetPassword(Refusal):
    """The new password breaks a rule."""


class CannotSetSecondFactor(Refusal):
    """The code does not fit the key on the page."""


class CannotManageAccount(Refusal):
    """What an administrator may not do to this account."""


def record(
    outcome: Outcome, *, user: User | None, visitor: Visitor, by: User | None, username: str = ""
) -> LoginRecord:
    """One line of the log. A name that belongs to nobody is kept in part: people mistype secrets into that field."""
    if user is None:
        user = User.objects.filter(username=username).first()
    name = user.username if user else f"{username[:2]}***（无此账号）"
    return LoginRecord.objects.create(
        outcome=outcome, user=user, username=name, by=by, ip=visitor.ip, agent=visitor.agent
    )


def add_person(*, person: User, by: User | None, on: date, at: datetime, visitor: Visitor) -> str:
    """Save a new person with a first password, which he must change when he first signs in.

    Returns:
        The first password. It is shown once and kept nowhere.
    """
    with transaction.atomic():
        password = random_password(policy_on(on))
        _set(person, password, at=at, must_change=True)
        person.save(force_insert=True)
        PasswordRecord.objects.create(user=person, password=person.password, set_at=at)
        record(Outcome.CREATED, user=person, visitor=visitor, by=by)
    return password


def change_person(*, person: User, fields: Iterable[str], by: User, visitor: Visitor) -> None:
    """Save the named fields; somebody who may no longer sign in is signed out at once."""
    changed = list(fields)
    with transaction.atomic():
        if "is_active" in changed and not person.is_active:
            if person.pk == by.pk:
                raise CannotManageAccount(
                    "own_account", "不能停用自己的账号，请由另一位管理员办理。", field="is_active"
                )
            end_sessions(user=person, by=by, visitor=visitor)
        person.save(update_fields=changed)


def change_password(
    *, user: User, password: str, by: User, on: date, at: datetime, visitor: Visitor, keep_session: str = ""
) -> User:
    """A person gives himself a new password; his other sessions end.

    Args:
        keep_session: key of the session that stays.

    Returns:
        The person as saved, for renewing the session that stays.

    Raises:
        CannotSetPassword: at field ``new_password``, with every rule it breaks.
    """
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=user.pk)
        if faults := faults_for(person, password, on=on):
            raise CannotSetPassword("weak_password", "".join(faults), field="new_password")
        _set(person, password, at=at, must_change=False)
        person.save(update_fields=["password", "password_changed_at", "must_change_password"])
        PasswordRecord.objects.create(user=person, password=person.password, set_at=at)
        person.sessions.exclude(pk=keep_session).delete()
        record(Outcome.PASSWORD_CHANGED, user=person, visitor=visitor, by=by)
    return person


def reset_password(*, user: User, by: User, on: date, at: datetime, visitor: Visitor) -> str:
    """An administrator gives a person a new first password; locks are lifted and all his sessions end.

    Returns:
        The password. It is shown once and kept nowhere.

    Raises:
        CannotManageAccount: one's own account.
    """
    if user.pk == by.pk:
        raise CannotManageAccount("own_account", "自己的密码请在“修改密码”页修改，不能在这里重置。")
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=user.pk)
        password = random_password(policy_on(on))
        _set(person, password, at=at, must_change=True)
        person.save(update_fields=["password", "password_changed_at", "must_change_password"])
        PasswordRecord.objects.create(user=person, password=person.password, set_at=at)
        person.sessions.all().delete()
        forget_failures(username=person.username)
        record(Outcome.PASSWORD_RESET, user=person, visitor=visitor, by=by)
    return password


def _set(person: User, password: str, *, at: datetime, must_change: bool) -> None:
    person.set_password(password)
    person.password_changed_at = at
    person.must_change_password = must_change


def unlock(*, user: User, by: User, visitor: Visitor) -> None:
    """Forget failed passwords and codes, from whatever address."""
    with transaction.atomic():
        forget_failures(username=user.username)
        for kind in (TOTPDevice, StaticDevice):
            kind.objects.filter(user=user).update(
                throttling_failure_count=0, throttling_failure_timestamp=None
            )
        record(Outcome.UNLOCKED, user=user, visitor=visitor, by=by)


def end_sessions(*, user: User, by: User, visitor: Visitor, keep_session: str = "") -> int:
    """Sign a person out everywhere, but for one session to keep; the number of sessions ended."""
    with transaction.atomic():
        ended, _ = user.sessions.exclude(pk=keep_session).delete()
        record(Outcome.SESSIONS_ENDED, user=user, visitor=visitor, by=by)
    return ended


def set_second_factor(
    *, user: User, key: str, code: str, by: User, visitor: Visitor, keep_session: str = ""
) -> tuple[TOTPDevice, list[str]]:
    """Take a phone into use; it replaces the one before, and other sessions end.

    Args:
        key: the secret on the page, hexadecimal.
        code: what the phone shows for it, which proves that it was taken over.

    Returns:
        The device, and ten recovery codes: shown once, kept as fingerprints.

    Raises:
        CannotSetSecondFactor: the code is wrong; nothing changed.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        TOTPDevice.objects.filter(user=user).delete()
        device = TOTPDevice.objects.create(user=user, name="手机", key=key, confirmed=True)
        if not device.verify_token(code):
            raise CannotSetSecondFactor(
                "wrong_code",
                "动态口令不正确：请等手机上出现新的 6 位数字再输入，并检查手机时间是否准确。",
                field="code",
            )
        codes = _write_codes(user)
        user.sessions.exclude(pk=keep_session).delete()
        record(Outcome.SECOND_FACTOR_SET, user=user, visitor=visitor, by=by)
    return device, codes


def renew_recovery_codes(*, user: User, by: User, visitor: Visitor) -> list[str]:
    """Ten new recovery codes; the old ones are void."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        codes = _write_codes(user)
        record(Outcome.CODES_RENEWED, user=user, visitor=visitor, by=by)
    return codes


def _write_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="备用码", confirmed=True)
    codes = second_factor.new_codes()
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=second_factor.fingerprint(code)) for code in codes
    )
    return codes


def reset_second_factor(*, user: User, by: User, visitor: Visitor) -> None:
    """The phone is lost: forget it and its recovery codes, and end all sessions.

    Raises:
        CannotManageAccount: one's own account.
    """
    if user.pk == by.pk:
        raise CannotManageAccount("own_account", "自己的动态口令请在“我的账号”页更换，不能在这里重置。")
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        user.sessions.all().delete()
        record(Outcome.SECOND_FACTOR_RESET, user=user, visitor=visitor, by=by)
