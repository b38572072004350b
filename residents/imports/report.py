"""A plan as the preview page and the error sheet need it: plain values that survive the night between two requests."""

import hashlib
import json
from collections import Counter
from typing import Any

from core.masks import mask_name
from residents.choices import RESTRICTED, Population, Relation, Sex
from residents.imports.columns import Column
from residents.imports.plan import CHANGED, ERROR, NEW, REFUSED, SAME, WARNING, Plan, Verdict

SHOWN = {NEW: 20, CHANGED: 100, SAME: 10, WARNING: 200}  # rows shown of each kind; errors are shown all
ERRORS_SHOWN = 1_000


def counts_of(plan: Plan) -> dict[str, Any]:
    """Counts without personal data. ``ok`` rows have nothing to say, ``warnings`` are imported all the same."""
    warned = sum(bool(one.draft.faults) for one in plan.verdicts if one.outcome != REFUSED)
    refused = len(plan.of(REFUSED))
    kinds = Counter(
        fault.fault.code for one in plan.of(REFUSED) for fault in one.draft.faults if fault.level == ERROR
    )
    return {
        "rows": len(plan.verdicts),
        "ok": len(plan.verdicts) - refused - warned,
        "warnings": warned,
        "errors": refused,
        "created_residents": len(plan.of(NEW)),
        "updated_residents": len(plan.of(CHANGED)),
        "unchanged_residents": len(plan.of(SAME)),
        "created_households": len(plan.founded),
        "error_kinds": dict(sorted(kinds.items())),
    }


def digest_of(plan: Plan) -> str:
    """Equal digests: confirming does exactly what was shown."""
    facts = [
        (
            one.draft.row,
            one.outcome,
            one.resident_id,
            [(c.label, c.before, c.after) for c in one.changes],
            one.kinds,
        )
        for one in plan.verdicts
    ]
    text = json.dumps([plan.on.isoformat(), len(plan.founded), facts], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def report_of(plan: Plan) -> dict[str, Any]:
    """Everything the preview shows, masked, and the error rows as they were uploaded."""
    changed = plan.of(CHANGED)[: SHOWN[CHANGED]]
    same = plan.of(SAME)[: SHOWN[SAME]]
    warned = [one for one in plan.verdicts if one.outcome != REFUSED and one.draft.faults]
    refused = plan.of(REFUSED)
    return {
        "digest": digest_of(plan),
        "notes": plan.notes,
        NEW: [_person(one) for one in plan.of(NEW)[: SHOWN[NEW]]],
        CHANGED: [
            _person(one) | {"changes": [[c.label, c.before, c.after] for c in one.changes]} for one in changed
        ],
        SAME: [_person(one) for one in same],
        "warnings": [line for one in warned[: SHOWN[WARNING]] for line in _faults(one, WARNING)],
        "errors": [line for one in refused[:ERRORS_SHOWN] for line in _faults(one, ERROR)],
        "resident_ids": [one.resident_id for one in [*changed, *same]],
        "titles": plan.titles,
        "lacks_head": not {Column.HEAD, Column.HOUSEHOLD} & set(plan.positions),
        "error_rows": [_error_row(plan, one) for one in refused],
    }


def _person(verdict: Verdict) -> dict[str, Any]:
    draft, identity = verdict.draft, verdict.draft.identity
    return {
        "row": draft.row,
        "name": mask_name(draft.name),
        "sex": str(Sex(identity.sex).label) if identity else "",
        "born": identity.born_on.year if identity and identity.born_on else "",
        "place": draft.place,
        "relation": str(Relation(draft.relation).label) if draft.relation else "",
        "address": draft.address,
        "kinds": [str(Population(one).label) for one in verdict.kinds if one not in RESTRICTED],
    }


def _faults(verdict: Verdict, level: str) -> list[dict[str, Any]]:
    return [
        {
            "row": verdict.draft.row,
            "name": mask_name(verdict.draft.name),
            "column": one.column,
            "cause": one.fault.cause,
            "remedy": one.fault.remedy,
        }
        for one in verdict.draft.faults
        if one.level == level
    ]


def _error_row(plan: Plan, verdict: Verdict) -> dict[str, Any]:
    """The cells as uploaded, why they were refused, and whose household they belong to when only the order said so."""
    draft = verdict.draft
    reasons = [f"{one.column}：{one.fault.sentence}" for one in draft.faults if one.level == ERROR]
    family = plan.families[draft.family] if draft.family is not None else None
    head = family.head.name if family and family.head else ""
    return {"row": draft.row, "cells": draft.cells, "reason": "".join(reasons), "head": head}
