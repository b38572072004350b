"""Reports of grid workers: sent as they send them."""

import datetime as dt
from uuid import uuid4

from grids.models import Posting
from outreach.actions.reporting import send_report
from outreach.choices import ReportKind
from outreach.models import GridReport

MONDAY_TEN = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)  # 10:00 in Shanghai, a working day

FACTS = {
    ReportKind.NEW_PERSON: {"populations": ["hypertension"]},
    ReportKind.CHANGE: {"change": "moved_out", "since": "2026-11-20"},
    ReportKind.NEED: {"needs": ["visit"]},
    ReportKind.URGENT: {"behaviors": ["unstable"]},
    ReportKind.SYMPTOM: {"symptom": "fever", "count": 1},
}


def posting_of(user) -> Posting:
    return Posting.objects.select_related("grid").get(user=user)


def report_from(user, kind=ReportKind.NEW_PERSON, *, now=MONDAY_TEN, **more) -> GridReport:
    """One report of a grid worker from his own grid; ``more`` replaces any argument of ``send_report``."""
    posting = more.pop("posting", None) or posting_of(user)
    given = {
        "grid": posting.grid,
        "facts": FACTS[kind],
        "client_token": uuid4(),
        "person_name": "刘桂兰",
        "address": "3号楼2单元101",
    }
    on = dt.datetime.astimezone(now, dt.timezone(dt.timedelta(hours=8))).date()
    return send_report(by=user, on=on, now=now, posting=posting, kind=kind, **given | more).report
