"""The health steward of a household (家庭健康“掌门人”, S0-13): chosen, trained, relieved."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from core.dates import age_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions.households import refuse_closed
from residents.actions.locking import hold
from residents.actions.records import tell
from residents.models import Household, HouseholdEvent, Resident, StewardTraining
from residents.policy import ResidentsPolicy
from teams.models import User

Kind = HouseholdEvent.Kind


class CannotNameSteward(Refusal):
    """This member may not be the steward, or there is none."""


class CannotTrain(Refusal):
    """The training may not be recorded like this."""


def name_steward(
    *, household: Household, steward: Resident | None, policy: ResidentsPolicy, by: User, on: date
) -> Household:
    """Choose the member who looks after the health of the whole household; None: there is no steward any more.

    Raises:
        CannotNameSteward: not a present member, a minor, no birth date on file, or nothing changes.
    """
    with transaction.atomic(), credited_to(by):
        held = hold(CannotNameSteward, households=[household])
        now = held.households[household.pk]
        refuse_closed(now, CannotNameSteward)
        if now.steward_id == (steward.pk if steward else None):
            raise CannotNameSteward("same_steward", "掌门人没有变化，不用保存。", field="steward")
        if steward is not None:
            members = {one.pk: one for one in held.members(now)}
            _refuse_steward(members.get(steward.pk), policy, on)
        _set(now, steward, "", by)
    return now


def _refuse_steward(chosen: Resident | None, policy: ResidentsPolicy, on: date) -> None:
    if chosen is None:
        raise CannotNameSteward("not_a_member", "掌门人须是本户在册成员。", field="steward")
    if chosen.born_on is None:
        sentence = f"{chosen.masked_name} 没有登记出生日期，请先补登，掌门人须是成年人。"
        raise CannotNameSteward("age_unknown", sentence, field="steward")
    if age_on(chosen.born_on, on) < policy.minor_age:
        sentence = f"{chosen.masked_name} 未满 {policy.minor_age} 周岁，掌门人须是成年人。"
        raise CannotNameSteward("minor", sentence, field="steward")


def _set(household: Household, steward: Resident | None, why: str, by: User | None) -> None:
    household.steward = steward
    household.save(update_fields=["steward"])
    said = f"掌门人：{steward.masked_name}" if steward else "不再有掌门人"
    tell(household, Kind.STEWARD_CHANGED, f"{said}{why}", by)


def relieve(household: Household, gone: Iterable[Resident], *, by: User | None) -> None:
    """Who died or left is steward no more; within the caller's transaction and locks."""
    for one in gone:
        if household.steward_id == one.pk:
            _set(household, None, f"（{one.masked_name} 已离开）", by)


def train_steward(
    *, household: Household, trained_on: date, topic: str, by: User, on: date
) -> StewardTraining:
    """Record that the steward was trained (S0-13).

    Raises:
        CannotTrain: no steward, a day to come, or no topic.
    """
    topic = tidy(topic)
    if not topic:
        raise CannotTrain("topic_missing", "请填写培训内容。", field="topic")
    if trained_on > on:
        raise CannotTrain("training_future", "培训日期还没有到，请填今天或以前的日期。", field="trained_on")
    with transaction.atomic(), credited_to(by):
        now = Household.objects.select_for_update(of=("self",)).select_related("steward").get(pk=household.pk)
        if now.steward is None:
            raise CannotTrain("no_steward", "这一户还没有掌门人，请先确定掌门人。")
        row = StewardTraining.objects.create(
            household=now, steward=now.steward, trained_on=trained_on, topic=topic, recorded_by=by
        )
        tell(now, Kind.STEWARD_TRAINED, f"{now.steward.masked_name} {trained_on} {topic}", by)
    return row
