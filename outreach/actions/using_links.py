"""What a resident does behind his one-time link, each link for one thing and once (P2, S0-28, 4.8)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from contracts.actions.confirming import confirm_by_link
from contracts.actions.disputes import raise_dispute
from contracts.models import Confirmation, Dispute
from core.refusals import Refusal
from outreach.actions.booking import book_slot
from outreach.actions.surveys import answer_survey
from outreach.choices import AnswerWay, BookingSource, LinkPurpose
from outreach.models import Booking, PersonalLink, SurveyAnswer
from outreach.queries.personal_links import bookable_visits, usable_phone


class CannotUseLink(Refusal):
    """The link is good for this no more, or was never."""


@contextmanager
def _used_once(link: PersonalLink, purpose: LinkPurpose, *, now: datetime) -> Iterator[PersonalLink]:
    """The link's row, locked; used up if the block ends well. Of two clicks at once the second one is told.

    Raises:
        CannotUseLink: other_purpose, closed, used.
    """
    with transaction.atomic():
        rows = PersonalLink.objects.select_for_update(of=("self",))
        held = rows.select_related("resident__grid", "agreement", "survey").get(pk=link.pk)
        if held.purpose != purpose:
            raise CannotUseLink("other_purpose", "这个链接不是用来办这件事的，请联系团队重新发送。")
        if held.revoked_at or held.expires_at <= now:
            raise CannotUseLink("closed", "这个链接已经停用或过期，请联系团队重新发送。")
        if held.used_at:
            raise CannotUseLink("used", "这个链接已经用过了，不用重复提交。")
        yield held
        held.used_at = now
        held.save(update_fields=["used_at"])


def confirm_behind(*, on: date, now: datetime, link: PersonalLink, ip: str | None = None) -> Confirmation:
    """The resident says that he signed.

    Raises:
        CannotUseLink: see above. CannotConfirm: as ``confirm_by_link``.
    """
    with _used_once(link, LinkPurpose.CONFIRM, now=now) as held:
        assert held.agreement is not None  # noqa: S101, constraint personal_link_whole
        return confirm_by_link(on=on, agreement=held.agreement, ip=ip)


def dispute_behind(
    *, on: date, now: datetime, link: PersonalLink, complaint: str, text: str
) -> Dispute:  # fmt: skip
    """The resident says what is wrong.

    Raises:
        CannotUseLink: see above. CannotDispute: as ``raise_dispute``.
    """
    with _used_once(link, LinkPurpose.DISPUTE, now=now) as held:
        assert held.agreement is not None  # noqa: S101, constraint personal_link_whole
        return raise_dispute(on=on, agreement=held.agreement, complaint=complaint, text=text)


def book_behind(
    *, on: date, now: datetime, link: PersonalLink, slot: int, services: Sequence[str], phone: str, token: UUID
) -> Booking:  # fmt: skip
    """A seat for the resident himself, in his own name, at a point of his grid or his team.

    Args:
        phone: only where none is registered that can be called.

    Raises:
        CannotUseLink: not_offered, or see above. CannotBook: as ``book_slot``.
    """
    with _used_once(link, LinkPurpose.BOOK, now=now) as held:
        if not bookable_visits(held.resident).filter(slots=slot).exists():
            raise CannotUseLink("not_offered", "请在列出的时段里选一个。", field="slot")
        return book_slot(
            by=None,
            on=on,
            now=now,
            slot=slot,
            name=held.resident.name,
            phone=usable_phone(held.resident) or phone,
            source=BookingSource.LINK,
            token=token,
            services=services,
            resident=held.resident,
        )


def answer_behind(
    *, on: date, now: datetime, link: PersonalLink, answers: Mapping[str, str]
) -> SurveyAnswer:  # fmt: skip
    """The resident's answers to the survey of the link.

    Raises:
        CannotUseLink: see above. CannotAnswer: as ``answer_survey``.
    """
    with _used_once(link, LinkPurpose.SURVEY, now=now) as held:
        assert held.survey is not None  # noqa: S101, constraint personal_link_whole
        return answer_survey(
            by=None,
            on=on,
            now=now,
            survey=held.survey,
            resident=held.resident,
            answers=answers,
            way=AnswerWay.LINK,
            link=held,
        )
