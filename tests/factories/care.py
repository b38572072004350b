"""Records of work for tests, made by the actions themselves."""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from care.actions import Saved, save_record
from care.catalog import load_points
from care.models import CareRule, PointGoods, PointRule, RuleTable
from care.rule_data import load_tables
from residents.models import Resident
from teams.models import User

HTN: dict[str, Any] = {
    "symptoms": ["none"], "sbp": "128", "dbp": "78", "adherence": "regular", "reaction": "no", "complication": "none",
}  # fmt: skip
DM: dict[str, Any] = {
    "symptoms": ["none"], "sbp": "128", "dbp": "78", "glucose_fasting": "6.1", "hypo": "none", "adherence": "regular",
    "reaction": "no", "complication": "none",
}  # fmt: skip
SMI: dict[str, Any] = {
    "is_reached": "yes", "risk": "0", "symptoms": ["none"], "insight": "full", "social_self_care": "good",
    "social_relations": "good", "adherence": "regular", "smi_reaction": "none", "symptoms_grade": "none",
}  # fmt: skip


def ensure_care() -> None:
    """Tests with real transactions empty every table, the shipped rules and points too."""
    if not RuleTable.objects.exists():
        load_tables(RuleTable, CareRule)
    if not PointRule.objects.exists():
        load_points(PointRule, PointGoods)


def record_visit(
    resident: Resident, by: User, *, on: dt.date, form: str = "htn_follow_up", done_on: dt.date | None = None,
    mode: str = "clinic", values: dict[str, Any] | None = None, **more: Any,
) -> Saved:  # fmt: skip
    """One follow-up, satisfied unless ``values`` say otherwise."""
    usual = {"htn_follow_up": HTN, "dm_follow_up": DM, "smi_follow_up": SMI}.get(form, {})
    return save_record(
        by=by, on=on, now=more.pop("now", timezone.now()), resident=resident, form=form, done_on=done_on or on, mode=mode,
        values=usual | (values or {}), client_token=more.pop("client_token", None) or uuid.uuid4(), **more,
    )  # fmt: skip
