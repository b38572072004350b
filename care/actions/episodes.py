"""Episodes of care that have days of their own: opening, changing and closing them; each re-reckons the plans at once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from care.actions.replanning import replan
from care.choices import Program
from care.models import Episode
from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions import flag_population
from residents.choices import Evidence, LifeStatus, Population
from residents.models import PopulationFlag, Resident
from residents.policy import policy_on as residents_policy_on
from teams.models import User

_FLAGS = {Program.PERINATAL: Population.PERINATAL, Program.TB: Population.TB}


class CannotKeepEpisode(Refusal):
    """The episode stays as it was."""


def open_episode(
    *, by: User, on: date, now: datetime, resident: Resident, program: Program, starts_on: date,
    facts: Mapping[str, Any],
) -> Episode:  # fmt: skip
    """Begin an episode; the population flag it needs is set where it is missing.

    Raises:
        CannotKeepEpisode: somebody who is not present, a day to come, or one that runs already.
    """
    with transaction.atomic(), credited_to(by):
        held = Resident.objects.select_for_update().get(pk=resident.pk)
        if held.life_status not in (LifeStatus.PRESENT, LifeStatus.LOST):
            raise CannotKeepEpisode("episode_of_departed", "该居民已不在册，不能登记专案。")
        if starts_on > on:
            raise CannotKeepEpisode("episode_to_come", "起算日期不能晚于今天。", field="starts_on")
        with refuse_on(Episode, CannotKeepEpisode, one_running_episode_per_program=""):
            made = Episode.objects.create(
                resident=held, program=program, starts_on=starts_on, facts=dict(facts), recorded_by=by
            )
        _flag(held, program, starts_on, by=by, on=on)
        replan([held.pk], on=on, now=now)
    return made


def _flag(held: Resident, program: Program, starts_on: date, *, by: User, on: date) -> None:
    kind = _FLAGS.get(program)
    if kind is None or PopulationFlag.objects.filter(resident=held, kind=kind, ends_on__isnull=True).exists():
        return
    flag_population(
        resident=held, kind=kind, evidence=Evidence.MEDICAL_RECORD, starts_on=starts_on, source="专案登记",
        policy=residents_policy_on(on), by=by, on=on,
    )  # fmt: skip


def change_episode(
    *, by: User, on: date, now: datetime, episode: Episode, facts: Mapping[str, Any],
    starts_on: date | None = None,
) -> Episode:  # fmt: skip
    """Put facts of a running episode right, or add some. None removes one; what is not named stays.

    Raises:
        CannotKeepEpisode: closed meanwhile, or a day to come.
    """
    with transaction.atomic(), credited_to(by):
        held = _locked(episode)
        if starts_on and starts_on > on:
            raise CannotKeepEpisode("episode_to_come", "起算日期不能晚于今天。", field="starts_on")
        kept = {name: value for name, value in {**held.facts, **facts}.items() if value not in (None, "")}
        if kept == held.facts and starts_on in (None, held.starts_on):
            return held
        held.facts, held.starts_on = kept, starts_on or held.starts_on
        held.save(update_fields=["facts", "starts_on"])
        replan([held.resident_id], on=on, now=now)
    return held


def close_episode(
    *, by: User, on: date, now: datetime, episode: Episode, ends_on: date, reason: str,
    facts: Mapping[str, Any] | None = None,
) -> Episode:  # fmt: skip
    """End an episode; what was planned for it is cancelled.

    Raises:
        CannotKeepEpisode: closed meanwhile, no reason, or a day before its beginning or to come.
    """
    why = tidy(reason)[:60]
    with transaction.atomic(), credited_to(by):
        held = _locked(episode)
        if not why:
            raise CannotKeepEpisode("episode_no_reason", "请选择或写明结案原因。", field="reason")
        if ends_on > on or ends_on < held.starts_on:
            sentence = "结案日期须在起算日期之后，且不能晚于今天。"
            raise CannotKeepEpisode("episode_end_out_of_range", sentence, field="ends_on")
        held.facts = {**held.facts, **(facts or {})}
        held.ends_on, held.end_reason = ends_on, why
        held.save(update_fields=["facts", "ends_on", "end_reason"])
        replan([held.resident_id], on=on, now=now)
    return held


def _locked(episode: Episode) -> Episode:
    """The row as it is now, after its person: every verb of care locks in this order."""
    list(Resident.objects.select_for_update().filter(pk=episode.resident_id).values_list("pk"))
    held = Episode.objects.select_for_update().get(pk=episode.pk)
    if held.ends_on is not None:
        raise CannotKeepEpisode("episode_closed", "这项专案已经结案，不能再修改。")
    return held
