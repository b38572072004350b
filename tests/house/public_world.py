"""What one half of the district tells its residents: issues with proofs, calendars, links, surveys, short links."""

import datetime as dt

from django.db import models
from django.utils import timezone

from core.crypto import seal_bytes
from grids.models import Area, Building, Dwelling, Grid
from outreach.choices import DisclosureState, DisclosureStep, DisclosureTopic, ItemState, LinkPurpose
from outreach.disclosures.content import Content, digest_of
from outreach.models import (
    ClinicHours,
    ClinicStop,
    DisclosureItem,
    DisclosureProof,
    DisclosureVersion,
    Livestream,
    LivestreamSlot,
    MonthlyDisclosure,
    NewTechnique,
    OutreachVisit,
    PersonalLink,
    PhotoTwin,
    PolicyNotice,
    PosterRun,
    ProofPhoto,
    SeasonEntry,
    ShortLink,
    Survey,
    SurveyAnswer,
    VaccineSupply,
)
from outreach.queries.personal_links import digest_of as link_digest
from outreach.queries.personal_links import secret_of
from outreach.queries.proofs import PURPOSE
from residents.models import Resident
from teams.models import Institution, Team, User

# Beginning of the name of a page -> whose row it shows; the longer beginnings first.
SHOWN: dict[str, type[models.Model]] = {
    "public-personal": PersonalLink,
    "public-township": Area,
    "public-village": Area,
    "public-map": Area,
    "public-grid": Grid,
    "public-team": ShortLink,
    "public-letter": ShortLink,
    "public-short": ShortLink,
    "public-bulletin": MonthlyDisclosure,
    "personal-link-new": Resident,
    "personal-link-": PersonalLink,
    "survey-": Survey,
    "guide-grid": Grid,
    "guide-village": Area,
    "guide-building": Building,
    "guide-door": Dwelling,
    "guide-contact": Resident,
    "calendar-technique": NewTechnique,
    "calendar-policy": PolicyNotice,
    "calendar-education": OutreachVisit,
    "calendar-clinic-resume": ClinicStop,
    "calendar-clinic": ClinicHours,
    "calendar-vaccine": VaccineSupply,
    "livestream-slot": LivestreamSlot,
    "livestream-": Livestream,
    "disclosure-poster-run": PosterRun,
    "disclosure-poster-progress": PosterRun,
    "disclosure-poster-file": PosterRun,
    "disclosure-": MonthlyDisclosure,
    "proof-list": MonthlyDisclosure,
    "proof-new": MonthlyDisclosure,
    "proof-photo": ProofPhoto,
    "proof-": DisclosureProof,
    "qr-": Area,
}
CODED = ("public-township", "public-village", "public-map", "public-grid", "public-bulletin", "qr-")


def public_rows(resident: Resident, team: Team, doctor: User, agreement, side: str) -> list[models.Model]:
    """A published issue with a proof, the calendars of its institution, a link and an answer of the resident."""
    OutreachVisit.objects.create(
        kind="activity", team=team, place="广场", topic=f"标记{side}义诊", on=timezone.localdate(), begins_at=dt.time(9),
        closes_at=dt.time(10),
    )  # fmt: skip
    issue = _issue(team, doctor, dt.date(2026, 10, 1), f"mark{side}pub", side, is_published=True)
    return [
        *_proof(issue, doctor, side),
        *_calendars(team.institution, doctor, side),
        *_asked(resident, team, doctor, agreement, side),
        ShortLink.objects.create(
            code=f"marks{side}22", kind="team", key=str(team.pk), made_at=timezone.now()
        ),
        SeasonEntry.objects.order_by("pk").first(),
        issue,
    ]


def public_arguments(
    rows: dict[type[models.Model], models.Model], name: str, params: tuple[str, ...]
) -> dict[str, object]:
    """Parameters that are no primary key."""
    found: dict[str, object] = {}
    if "code" in params and name.startswith(CODED):
        found["code"] = rows[SHOWN[next(one for one in SHOWN if name.startswith(one))]].code
    if name in ("public-township", "public-map-township"):
        found["code"] = rows[Area].parent.code
    if "code" in params and name.startswith(("public-team", "public-letter")):
        found["code"] = rows[ShortLink].code
    if name == "public-short":
        found["code"] = "nobody22"  # known ones lead away, which is a test of its own
    if name == "qr-general":
        found["kind"] = "guide"
    if name == "public-letter":
        found["name"] = "signing"
    if "secret" in params and name.startswith("public-personal"):
        found["secret"] = "nobody"
    if name.startswith("calendar-education"):
        found["pk"] = OutreachVisit.objects.get(kind="activity", team=rows[Team]).pk
    if name == "survey-answer":
        found["resident"] = rows[Resident].pk
    return found


def poster_run_of(user: User) -> PosterRun:
    """A run is seen by whom it was asked by."""
    month, now = dt.date(2026, 10, 1), timezone.now()
    return PosterRun.objects.get_or_create(
        asked_by=user, month=month, size="a4", defaults={"asked_at": now, "beat_at": now}
    )[0]


def _issue(
    team: Team, doctor: User, month: dt.date, code: str, side: str, *, is_published: bool
) -> MonthlyDisclosure:
    now = timezone.now().replace(microsecond=0)
    state = DisclosureState.PUBLISHED if is_published else DisclosureState.DRAFT
    issue = MonthlyDisclosure(
        institution=team.institution, team=team, month=month, code=code, state=state, drafted_at=now,
        confirmed_by=doctor, confirmed_at=now, published_by=doctor, published_at=now,
    )  # fmt: skip
    items = [
        DisclosureItem(
            disclosure=issue, number=one, state=ItemState.FILLED, text=f"标记{side}第{one.value}项", as_of=now
        )
        for one in DisclosureTopic
    ]
    content = Content.of_issue(issue, items).as_json()
    issue.digest = digest_of(content)
    issue.save()
    for one in items:
        one.disclosure = issue
    DisclosureItem.objects.bulk_create(items)
    DisclosureVersion.objects.create(
        disclosure=issue, number=1, step=DisclosureStep.PUBLISHED, at=now, by=doctor, content=content,
        digest=issue.digest,
    )  # fmt: skip
    return issue


def _proof(issue: MonthlyDisclosure, doctor: User, side: str) -> list[models.Model]:
    now = timezone.now()
    photos = []
    for n in range(2):
        proof = DisclosureProof.objects.create(
            disclosure=issue, channel="notice_board", place=f"标记{side}公示栏{n}", posted_on=dt.date(2026, 10, 9 + n),
            state="flagged" if n else "counted", recorded_by=doctor, recorded_at=now,
        )  # fmt: skip
        sealed = seal_bytes(b"jpeg", purpose=PURPOSE)
        photos.append(
            ProofPhoto.objects.create(
                proof=proof, sealed=sealed, sha256=side * 64, fingerprint=7, added_at=now
            )
        )
    twin = PhotoTwin.objects.create(later=photos[1], earlier=photos[0], distance=0)
    return [photos[1].proof, photos[1], twin]


def _calendars(institution: Institution, doctor: User, side: str) -> list[models.Model]:
    today, since = timezone.localdate(), dt.date(2020, 1, 1)
    hours = ClinicHours.objects.create(
        institution=institution, kind="specialist", weekday=3, begins_at=dt.time(8), closes_at=dt.time(11),
        specialist_name=f"标记{side}专家", starts_on=since,
    )  # fmt: skip
    slot = LivestreamSlot.objects.create(
        institution=institution,
        weekday=4,
        begins_at=dt.time(19),
        minutes=40,
        platform=f"标记{side}平台",
        starts_on=since,
    )
    return [
        hours,
        ClinicStop.objects.create(
            hours=hours, reason=f"标记{side}停诊", starts_on=today, ends_on=today, entered_by=doctor
        ),
        VaccineSupply.objects.create(
            institution=institution, name=f"标记{side}疫苗", program="paid", audience="adult", state="plenty",
            updated_on=today, updated_by=doctor,
        ),
        NewTechnique.objects.create(
            institution=institution, kind="tcm", title=f"标记{side}技术", text="介绍", starts_on=since
        ),
        PolicyNotice.objects.create(
            institution=institution, title=f"标记{side}政策", text="内容", starts_on=since
        ),
        slot,
        Livestream.objects.create(
            institution=institution, slot=slot, on=today + dt.timedelta(days=1), begins_at=dt.time(19), minutes=40,
            topic=f"标记{side}直播", platform=f"标记{side}平台",
        ),
    ]  # fmt: skip


def _asked(resident: Resident, team: Team, doctor: User, agreement, side: str) -> list[models.Model]:
    today, now = timezone.localdate(), timezone.now()
    open_survey, answered = (
        Survey.objects.create(
            title=title, kind="satisfaction", starts_on=dt.date(2020, 1, 1), ends_on=today + dt.timedelta(days=30),
            made_by=doctor, questions=[{"code": "q1", "text": "您满意吗？", "kind": "score", "options": [], "is_needed": True}],
        )
        for title in ("满意度调查", "去年的满意度调查")
    )  # fmt: skip
    link = PersonalLink.objects.create(
        purpose=LinkPurpose.PROGRESS, resident=resident, agreement=agreement, digest=side * 64, made_by=doctor,
        made_at=now, expires_at=now + dt.timedelta(days=14),
    )  # fmt: skip
    PersonalLink.objects.filter(pk=link.pk).update(digest=link_digest(secret_of(link.pk)))
    answer = SurveyAnswer.objects.create(
        survey=answered, resident=resident, team=team, way="phone", answers={"q1": "5"}, answered_at=now,
        recorded_by=doctor,
    )  # fmt: skip
    return [open_survey, link, answer]
