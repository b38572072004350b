"""The link on the resident's paper: made at the first printing, opened with something only he knows, revoked (P2)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from contracts.choices import AgreementState
from contracts.models import Agreement, ResidentLink
from contracts.policy import ContractsPolicy
from contracts.queries.links import PURPOSE, signatory_of
from contracts.queries.signing import works_for
from contracts.rules import Objection, links
from core.bulk import new_ids
from core.crypto import blind_index, derived_secret, keyed_digest
from core.refusals import Refusal
from core.throttling import count_wrong, tries_left
from teams.models import User

_NOTHING_TO_SEE = (AgreementState.DRAFT, AgreementState.VOID)


class CannotLink(Refusal):
    """The link stays as it is."""


def link_for_paper(*, agreement: Agreement, at: datetime, policy: ContractsPolicy) -> str:
    """The secret of the agreement's link, made at the first printing; "" once there is nothing to see any more.

    Every copy of the paper carries the same link until somebody revokes it, so no copy in somebody's drawer dies
    because another was printed. The secret is derived from the key and the row, and stored nowhere.
    """
    expires_at = _expiry(agreement, policy)
    if agreement.state in _NOTHING_TO_SEE or expires_at <= at:
        return ""
    link = _running(agreement) or _made(agreement, expires_at)
    return _secret(link.pk) if link else ""


def _running(agreement: Agreement) -> ResidentLink | None:
    return ResidentLink.objects.filter(agreement=agreement, revoked_at__isnull=True).first()


def _made(agreement: Agreement, expires_at: datetime) -> ResidentLink | None:
    """Of two printings at once the database keeps one row, and both read that one."""
    (pk,) = new_ids(ResidentLink, 1)
    digest = keyed_digest(_secret(pk), purpose=PURPOSE)
    new = ResidentLink(pk=pk, agreement=agreement, digest=digest, expires_at=expires_at)
    ResidentLink.objects.bulk_create([new], ignore_conflicts=True)
    return _running(agreement)


def _secret(pk: int) -> str:
    return derived_secret(str(pk), purpose=PURPOSE)


def _expiry(agreement: Agreement, policy: ContractsPolicy) -> datetime:
    """The end of the last day on which it opens."""
    last = agreement.ends_on + timedelta(days=policy.link_days_after_end)
    return timezone.make_aware(datetime.combine(last + timedelta(days=1), time()))


def revoke_link(*, by: User, on: date, now: datetime, agreement: Agreement) -> int:
    """Close the link on every copy printed so far; the next printing carries a new one. How many there were.

    Raises:
        CannotLink: of another team's agreement.
    """
    if not works_for(by, agreement.team, on=on):
        raise CannotLink("not_own_team", "只能停用本团队协议的居民链接。")
    running = ResidentLink.objects.filter(agreement=agreement, revoked_at__isnull=True)
    return running.update(revoked_at=now, revoked_by=by)


WRONG = "没有对上，请核对后再输。"
LOCKED = "输错次数太多，请 {minutes} 分钟后再试；也可以打电话给您的签约团队。"


def open_link(
    *, link: ResidentLink, answer: str, address: str | None, at: datetime, policy: ContractsPolicy
) -> Objection | None:
    """Whether the answer opens the link. A wrong one is counted, for the link and for where it came from.

    The link's row is locked, so that guesses sent at once are counted one by one. Objections: ``expired``, ``locked``,
    ``unanswerable``, ``wrong``.
    """
    with transaction.atomic():
        held = (
            ResidentLink.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=link.pk)
        )
        if held.revoked_at or (held.expires_at and held.expires_at <= at):
            return Objection("expired", "这个二维码已经停用，请向签约团队索取新的协议书。")
        return object_to_answer(
            held,
            answer,
            signatory_of(held.agreement).answers,
            address=address,
            at=at,
            policy=policy,
        )


class Lockable(Protocol):
    """A link that locks after wrong answers; its row is locked by who asks."""

    tries: int
    locked_until: datetime | None

    def save(self, *, update_fields: Sequence[str]) -> None: ...


def object_to_answer(
    held: Lockable,
    answer: str,
    answers: Collection[str],
    *,
    address: str | None,
    at: datetime,
    policy: ContractsPolicy,
) -> Objection | None:
    """Whether an answer opens a link; a wrong one is counted. Objections: ``locked``, ``unanswerable``, ``wrong``."""
    if minutes := _closed_for(held, address, at=at, policy=policy):
        return Objection("locked", LOCKED.format(minutes=minutes), "answer")
    if not answers:
        return Objection("unanswerable", "登记资料不全，暂时不能在网上查看，请联系您的签约团队。")
    if not links.is_right(answer, answers):
        return _counted(held, address, at=at, policy=policy)
    held.tries, held.locked_until = 0, None
    held.save(update_fields=["tries", "locked_until"])
    return None


def _closed_for(link: Lockable, address: str | None, *, at: datetime, policy: ContractsPolicy) -> int:
    """Minutes, rounded up, for which nobody is asked; 0: go on."""
    if link.locked_until and link.locked_until > at:
        return -int((at - link.locked_until).total_seconds() // 60)
    left = tries_left(_place(address), most=policy.link_tries * links.ADDRESS_TIMES, at=at)
    return 0 if left else policy.link_lock_minutes


def _counted(link: Lockable, address: str | None, *, at: datetime, policy: ContractsPolicy) -> Objection:
    count_wrong(_place(address), minutes=policy.link_lock_minutes, at=at)
    link.tries += 1
    minutes = links.lock_minutes(link.tries, most=policy.link_tries, minutes=policy.link_lock_minutes)
    if minutes:
        link.locked_until = at + timedelta(minutes=minutes)
    link.save(update_fields=["tries", "locked_until"])
    if minutes:
        return Objection("locked", LOCKED.format(minutes=minutes), "answer")
    left = policy.link_tries - link.tries % policy.link_tries
    return Objection("wrong", f"{WRONG}还可以试 {left} 次。", "answer")


def _place(address: str | None) -> UUID:
    return blind_index(address or "", purpose="link.address")
