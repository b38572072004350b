"""Episodes of one person, as cards for his page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from care.choices import Program
from care.models import Episode
from care.rules.pregnancy import ADVICE, COLORS, Gestation, gestation
from care.rules.tuberculosis import CASES, PHASES, SUPERVISORS, Clock, first_visit
from residents.models import Resident
from teams.models import User

_NEWBORN = timedelta(days=60)


@dataclass(frozen=True)
class EpisodeCard:
    """One episode in words.

    Attributes:
        facts: (label, words). advice: what to do now. gestation: while she is pregnant. clock: of a first visit not yet made.
    """

    episode: Episode
    facts: tuple[tuple[str, str], ...]
    advice: str = ""
    gestation: Gestation | None = None
    clock: Clock | None = None

    @property
    def is_open(self) -> bool:
        return self.episode.ends_on is None


def cards_of(user: User, resident: Resident, *, on: date, now: datetime) -> list[EpisodeCard]:
    """Running ones first. One query."""
    rows = Episode.objects.visible_to(user).filter(resident=resident).select_related("recorded_by")
    found = sorted(rows, key=lambda one: (one.ends_on is not None, -one.starts_on.toordinal(), one.pk))
    return [_card(one, on=on, now=now) for one in found]


def _card(episode: Episode, *, on: date, now: datetime) -> EpisodeCard:
    if episode.program == Program.PERINATAL:
        return _pregnancy(episode, on=on)
    if episode.program == Program.TB:
        return _course(episode, now=now)
    return EpisodeCard(episode, (("出院日期", episode.starts_on.isoformat()),))


def _pregnancy(episode: Episode, *, on: date) -> EpisodeCard:
    held = episode.facts
    is_pregnant = episode.ends_on is None and "delivered_on" not in held
    told = [
        ("末次月经", held.get("lmp", "")),
        ("预产期", held.get("edd", "") + ("（超声核实）" if held.get("corrected_edd") else "")),
        ("妊娠风险", COLORS.get(held.get("risk", ""), "")),
        ("分娩日期", held.get("delivered_on", "")),
        ("出院日期", held.get("discharged_on", "")),
    ]
    return EpisodeCard(
        episode,
        _filled(told),
        advice=ADVICE.get(held.get("risk", ""), "") if is_pregnant else "",
        gestation=gestation(episode.starts_on, on) if is_pregnant else None,
    )


def _course(episode: Episode, *, now: datetime) -> EpisodeCard:
    held = episode.facts
    notice = datetime.fromisoformat(held["notice_at"]) if "notice_at" in held else None
    supervisor = SUPERVISORS.get(held.get("supervisor", ""), "")
    rate = held.get("regular_rate")
    told = [
        ("收到通知", f"{notice:%Y-%m-%d %H:%M}" if notice else ""),
        ("患者类型", CASES.get(held.get("case", ""), "")),
        ("治疗阶段", PHASES.get(held.get("phase", ""), "")),
        ("停止治疗", held.get("stopped_on", "")),
        ("督导人员", " ".join(filter(None, [supervisor, held.get("supervisor_name", "")]))),
        ("规律服药率", f"{rate}%（{'规律' if held.get('is_regular') else '不规律'}）" if rate else ""),
    ]
    waits = notice is not None and episode.ends_on is None and "supervisor" not in held
    return EpisodeCard(episode, _filled(told), clock=first_visit(notice, now) if notice and waits else None)


def _filled(told: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, words) for label, words in told if words)


def newborns_of(user: User, mother: Resident, delivered_on: date | None) -> list[Resident]:
    """Children of her household who were born about that day. One query, or none."""
    if mother.household_id is None:
        return []
    people = Resident.objects.visible_to(user).present().filter(household=mother.household_id)
    day = delivered_on
    if day is None:
        return list(people.filter(born_on__isnull=False).order_by("-born_on", "pk")[:3])
    return list(people.filter(born_on__range=(day - timedelta(days=2), day + _NEWBORN)).order_by("pk"))
