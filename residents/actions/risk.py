"""Tiering a person by the decision table in force, and putting a new version of a table in force."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.db import transaction

from core.dates import age_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions.records import locked, record
from residents.choices import LifeStatus, RiskKind
from residents.models import Resident, ResidentEvent, RiskScheme, RiskTier
from residents.queries.risk import scheme_on, table_of
from residents.rules.faults import Fault
from residents.rules.risk import RiskTable, answered, judge
from residents.rules.risk_table import as_data, read_text
from teams.models import User

ONE_DAY = timedelta(days=1)


class CannotAssess(Refusal):
    """This person cannot be tiered like this."""


class CannotPublishScheme(Refusal):
    """This decision table cannot be put in force."""


def assess_risk(*, resident: Resident, kind: str, answers: Mapping[str, str], by: User, on: date) -> RiskTier:
    """Tier a person from today on; the former tier of the kind ends yesterday.

    A second assessment on the same day corrects the first; history keeps it.

    Raises:
        CannotAssess: no table in force, an answer is missing, no birth date, or the person is not in the registry.
    """
    scheme = scheme_on(kind, on)
    if scheme is None:
        raise CannotAssess("no_scheme", "还没有生效的分级方案，请联系区卫健局。")
    table = table_of(scheme)
    with transaction.atomic(), credited_to(by):
        now = locked(resident)
        if now.life_status != LifeStatus.PRESENT:
            raise CannotAssess("not_present", f"该居民状态为“{now.get_life_status_display()}”，不能分级。")
        years = age_on(now.born_on, on) if now.born_on else None
        found = answered(table, answers, years=years, sex=now.sex)
        if isinstance(found, Fault):
            raise CannotAssess(found.code, found.sentence, field=found.code.removeprefix("missing_"))
        verdict = judge(table, found)
        tier = _place_for(now, kind, on)
        tier.scheme, tier.color, tier.inputs = scheme, verdict.color, found
        tier.explained, tier.assessed_by = verdict.explained[:200], by
        tier.save()
        note = f"{RiskKind(kind).label}：{tier.get_color_display()}"
        record(now, ResidentEvent.Kind.RISK_TIERED, note, by)
    return tier


def _place_for(resident: Resident, kind: str, on: date) -> RiskTier:
    """Today's row if there is one, else a new one after ending the former."""
    running = RiskTier.objects.running().filter(resident=resident, kind=kind).first()
    if running is not None and running.starts_on >= on:
        return running
    if running is not None:
        running.ends_on = on - ONE_DAY
        running.save(update_fields=["ends_on"])
    return RiskTier(resident=resident, kind=kind, starts_on=on)


def usable_table(text: str) -> RiskTable:
    """The table that a text describes.

    Raises:
        CannotPublishScheme: where and why it cannot be used.
    """
    found = read_text(text)
    if isinstance(found, Fault):
        raise CannotPublishScheme(found.code, found.sentence, field="text")
    return found


def publish_scheme(
    *, kind: str, text: str, source: str, in_force_from: date, by: User, on: date
) -> RiskScheme:
    """Add the next version of a decision table; former versions and the tiers judged by them stay as they are.

    Raises:
        CannotPublishScheme: a table that cannot be used, no source, a past day, or nothing changed.
    """
    table, source = usable_table(text), tidy(source)
    if not source:
        raise CannotPublishScheme("source_missing", "请填写依据，如文件名称和文号。", field="source")
    if in_force_from < on:
        raise CannotPublishScheme(
            "in_the_past", "生效日期不能早于今天：已作的分级不能改。", field="in_force_from"
        )
    with transaction.atomic(), credited_to(by):
        rows = RiskScheme.objects.select_for_update().filter(kind=kind)
        last = rows.order_by("-version").first()
        if last and table_of(last) == table and last.in_force_from <= in_force_from:
            raise CannotPublishScheme("unchanged", "判定表与最新版本相同，不需要保存。", field="text")
        return RiskScheme.objects.create(
            kind=kind,
            version=(last.version if last else 0) + 1,
            in_force_from=in_force_from,
            source=source[:200],
            table=as_data(table),
            created_by=by,
        )
