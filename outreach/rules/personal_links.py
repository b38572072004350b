"""Links to one resident: for what one may be made, until when it opens, which code opens it (P2, S0-28, 4.8).

Pure, apart from the key behind ``code_of``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.choices import RUNNING, AgreementState
from contracts.rules import Objection
from contracts.rules.links import answers_of
from core.crypto import keyed_digest
from outreach.choices import LinkPurpose
from residents.choices import LifeStatus

CODE_DIGITS = 6
_CODE_PURPOSE = "personal.code"
OF_AGREEMENT = (LinkPurpose.CONFIRM, LinkPurpose.PROGRESS, LinkPurpose.DISPUTE)
# Purposes that only look: such a link stays good until it expires, however often it is opened.
LOOKING = (LinkPurpose.PROGRESS,)
_REACHABLE = (LifeStatus.PRESENT, LifeStatus.LOST)

# What the page says before it knows who reads it, and the text that goes out with the address.
INVITATIONS: dict[str, str] = {
    LinkPurpose.CONFIRM: "请您确认家庭医生签约协议是本人签的",
    LinkPurpose.PROGRESS: "请您查看家庭医生约定的服务做了多少",
    LinkPurpose.SURVEY: "请您填写家庭医生服务问卷",
    LinkPurpose.BOOK: "请您预约家庭医生服务点",
    LinkPurpose.DISPUTE: "您对签约协议有不同意见，请在这里写明",
}


@dataclass(frozen=True)
class SignedFacts:
    """What a link about an agreement depends on.

    Attributes:
        is_signatory: the resident stands himself (or as representative) on its side.
        is_confirmed: he has said by a link already that he signed.
    """

    state: str
    is_signatory: bool
    is_confirmed: bool


def object_to_link(
    purpose: str, *, life_status: str, signed: SignedFacts | None = None, survey: Objection | None = None
) -> Objection | None:
    """Why this resident can be sent no such link now.

    Args:
        signed: of the agreement, for a link about one. survey: what the survey itself has against an answer of his.
    """
    if life_status not in _REACHABLE:
        return Objection("not_present", "该居民已迁出、死亡或登记已合并，不能再发送链接。")
    if purpose in OF_AGREEMENT:
        return _object_to_agreement(purpose, signed)
    return survey if purpose == LinkPurpose.SURVEY else None


def _object_to_agreement(purpose: str, signed: SignedFacts | None) -> Objection | None:
    if signed is None or signed.state in (AgreementState.DRAFT, AgreementState.VOID):
        return Objection("no_agreement", "协议是草稿或已作废，没有可以给居民看的内容。")
    if purpose != LinkPurpose.PROGRESS and not signed.is_signatory:
        return Objection("not_signatory", "这是家庭协议，请给签约的家庭代表发送。")
    if purpose != LinkPurpose.CONFIRM:
        return None
    if signed.state not in RUNNING:
        return Objection("not_running", "协议已经不在履行中，不需要居民确认。")
    if signed.is_confirmed:
        return Objection("confirmed", "居民已经用链接确认过了，不必再发。")
    return None


def last_day(on: date, *, days: int, survey_ends_on: date | None = None) -> date:
    """The last day on which a link made today opens; that of a survey not longer than the survey runs."""
    last = on + timedelta(days=days)
    return min(last, survey_ends_on) if survey_ends_on else last


def opening_answers(
    *, id_number: str, phones: Collection[str], born_on: date | None, codes: Collection[str]
) -> list[str]:
    """What opens a link: the end of the identity number, or a code sent to the phone.

    The link itself may have come to that phone, whose holder knows its number: the end of the number proves something
    only for who has registered no identity number.
    """
    return [*answers_of(id_number=id_number, phones=() if id_number else phones, born_on=born_on), *codes]


def code_of(link: int, at: datetime, *, minutes: int, earlier: int = 0) -> str:
    """The code of a link within a span of ``minutes``; stored nowhere. ``earlier``: of so many spans before."""
    span = int(at.timestamp()) // (minutes * 60) - earlier
    digest = keyed_digest(f"{link}:{span}", purpose=_CODE_PURPOSE)
    return f"{int(digest[:15], 16) % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def codes_good_at(link: int, at: datetime, *, minutes: int) -> list[str]:
    """Those of this span and of the one before: every code is good for ``minutes`` at least."""
    return [code_of(link, at, minutes=minutes, earlier=one) for one in (0, 1)]


def standing_of(
    *,
    purpose: str,
    now: datetime,
    expires_at: datetime,
    used_at: datetime | None,
    revoked_at: datetime | None,
) -> str:
    """revoked, used, expired or open: what became of a link, for the list. Each link has one of them."""
    if revoked_at:
        return "revoked"
    if used_at and purpose not in LOOKING:
        return "used"
    return "expired" if expires_at <= now else "open"
