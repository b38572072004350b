"""A pregnancy from its registration to the delivery, and the child that goes home (3.4, 3.5)."""

from datetime import date, datetime

from django.db import transaction

from care.actions.episodes import CannotKeepEpisode, change_episode, close_episode, open_episode
from care.choices import Program
from care.models import Episode
from care.rules.pregnancy import COLORS, counted_from, due_date, object_to_correction, object_to_lmp
from residents.choices import Sex
from residents.models import Resident
from teams.models import User


def register_pregnancy(
    *, by: User, on: date, now: datetime, resident: Resident, lmp: date, corrected_edd: date | None = None,
    color: str = "green",
) -> Episode:  # fmt: skip
    """Begin the schedule of antenatal checks. It counts from the last period, or from a corrected day of birth.

    Raises:
        CannotKeepEpisode: no woman, days that cannot be, or a pregnancy that runs already.
    """
    if resident.sex == Sex.MALE:
        raise CannotKeepEpisode("pregnant_man", "该居民登记为男性，不能登记妊娠；性别有误的请先更正证件。")
    facts = _facts(lmp, corrected_edd, color, on=on)
    first = counted_from(lmp, corrected_edd)
    return open_episode(
        by=by, on=on, now=now, resident=resident, program=Program.PERINATAL, starts_on=first, facts=facts
    )


def change_pregnancy(
    *, by: User, on: date, now: datetime, episode: Episode, lmp: date, corrected_edd: date | None, color: str
) -> Episode:
    """The ultrasound says otherwise, or the risk changed.

    Raises:
        CannotKeepEpisode: days that cannot be, or closed meanwhile.
    """
    born = episode.facts.get("delivered_on")
    facts = _facts(lmp, corrected_edd, color, on=date.fromisoformat(born) if born else on)
    facts.setdefault("corrected_edd", None)
    first = counted_from(lmp, corrected_edd)
    return change_episode(by=by, on=on, now=now, episode=episode, facts=facts, starts_on=first)


def _facts(lmp: date, corrected: date | None, color: str, *, on: date) -> dict[str, str | None]:
    objection = object_to_lmp(lmp, on=on)
    if objection:
        raise CannotKeepEpisode("lmp_impossible", objection, field="lmp")
    if corrected and (objection := object_to_correction(lmp, corrected)):
        raise CannotKeepEpisode("edd_far_from_lmp", objection, field="corrected_edd")
    if color not in COLORS:
        raise CannotKeepEpisode("risk_unknown", "请选择妊娠风险评估分级。", field="color")
    edd = corrected or due_date(lmp)
    facts: dict[str, str | None] = {"lmp": lmp.isoformat(), "edd": edd.isoformat(), "risk": color}
    return facts | ({"corrected_edd": corrected.isoformat()} if corrected else {})


def record_delivery(
    *, by: User, on: date, now: datetime, episode: Episode, delivered_on: date, discharged_on: date | None,
    child: Resident | None = None,
) -> Episode:  # fmt: skip
    """She has given birth: the checks before end, the visit after discharge and the 42-day check begin.

    Args:
        child: registered already: the newborn visit counts from the same discharge.

    Raises:
        CannotKeepEpisode: days that cannot be.
    """
    if delivered_on > on or delivered_on <= episode.starts_on:
        raise CannotKeepEpisode(
            "delivery_impossible", "分娩日期须在末次月经之后，且不能晚于今天。", field="delivered_on"
        )
    if discharged_on and not delivered_on <= discharged_on <= on:
        raise CannotKeepEpisode(
            "discharge_impossible", "出院日期不能早于分娩日期，也不能晚于今天。", field="discharged_on"
        )
    facts = {
        "delivered_on": delivered_on.isoformat(),
        "discharged_on": discharged_on.isoformat() if discharged_on else None,
    }
    with transaction.atomic():
        held = change_episode(by=by, on=on, now=now, episode=episode, facts=facts)
        if child and discharged_on:
            register_discharge(by=by, on=on, now=now, child=child, discharged_on=discharged_on)
    return held


def register_discharge(*, by: User, on: date, now: datetime, child: Resident, discharged_on: date) -> Episode:
    """A newborn went home: the home visit is due within seven days (3.4 CH-1). Told again, the day is put right.

    Raises:
        CannotKeepEpisode: before the birth, or to come.
    """
    if discharged_on > on or (child.born_on and discharged_on < child.born_on):
        raise CannotKeepEpisode(
            "child_discharge_impossible",
            "出院日期不能早于孩子的出生日期，也不能晚于今天。",
            field="discharged_on",
        )
    facts = {"discharged_on": discharged_on.isoformat()}
    running = Episode.objects.running().filter(resident=child, program=Program.CHILD).first()
    if running:
        return change_episode(by=by, on=on, now=now, episode=running, facts=facts, starts_on=discharged_on)
    return open_episode(
        by=by, on=on, now=now, resident=child, program=Program.CHILD, starts_on=discharged_on, facts=facts
    )


def end_pregnancy(
    *, by: User, on: date, now: datetime, episode: Episode, ends_on: date, reason: str
) -> Episode:
    """Miscarriage, termination, or the 42-day check is over."""
    return close_episode(by=by, on=on, now=now, episode=episode, ends_on=ends_on, reason=reason)
