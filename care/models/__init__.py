"""Deed: rule tables, plans and tasks, records of work, referrals, handovers, points."""

from care.models.figures import AgreementFigure, ItemFigure, TaskFigure
from care.models.handovers import Handover, HandoverEvent
from care.models.points import (
    PointAccount,
    PointEntry,
    PointGoods,
    PointRedemption,
    PointRule,
    PointTransaction,
)
from care.models.records import Contact, Episode, Reading, RecordDraft, ServiceRecord
from care.models.referrals import Referral, ReferralEvent
from care.models.rules import CareRule, RuleTable
from care.models.services import HomeBed, HomeServiceOrder, RiskConsent
from care.models.tasks import Plan, Sweep, Task

__all__ = [
    "AgreementFigure",
    "CareRule",
    "Contact",
    "Episode",
    "Handover",
    "HandoverEvent",
    "HomeBed",
    "HomeServiceOrder",
    "ItemFigure",
    "Plan",
    "PointAccount",
    "PointEntry",
    "PointGoods",
    "PointRedemption",
    "PointRule",
    "PointTransaction",
    "Reading",
    "RecordDraft",
    "Referral",
    "ReferralEvent",
    "RiskConsent",
    "RuleTable",
    "ServiceRecord",
    "Sweep",
    "Task",
    "TaskFigure",
]
