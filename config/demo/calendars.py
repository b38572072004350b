"""What feeds the disclosures: clinic hours, vaccines, techniques, policies, live streams of eight weeks, activities.

Written straight into the tables, as of the day. Left incomplete on purpose: an institution whose vaccines nobody has
looked at for weeks, streams that were missed or too short, activities without a record.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from config.demo.names import full_name
from config.demo.patrols import Crew, drawn_round, write_visits
from config.demo.tellings import (
    ACTIVITIES,
    LOCAL_POLICY,
    POLICIES,
    SPECIALTIES,
    SUPPLY,
    TECHNIQUES,
    TOPICS,
    VACCINES,
)
from outreach.actions.livestreams import plan_streams
from outreach.choices import (
    ClinicKind,
    EducationArchive,
    EducationForm,
    LivestreamState,
    SupplyState,
    VaccineProgram,
    VisitKind,
    VisitState,
)
from outreach.models import (
    ClinicHours,
    ClinicStop,
    EducationRecord,
    Livestream,
    LivestreamSlot,
    NewTechnique,
    OutreachVisit,
    PolicyNotice,
    VaccineSupply,
)
from outreach.policy import OutreachPolicy
from outreach.rules.patrols import monday_of
from teams.choices import InstitutionType, Role
from teams.models import Institution, RoleAssignment, TeamMembership, User

WEEKS = 8  # of live streams
RECORDED = 0.85  # of the activities held
STALE_DAYS = 24
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_HOSPITALS = (InstitutionType.HOSPITAL, InstitutionType.TCM_HOSPITAL, InstitutionType.MCH)


def write_calendars(chance: Random, crews: Sequence[Crew], *, policy: OutreachPolicy, on: date) -> list[str]:
    """Everything of the calendars; figures for the report."""
    keepers = _keepers(on)
    primary = list(
        Institution.objects.filter(pk__in=keepers, parent=None).exclude(type__in=_HOSPITALS).order_by("pk")
    )
    hospitals = list(Institution.objects.filter(type__in=_HOSPITALS).order_by("pk"))
    clinics = _clinics(chance, primary, hospitals, keepers, on)
    vaccines = _vaccines(chance, primary, keepers, on)
    _notices(primary, hospitals, on)
    streams = _streams(chance, [*hospitals, *primary[:2]], keepers, policy, on)
    activities = _activities(chance, crews, primary, on)
    return [
        f"{clinics} 项门诊（接种）日程", f"{vaccines} 种疫苗供应", f"{streams} 场直播", f"{activities} 份健康教育记录",
    ]  # fmt: skip


def _keepers(on: date) -> dict[int, User]:
    """Institution id -> its steward, or its hospital's person."""
    roles = (Role.INSTITUTION_STEWARD, Role.HOSPITAL_STAFF)
    rows = RoleAssignment.objects.active_on(on).filter(role__in=roles).select_related("user").order_by("-pk")
    return {one.institution_id: one.user for one in rows if one.institution_id}


def _clinics(
    chance: Random, primary: Sequence[Institution], hospitals: Sequence[Institution], keepers: dict[int, User], on: date
) -> int:  # fmt: skip
    sent = _sent_down(on)
    rows = [row for one in primary for row in _hours_of(chance, one, sent.get(one.pk), hospitals, on)]
    ClinicHours.objects.bulk_create(rows)
    last = next((one for one in reversed(rows) if one.kind == ClinicKind.SPECIALIST), None)
    if last:
        ClinicStop.objects.create(
            hours=last,
            reason="专家外出学习",
            starts_on=on,
            ends_on=on + _WEEK,
            entered_by=keepers[last.institution_id],
        )
    return len(rows)


def _sent_down(on: date) -> dict[int, User]:
    """Institution id -> a specialist who sits there; nobody sits in two places."""
    found: dict[int, User] = {}
    rows = TeamMembership.objects.active_on(on).filter(is_dispatched=True).order_by("pk")
    for one in rows.select_related("team", "user"):
        if one.user not in found.values():
            found.setdefault(one.team.institution_id, one.user)
    return found


def _hours_of(
    chance: Random, home: Institution, sent: User | None, hospitals: Sequence[Institution], on: date
) -> Iterator[ClinicHours]:
    def hours(
        kind: ClinicKind, weekday: int, begins_at: time, closes_at: time, **facts: object
    ) -> ClinicHours:
        return ClinicHours(
            institution=home, kind=kind, weekday=weekday, begins_at=begins_at, closes_at=closes_at, phone=home.phone,
            starts_on=date(on.year, 1, 1), **facts,
        )  # fmt: skip

    morning, afternoon = (time(8), time(11, 30)), (time(13, 30), time(16, 30))
    for weekday in sorted(chance.sample(range(1, 6), 2)):
        yield hours(ClinicKind.CHILD_VACCINATION, weekday, *morning, place="预防接种门诊", needs_booking=True)
    yield hours(ClinicKind.ADULT_VACCINATION, chance.randint(1, 5), *afternoon, place="预防接种门诊")
    yield hours(
        ClinicKind.CHECKUP, chance.randint(1, 5), time(7, 30), time(10), month_weeks=[1, 3], place="体检中心",
        note="请空腹，带身份证；结果一周内由团队电话告知。",
    )  # fmt: skip
    if sent:
        yield hours(ClinicKind.SPECIALIST, chance.randint(1, 5), *morning, specialist=sent, place="专家诊室")
    if hospitals:
        yield hours(
            ClinicKind.SPECIALIST, chance.randint(1, 5), *afternoon, month_weeks=[2, 4], place="专家诊室",
            specialist_name=full_name(chance, chance.random() < 0.5, 1972), specialty=chance.choice(SPECIALTIES),
            home=chance.choice(hospitals).name, needs_booking=True,
        )  # fmt: skip


def _vaccines(chance: Random, primary: Sequence[Institution], keepers: dict[int, User], on: date) -> int:
    rows = []
    for home in primary:
        is_stale = len(primary) > 1 and home is primary[-1]
        for name, program, audience, price in VACCINES:
            back = STALE_DAYS if is_stale else chance.randint(0, 6)
            state = SupplyState.PLENTY if program == VaccineProgram.FREE else SUPPLY.draw(chance)
            rows.append(
                VaccineSupply(
                    institution=home, name=name, program=program, audience=audience, state=state,
                    price_yuan=None if price is None else Decimal(price), updated_on=on - back * _DAY,
                    updated_by=keepers[home.pk],
                )
            )  # fmt: skip
    return len(VaccineSupply.objects.bulk_create(rows))


def _notices(primary: Sequence[Institution], hospitals: Sequence[Institution], on: date) -> None:
    since = date(on.year, 1, 1)
    techniques = [
        NewTechnique(
            institution=home,
            kind=kind,
            title=title,
            text=text,
            phone=home.phone,
            starts_on=since + place * _DAY,
        )
        for place, home in enumerate([*primary, *hospitals])
        for kind, title, text in (TECHNIQUES[place % 3], TECHNIQUES[3 + place % 3])[home in hospitals :]
    ]
    NewTechnique.objects.bulk_create(techniques)
    policies = [
        PolicyNotice(institution=None, title=title, text=text, document=document, starts_on=since)
        for title, text, document in POLICIES
    ]
    title, text = LOCAL_POLICY
    policies += [
        PolicyNotice(institution=one, title=title, text=text, starts_on=since) for one in primary[::2]
    ]
    PolicyNotice.objects.bulk_create(policies)


@dataclass(frozen=True)
class _Air:
    """When and where an institution is on the air."""

    weekday: int
    begins_at: time


_AIRS = (_Air(3, time(19)), _Air(4, time(15)), _Air(2, time(10)), _Air(5, time(15, 30)), _Air(3, time(16)))


def _streams(
    chance: Random, obliged: Sequence[Institution], keepers: dict[int, User], policy: OutreachPolicy, on: date
) -> int:
    """Every obliged institution by its weekly hour, most weeks; the coming ones are made by their own job."""
    first = monday_of(on) - WEEKS * _WEEK
    slots = [
        LivestreamSlot(
            institution=home, weekday=air.weekday, begins_at=air.begins_at, minutes=40, starts_on=first,
            platform=f"{home.name.removesuffix('（演示）')}视频号",
        )
        for home, air in zip(obliged, _AIRS, strict=False)
    ]  # fmt: skip
    LivestreamSlot.objects.bulk_create(slots)
    rows = []
    for slot in slots:
        by = keepers.get(slot.institution_id)
        for week in range(WEEKS + 1):
            day = first + week * _WEEK + (slot.weekday - 1) * _DAY
            if day < on:
                rows.append(_stream(chance, slot, day, by))
    Livestream.objects.bulk_create(rows)
    plan_streams(on=on, policy=policy)
    return len(rows)


def _stream(chance: Random, slot: LivestreamSlot, day: date, by: User | None) -> Livestream:
    fate = chance.random()
    row = Livestream(
        institution=slot.institution, slot=slot, on=day, begins_at=slot.begins_at, minutes=slot.minutes,
        platform=slot.platform, topic=chance.choice(TOPICS), recorded_by=by, state=LivestreamState.MISSED,
    )  # fmt: skip
    if fate < 0.12:
        row.topic, row.recorded_by = "", None
        return row
    lasted = chance.randint(15, 25) if fate < 0.2 else chance.randint(30, 55)
    begun = datetime.combine(day, slot.begins_at, tzinfo=timezone.get_default_timezone())
    row.state, row.host = LivestreamState.HELD, full_name(chance, chance.random() < 0.5, 1978)
    row.began_at = begun + timedelta(minutes=chance.randint(0, 4))
    row.ended_at = row.began_at + timedelta(minutes=lasted)
    row.qa_enabled = chance.random() < 0.92
    row.questions = chance.randint(3, 40) if row.qa_enabled else 0
    row.viewers = chance.randint(60, 1800)
    return row


def _activities(chance: Random, crews: Sequence[Crew], primary: Sequence[Institution], on: date) -> int:
    """One a month by each team, and one to come; most of those held have their record."""
    drafts, topics = [], []
    for crew in crews:
        for weeks in (-7, -3, 1):
            day = monday_of(on) + weeks * _WEEK + chance.randint(0, 4) * _DAY
            topic = chance.choice(ACTIVITIES)
            drafts.append(
                drawn_round(chance, crew, VisitKind.ACTIVITY, day, on, topic=topic[0], place="社区活动室")
            )
            topics.append(topic)
    write_visits(drafts)
    phones = {one.pk: one.phone for one in primary}
    homes = dict(
        OutreachVisit.objects.filter(pk__in=[visit.pk for visit, _, _ in drafts]).values_list(
            "pk", "team__institution"
        )
    )
    rows = []
    for (visit, _, _), topic in zip(drafts, topics, strict=True):
        is_held = visit.state == VisitState.DONE
        if visit.state == VisitState.PLANNED or (is_held and chance.random() < RECORDED):
            rows.append(_record(visit, topic, phones.get(homes[visit.pk], ""), is_held))
    return len(EducationRecord.objects.bulk_create(rows))


def _record(
    visit: OutreachVisit, topic: tuple[str, EducationForm, str, str], phone: str, is_held: bool
) -> EducationRecord:
    _, form, audience, content = topic
    held = {
        "materials": f"健康折页 {visit.visitors * 2} 份", "summary": "居民参与积极，会后随访了解掌握情况。",
        "archives": [EducationArchive.PICTURE.value, EducationArchive.SIGN_IN.value],
    } if is_held else {}  # fmt: skip
    return EducationRecord(
        visit=visit,
        form=form,
        audience=audience,
        phone=phone,
        content=content,
        organizer="家庭医生团队",
        **held,
    )
