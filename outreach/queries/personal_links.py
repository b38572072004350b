"""Links to one resident: whose it is, what opens it, what may be sent to somebody, what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from contracts.choices import RUNNING, AgreementState, ConfirmWay
from contracts.models import Agreement, Confirmation, Enrollment
from contracts.policy import ContractsPolicy
from contracts.queries.links import Signatory, signatory_of
from core.crypto import blind_index, derived_secret, keyed_digest
from core.throttling import tries_left
from outreach.choices import LinkPurpose
from outreach.models import OutreachVisit, PersonalLink, Survey
from outreach.queries.surveys import surveys_for
from outreach.rules.personal_links import (
    INVITATIONS,
    LOOKING,
    OF_AGREEMENT,
    SignedFacts,
    codes_good_at,
    opening_answers,
    standing_of,
)
from residents.models import Guardian, Resident
from residents.queries import responsible_teams
from residents.rules.phones import is_placeholder, normal_phone
from teams.models import Team

PURPOSE = "personal.link"
STANDINGS = {"open": "可以打开", "used": "已使用", "expired": "已过期", "revoked": "已停用"}


def secret_of(pk: int) -> str:
    """Made anew from the key each time; kept nowhere."""
    return derived_secret(str(pk), purpose=PURPOSE)


def digest_of(secret: str) -> str:
    return keyed_digest(secret, purpose=PURPOSE)


def link_behind(secret: str, *, at: datetime) -> PersonalLink | None:
    """The link of a secret, unless it was revoked, has expired, or its resident is nobody any more. One query."""
    return _good(at).filter(digest=digest_of(secret)).first()


def opened_link(pk: int, *, at: datetime) -> PersonalLink | None:
    """The same for one that somebody has opened lately. One query."""
    return _good(at).filter(pk=pk).first()


def _good(at: datetime) -> QuerySet[PersonalLink]:
    good = PersonalLink.objects.filter(revoked_at__isnull=True, expires_at__gt=at)
    people = Resident.objects.unmerged().filter(pk=OuterRef("resident"))
    return good.filter(Exists(people)).select_related(
        "resident__grid", "agreement__team", "agreement__doctor", "survey"
    )


def team_behind(resident: Resident, agreement: Agreement | None, *, on: date) -> Team | None:
    """Whose business a link is: of the agreement, of whom he is signed with, else of his grid. Three queries at most."""
    wanted = agreement.team_id if agreement else resident.managing_team_id
    wanted = wanted or responsible_teams([resident.grid_id], on=on).get(resident.grid_id)
    return Team.objects.select_related("institution").filter(pk=wanted).first() if wanted else None


def reader_of(resident: Resident, agreement: Agreement | None) -> Signatory:
    """Who reads the link: the resident, or the guardian who answers for him. Three queries at most."""
    if agreement:
        signed = signatory_of(agreement)
        if signed.resident.pk == resident.pk:
            return signed
    guardian = Guardian.objects.filter(resident=resident, ends_on__isnull=True).order_by("-pk").first()
    return Signatory(resident, guardian.phone if guardian else "")


def sent_key(link: int, what: str):  # type: ignore[no-untyped-def]
    """Under which texts of a link are counted: ``code`` or ``address``."""
    return blind_index(f"{link}:{what}", purpose=PURPOSE)


def answers_to(link: PersonalLink, *, at: datetime, policy: ContractsPolicy) -> list[str]:
    """What opens a link now; a code only once one was sent. Four queries at most."""
    reader = reader_of(link.resident, link.agreement)
    was_sent = tries_left(sent_key(link.pk, "code"), most=policy.codes_per_day, at=at) < policy.codes_per_day
    return opening_answers(
        id_number=link.resident.id_number,
        phones=[one for one in (link.resident.phone, reader.guardian_phone) if one],
        born_on=link.resident.born_on,
        codes=codes_good_at(link.pk, at, minutes=policy.code_minutes) if was_sent else (),
    )


def signed_facts(agreement: Agreement, resident: Resident) -> SignedFacts:
    """Three queries at most."""
    return SignedFacts(
        state=agreement.state,
        is_signatory=signatory_of(agreement).resident.pk == resident.pk,
        is_confirmed=Confirmation.objects.filter(agreement=agreement, way=ConfirmWay.LINK).exists(),
    )


@dataclass(frozen=True)
class Offer:
    """Something that can be sent to a resident. ``key``: purpose and id, as the form sends it back."""

    purpose: str
    agreement: Agreement | None = None
    survey: Survey | None = None

    @property
    def key(self) -> str:
        about = self.agreement or self.survey
        return f"{self.purpose}:{about.pk if about else 0}"

    @property
    def words(self) -> str:
        name = str(LinkPurpose(self.purpose).label)
        if self.agreement:
            return f"{name}（协议 {self.agreement.number}，{self.agreement.get_state_display()}）"
        return f"{name}《{self.survey.title}》" if self.survey else name


def offers_for(resident: Resident, agreements: QuerySet[Agreement], *, on: date) -> list[Offer]:
    """Everything that may be about this resident; whether it may be sent, the action asks. Two queries.

    Args:
        agreements: those that the sender sees.
    """
    of_his = Enrollment.objects.filter(resident=resident, agreement=OuterRef("pk"))
    held = agreements.filter(Exists(of_his)).exclude(state__in=(AgreementState.DRAFT, AgreementState.VOID))
    found = [
        Offer(purpose, agreement=one)
        for one in held.order_by("-starts_on", "-pk")[:5]
        for purpose in OF_AGREEMENT
        if purpose != LinkPurpose.CONFIRM or one.state in RUNNING
    ]
    surveys = surveys_for(resident, on=on)[:20]
    return [*found, Offer(LinkPurpose.BOOK), *(Offer(LinkPurpose.SURVEY, survey=one) for one in surveys)]


@dataclass(frozen=True)
class SentLine:
    """A link in the list of those sent."""

    link: PersonalLink
    standing: str

    @property
    def standing_words(self) -> str:
        return STANDINGS[self.standing]

    @property
    def last_on(self) -> date:
        """The last day on which it opens, or would have."""
        return last_on(self.link)


def sent_lines(links: Sequence[PersonalLink], *, at: datetime) -> list[SentLine]:
    return [
        SentLine(
            one,
            standing_of(
                purpose=one.purpose, now=at, expires_at=one.expires_at, used_at=one.used_at, revoked_at=one.revoked_at
            ),
        )
        for one in links
    ]  # fmt: skip


def sent_links(
    links: QuerySet[PersonalLink], *, standing: str, purpose: str, at: datetime
) -> QuerySet[PersonalLink]:
    """Narrowed to a purpose and to what became of them, with what the list shows."""
    found = links.filter(purpose=purpose) if purpose else links
    used = Q(used_at__isnull=False) & ~Q(purpose__in=LOOKING)
    gone = Q(revoked_at__isnull=False)
    by_standing = {
        "revoked": gone,
        "used": ~gone & used,
        "expired": ~gone & ~used & Q(expires_at__lte=at),
        "open": ~gone & ~used & Q(expires_at__gt=at),
    }
    if standing in by_standing:
        found = found.filter(by_standing[standing])
    return found.select_related("resident", "agreement", "survey", "made_by")


def last_on(link: PersonalLink) -> date:
    """It expires with the midnight after."""
    last = link.expires_at - timedelta(seconds=1)
    return last.astimezone(timezone.get_current_timezone()).date()


def invitation(link: PersonalLink, address: str) -> str:
    """What is sent to the resident: nothing but the purpose, whom it comes from, the address, until when."""
    team = link.agreement.team if link.agreement else None
    called = f"{team.name}：" if team else ""
    last = last_on(link)
    return (
        f"【家庭医生签约服务】{called}{INVITATIONS[link.purpose]}：{address} "
        f"请用自己的手机打开，{last.month}月{last.day}日前有效，不要转发给别人。"
    )


def usable_phone(resident: Resident) -> str:
    """His registered number, "" if none answers there."""
    number = normal_phone(resident.phone)
    return "" if is_placeholder(number) else number


def bookable_visits(resident: Resident) -> QuerySet[OutreachVisit]:
    """Visits to points of his grid, or by the team that he is signed with."""
    grids = [one for one in (resident.grid_id, resident.grid.parent_id) if one]
    his = Q(point__grid__in=grids) | Q(point__grid__parent__in=grids)
    if resident.managing_team_id:
        his |= Q(team=resident.managing_team_id)
    return OutreachVisit.objects.filter(his, point__isnull=False)
