"""Alerts of symptoms that pile up in a village (S0-10): raised once, looked after, closed with a note."""

from datetime import date, datetime

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from core.sql import run
from core.text import tidy
from outreach.actions.alarms import tell_soon
from outreach.choices import AlertState
from outreach.models import ClusterAlert, GridReport
from outreach.policy import OutreachPolicy, policy_on
from outreach.queries.clusters import day_of, further_reports, loose_reports, may_handle
from outreach.rules.clusters import Sighting, is_cluster, people_in, quiet_until
from teams.models import User

_LOCK = 5_120_003  # advisory, with the id of the village: two reports at once must see each other


class CannotHandleAlert(Refusal):
    """The alert stays as it is."""


def look_for_cluster(report: GridReport, *, on: date, now: datetime) -> ClusterAlert | None:
    """Join the running alert of the village and symptom, or raise one when the number is reached; None for neither.

    Grids of one village are neighbors. While an alert runs, and for some days after it was raised, there is no other;
    one that still runs then sounds again when the number is reached anew.
    """
    if report.is_training:
        return None
    symptom, village = report.facts.get("symptom", ""), report.grid.village_id
    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, village])
        of_village = ClusterAlert.objects.filter(village=village, symptom=symptom)
        alert = of_village.running().first()
        if alert is None and of_village.filter(quiet_until__gte=on).exists():
            return None
        if alert:
            report.alert = _sound_again(_join(alert, [report]), on=on)
        else:
            report.alert = _raise(report, symptom, on=on, now=now)
        return report.alert


def _raise(report: GridReport, symptom: str, *, on: date, now: datetime) -> ClusterAlert | None:
    policy: OutreachPolicy = policy_on(on)
    found = loose_reports(report.grid.village_id, symptom, on=on, days=policy.cluster_days)
    seen = _sightings(found)
    if not is_cluster(seen, on=on, cases=policy.cluster_reports, days=policy.cluster_days):
        return None
    alert = ClusterAlert.objects.create(
        symptom=symptom,
        grid=report.grid,
        village=report.grid.village,
        first_on=min(one.day for one in seen),
        reports=0,
        raised_at=now,
        quiet_until=quiet_until(on, days=policy.cluster_quiet_days),
    )
    tell_soon()
    return _join(alert, found)


def _sightings(reports: list[GridReport]) -> list[Sighting]:
    return [Sighting(day_of(one.reported_at), people_in(one.facts)) for one in reports]


def _sound_again(alert: ClusterAlert, *, on: date) -> ClusterAlert:
    """Somebody has it in hand, and so many fall ill again: everybody is told anew, and anybody may take it."""
    policy = policy_on(on)
    if alert.state != AlertState.HANDLING or on <= alert.quiet_until:
        return alert
    seen = _sightings(further_reports(alert, on=on, days=policy.cluster_days))
    if is_cluster(seen, on=on, cases=policy.cluster_reports, days=policy.cluster_days):
        alert.state, alert.handled_by, alert.handled_at = AlertState.OPEN, None, None
        alert.quiet_until = quiet_until(on, days=policy.cluster_quiet_days)
        alert.save(update_fields=["state", "handled_by", "handled_at", "quiet_until"])
        tell_soon()
    return alert


def _join(alert: ClusterAlert, reports: list[GridReport]) -> ClusterAlert:
    ids = [one.pk for one in reports]
    GridReport.objects.filter(pk__in=ids, alert__isnull=True).update(alert=alert)
    alert.reports = alert.members.count()
    alert.save(update_fields=["reports"])
    return alert


def take_alert(*, alert: ClusterAlert, by: User, now: datetime) -> ClusterAlert:
    """Somebody looks after it.

    Raises:
        CannotHandleAlert: closed, somebody else looks after it already, or not one of those who may.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(alert, by)
        if held.handled_by and held.handled_by != by:
            raise CannotHandleAlert(
                "alert_taken", f"{held.handled_by.name}已在处置这条预警，请与他（她）联系，不用重复接手。"
            )
        held.state, held.handled_by, held.handled_at = AlertState.HANDLING, by, now
        held.save(update_fields=["state", "handled_by", "handled_at"])
        tell_soon()
    return held


def close_alert(*, alert: ClusterAlert, by: User, now: datetime, note: str) -> ClusterAlert:
    """It is over; what was found and done is written down.

    Raises:
        CannotHandleAlert: closed, without a note, or not one of those who may.
    """
    said = tidy(note)[:200]
    with transaction.atomic(), credited_to(by):
        held = _held(alert, by)
        if not said:
            raise CannotHandleAlert("note_missing", "请写明核实和处置的情况，再结束预警。", field="note")
        held.state, held.handled_by, held.handled_at, held.note = AlertState.CLOSED, by, now, said
        held.save(update_fields=["state", "handled_by", "handled_at", "note"])
        tell_soon()
    return held


def _held(alert: ClusterAlert, by: User) -> ClusterAlert:
    if not may_handle(by):
        raise CannotHandleAlert("not_yours", "请由家庭医生团队、机构家医管家或区卫健局处置。")
    held = ClusterAlert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if held.state == AlertState.CLOSED:
        raise CannotHandleAlert("alert_closed", "这条预警已经结束，不能再改。")
    return held
