"""The resident's own word that he signed: by a code on his phone, by the link on his paper, by his document (P2)."""

import secrets
from datetime import date, datetime, timedelta
from hmac import compare_digest

from django.db import transaction

from contracts.actions.approving import activate
from contracts.actions.locking import locked_agreement
from contracts.choices import (
    RUNNING,
    AgreementState,
    ConfirmWay,
    EventKind,
    EvidenceKind,
    WaitsFor,
)
from contracts.models import Agreement, AgreementEvent, Confirmation, OneTimeCode, SigningEvidence
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.links import signatory_of
from contracts.queries.signing import works_for
from contracts.rules import Objection, states
from core.crypto import keyed_digest
from core.history import credited_to
from core.masks import mask_phone
from core.refusals import Refusal
from core.text import clean
from core.texting import CannotText, has_channel, queue_text
from residents.searchable import phone_index
from teams.models import User

DIGITS = 6
PURPOSE = "agreement.code"
_WORDS = (
    "【家庭医生签约服务】验证码 {code}，用于确认您与{team}的签约协议，{minutes} 分钟内有效。"
    "没有签约的，请不要告诉任何人{call}。"
)


class CannotConfirm(Refusal):
    """Nothing was confirmed."""


def send_code(*, by: User, on: date, now: datetime, agreement: Agreement) -> str:
    """Send a code to the phone of who signed; the number, masked. Codes sent before are worth nothing any more.

    Raises:
        CannotConfirm: ``no_sms``, ``no_phone``, ``too_many_codes``, ``confirmed``, or not one's own team's.
    """
    policy = policy_on(on)
    with transaction.atomic():
        held = _held(agreement, ConfirmWay.CODE, by=by, on=on)
        phone = signatory_of(held).mobile
        if not phone:
            raise CannotConfirm("no_phone", "没有登记手机号码，请用协议上的二维码或证件照片确认。")
        _refuse_many(held, policy, now)
        held.codes.filter(used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        until = now + timedelta(minutes=policy.code_minutes)
        OneTimeCode.objects.create(
            agreement=held,
            phone_index=phone_index(phone),
            digest=_digest(held, code),
            sent_by=by,
            expires_at=until,
        )
        call = f"，可致电 {held.team.phone} 核实" if held.team.phone else ""
        words = _WORDS.format(code=code, team=held.team.name, minutes=policy.code_minutes, call=call)
        try:
            queue_text(purpose=PURPOSE, phone=phone, text=words, at=now, useless_at=until)
        except CannotText as refusal:
            raise CannotConfirm(refusal.code, refusal.sentence) from refusal
    return mask_phone(phone)


def _refuse_many(agreement: Agreement, policy: ContractsPolicy, now: datetime) -> None:
    if agreement.codes.filter(sent_at__gt=now - timedelta(days=1)).count() >= policy.codes_per_day:
        raise CannotConfirm(
            "too_many_codes",
            f"24 小时内最多发送 {policy.codes_per_day} 次验证码，请改用二维码或明天再试。",
        )


def _digest(agreement: Agreement, code: str) -> str:
    """Bound to its agreement: the code of another one is another digest."""
    return keyed_digest(f"{agreement.pk}:{code}", purpose=PURPOSE)


def confirm_by_code(
    *, by: User, on: date, now: datetime, agreement: Agreement, code: str, ip: str | None = None
) -> Confirmation:
    """What the resident read out from his phone. A wrong code is counted even though nothing else changes.

    Raises:
        CannotConfirm: ``wrong_code``, ``no_code`` (none sent, used, run out), ``too_many_tries``.
    """
    policy = policy_on(on)
    with transaction.atomic(), credited_to(by):
        held = _held(agreement, ConfirmWay.CODE, by=by, on=on)
        objection = _object_to_code(held, code, policy, now)
        if objection is None:
            return _confirmed(held, ConfirmWay.CODE, by=by, on=on, ip=ip)
    raise CannotConfirm(objection.code, objection.sentence, field="code")


def _object_to_code(
    agreement: Agreement, typed: str, policy: ContractsPolicy, now: datetime
) -> Objection | None:
    """Uses the code up if it is right, counts the try if it is wrong."""
    codes = agreement.codes.filter(used_at__isnull=True, expires_at__gt=now).select_for_update()
    one = codes.order_by("-pk").first()
    if one is None:
        return Objection("no_code", "没有可用的验证码（未发送、已使用或已过期），请重新发送。")
    if one.tries >= policy.code_tries:
        return Objection("too_many_tries", "输错次数太多，这个验证码已作废，请重新发送。")
    if compare_digest(_digest(agreement, clean(typed).replace(" ", "")), one.digest):
        one.used_at = now
        one.save(update_fields=["used_at"])
        return None
    one.tries += 1
    one.save(update_fields=["tries"])
    left = policy.code_tries - one.tries
    return Objection("wrong_code", f"验证码不对，请居民再念一遍，还可以试 {left} 次。")


def confirm_by_link(*, on: date, agreement: Agreement, ip: str | None = None) -> Confirmation:
    """The resident says so himself, on the page behind his link.

    Raises:
        CannotConfirm: the agreement is not running.
    """
    with transaction.atomic():
        return _confirmed(
            _held(agreement, ConfirmWay.LINK, by=None, on=on), ConfirmWay.LINK, by=None, on=on, ip=ip
        )


def confirm_by_document(*, by: User, on: date, agreement: Agreement, ip: str | None = None) -> Confirmation:
    """For who has no phone: a photo of his document is among the evidence, somebody vouches for it.

    Raises:
        CannotConfirm: ``no_id_photo``, or ``has_phone`` where a code could be sent instead.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(agreement, ConfirmWay.ID_PHOTO, by=by, on=on)
        if not SigningEvidence.objects.filter(agreement=held, kind=EvidenceKind.ID_PHOTO).exists():
            raise CannotConfirm("no_id_photo", "请先在“签约凭证”里上传居民的证件照片。")
        if has_channel() and signatory_of(held).mobile:
            raise CannotConfirm("has_phone", "居民登记了电话，请用验证码或二维码确认。")
        return _confirmed(held, ConfirmWay.ID_PHOTO, by=by, on=on, ip=ip)


def _held(agreement: Agreement, way: ConfirmWay, *, by: User | None, on: date) -> Agreement:
    """The agreement, locked after its persons, if this person may confirm it in this way now."""
    held = locked_agreement(agreement)
    if held.state not in RUNNING:
        raise CannotConfirm("not_running", "协议已经结束或作废，不能再确认。")
    if by is not None and not works_for(by, held.team, on=on):
        raise CannotConfirm("not_own_team", "只能为本团队的协议办理居民确认。")
    if way != ConfirmWay.LINK and held.confirmations.filter(way=way).exists():
        raise CannotConfirm("confirmed", "居民已经用这种方式确认过了。")
    return held


def _confirmed(
    agreement: Agreement, way: ConfirmWay, *, by: User | None, on: date, ip: str | None
) -> Confirmation:
    """Keep the resident's word; in force from now if it was all that was missing. Told twice, it is one."""
    word, is_new = Confirmation.objects.get_or_create(
        agreement=agreement, way=way, defaults={"recorded_by": by, "ip": ip}
    )
    if not is_new:
        return word
    if agreement.waits_for == WaitsFor.RESIDENT:
        following = states.step(AgreementState(agreement.state), states.Verb.CONFIRM)
        if isinstance(following, Objection):
            raise CannotConfirm(following.code, following.sentence)
        activate(agreement, by=by, on=on)
    AgreementEvent.objects.create(
        agreement=agreement, kind=EventKind.CONFIRMED, on=on, by=by, note=str(way.label)
    )
    return word
