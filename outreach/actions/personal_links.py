"""Links to one resident, from the staff's side and at the door: made, texted, revoked, opened (P2, S0-28, 4.8)."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from contracts.actions.links import object_to_answer
from contracts.models import Agreement
from contracts.policy import ContractsPolicy
from contracts.queries.signing import works_for
from contracts.rules import Objection
from core.bulk import new_ids
from core.history import credited_to
from core.refusals import Refusal
from core.sql import alone
from core.texting import CannotText, has_channel, queue_text
from core.throttling import count_wrong, tries_left
from outreach.models import PersonalLink, Survey, SurveyAnswer
from outreach.policy import OutreachPolicy
from outreach.queries.personal_links import (
    answers_to,
    digest_of,
    invitation,
    reader_of,
    secret_of,
    sent_key,
    signed_facts,
    team_behind,
)
from outreach.rules.personal_links import LOOKING, code_of, last_day, object_to_link
from outreach.rules.surveys import object_to_survey
from residents.models import Resident
from teams.models import User

_DAY_MINUTES = 24 * 60
_CODE_WORDS = (
    "【家庭医生签约服务】验证码 {code}，用于打开团队发给您的链接，{minutes} 分钟内有效。不要告诉任何人。"
)


class CannotSendLink(Refusal):
    """No link was made, sent or revoked."""


def make_link(
    *,
    by: User,
    on: date,
    now: datetime,
    resident: Resident,
    purpose: str,
    agreement: Agreement | None = None,
    survey: Survey | None = None,
    policy: OutreachPolicy,
) -> PersonalLink:
    """A link good for one purpose. Asked for again while one is open, it is the same link, good from today anew.

    Raises:
        CannotSendLink: not_own_team, not_present, no_agreement, not_signatory, not_running, confirmed, not_begun,
            survey_over, answered.
    """
    with transaction.atomic(), credited_to(by):
        alone(f"outreach.personal:{resident.pk}:{purpose}")
        _refuse_stranger(by, resident, agreement, on=on)
        _refuse(_objection(resident, purpose, agreement, survey, on=on))
        last = last_day(on, days=policy.personal_link_days, survey_ends_on=survey.ends_on if survey else None)
        expires_at = timezone.make_aware(datetime.combine(last + timedelta(days=1), time()))
        running = _running(resident, purpose, agreement, survey, now=now)
        if running:
            running.expires_at = expires_at
            running.save(update_fields=["expires_at"])
            return running
        (pk,) = new_ids(PersonalLink, 1)
        return PersonalLink.objects.create(
            pk=pk,
            purpose=purpose,
            resident=resident,
            agreement=agreement,
            survey=survey,
            digest=digest_of(secret_of(pk)),
            made_by=by,
            made_at=now,
            expires_at=expires_at,
        )


def _refuse_stranger(by: User, resident: Resident, agreement: Agreement | None, *, on: date) -> None:
    team = team_behind(resident, agreement, on=on)
    if team is None or not works_for(by, team, on=on):
        raise CannotSendLink("not_own_team", "只能给本团队签约（或所负责网格）的居民发送链接。")


def _refuse(objection: Objection | None) -> None:
    if objection:
        raise CannotSendLink(objection.code, objection.sentence)


def _objection(
    resident: Resident, purpose: str, agreement: Agreement | None, survey: Survey | None, *, on: date
) -> Objection | None:
    against = None
    if survey:
        is_answered = SurveyAnswer.objects.filter(survey=survey, resident=resident).exists()
        against = object_to_survey(survey.starts_on, survey.ends_on, today=on, is_answered=is_answered)
    return object_to_link(
        purpose,
        life_status=resident.life_status,
        signed=signed_facts(agreement, resident) if agreement else None,
        survey=against,
    )


def _running(
    resident: Resident, purpose: str, agreement: Agreement | None, survey: Survey | None, *, now: datetime
) -> PersonalLink | None:
    same = PersonalLink.objects.filter(
        resident=resident,
        purpose=purpose,
        agreement=agreement,
        survey=survey,
        revoked_at__isnull=True,
        expires_at__gt=now,
    )
    if purpose not in LOOKING:
        same = same.filter(used_at__isnull=True)
    return same.select_for_update(of=("self",)).order_by("-pk").first()


def revoke_personal_link(*, by: User, on: date, now: datetime, link: PersonalLink) -> PersonalLink:
    """Nobody opens it from now on, not even who has it open. Revoked already: nothing changes.

    Raises:
        CannotSendLink: not_own_team.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(link)
        _refuse_stranger(by, held.resident, held.agreement, on=on)
        if held.revoked_at is None:
            held.revoked_at = now
            held.save(update_fields=["revoked_at"])
    return held


def _held(link: PersonalLink) -> PersonalLink:
    rows = PersonalLink.objects.select_for_update(of=("self",))
    return rows.select_related("resident__grid", "agreement__team", "survey").get(pk=link.pk)


def text_link(
    *, by: User, on: date, now: datetime, link: PersonalLink, address: str, policy: ContractsPolicy
) -> str:
    """Text the address to the resident, or to who answers for him; the number it went to.

    Args:
        address: the whole address with the secret. policy: its number of codes a day bounds the texts of a link too.

    Raises:
        CannotSendLink: not_own_team, no_channel, no_mobile, not_open, too_many_texts.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(link)
        _refuse_stranger(by, held.resident, held.agreement, on=on)
        is_used = held.used_at is not None and held.purpose not in LOOKING
        if held.revoked_at or held.expires_at <= now or is_used:
            raise CannotSendLink("not_open", "这个链接已经使用、过期或停用，请重新生成。")
        phone = _mobile(held)
        _count_text(held, "address", now=now, policy=policy)
        _queue(held, phone, invitation(held, address), now=now, useless_at=held.expires_at)
    return phone


def _mobile(link: PersonalLink) -> str:
    if not has_channel():
        raise CannotSendLink("no_channel", "系统还没有配置短信通道，请把链接复制给居民，或让居民扫二维码。")
    phone = reader_of(link.resident, link.agreement).mobile
    if not phone:
        raise CannotSendLink("no_mobile", "没有登记手机号码，不能发短信，请让居民扫二维码。")
    return phone


def _count_text(link: PersonalLink, what: str, *, now: datetime, policy: ContractsPolicy) -> None:
    key = sent_key(link.pk, what)
    if not tries_left(key, most=policy.codes_per_day, at=now):
        raise CannotSendLink(
            "too_many_texts",
            f"这个链接 24 小时内最多发 {policy.codes_per_day} 次短信，请稍后再试，或让居民扫二维码。",
        )
    count_wrong(key, minutes=_DAY_MINUTES, at=now)


def _queue(link: PersonalLink, phone: str, text: str, *, now: datetime, useless_at: datetime) -> None:
    try:
        queue_text(purpose="personal.link", phone=phone, text=text, at=now, useless_at=useless_at)
    except CannotText as refusal:
        raise CannotSendLink(refusal.code, refusal.sentence) from refusal


# At the door: the resident himself


def send_link_code(*, link: PersonalLink, now: datetime, policy: ContractsPolicy) -> str:
    """Text a code to the phone of who may open the link; the number it went to. The code is stored nowhere.

    Raises:
        CannotSendLink: no_channel, no_mobile, too_many_texts.
    """
    with transaction.atomic():
        held = _held(link)
        phone = _mobile(held)
        _count_text(held, "code", now=now, policy=policy)
        code = code_of(held.pk, now, minutes=policy.code_minutes)
        words = _CODE_WORDS.format(code=code, minutes=policy.code_minutes)
        until = now + timedelta(minutes=policy.code_minutes)
        _queue(held, phone, words, now=now, useless_at=until)
    return phone


def open_personal_link(
    *, link: PersonalLink, answer: str, address: str | None, at: datetime, policy: ContractsPolicy
) -> Objection | None:
    """Whether the answer opens the link; a wrong one is counted, for the link and for where it came from.

    The row is locked, so that guesses sent at once are counted one by one. Of a link that only shows something, the
    first opening is noted. Objections: ``gone``, ``locked``, ``unanswerable``, ``wrong``.
    """
    with transaction.atomic():
        held = _held(link)
        if held.revoked_at or held.expires_at <= at:
            return Objection("gone", "这个链接已经停用或过期，请联系您的家庭医生团队重新发送。")
        answers = answers_to(held, at=at, policy=policy)
        objection = object_to_answer(held, answer, answers, address=address, at=at, policy=policy)
        if objection is None and held.purpose in LOOKING and held.used_at is None:
            held.used_at = at
            held.save(update_fields=["used_at"])
    return objection
