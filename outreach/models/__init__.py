"""Outward: what grid workers report, where teams go, and the messages that tell of what waits."""

from outreach.models.community import Evaluation, PersonnelChange, SentinelLeave, ZeroReport
from outreach.models.points import PointException, PointTimetable, ServicePoint
from outreach.models.reminders import Digest, DigestDelivery, MessageSetting, Reminder
from outreach.models.reports import (
    ClusterAlert,
    ErrandOrder,
    GridReport,
    ReportAck,
    ReportBooking,
    ReportEvent,
    ReportPhoto,
)
from outreach.models.visits import (
    Booking,
    OutreachVisit,
    VisitCheckIn,
    VisitSlot,
    VisitStaff,
    VisitWork,
)

__all__ = [
    "Booking",
    "ClusterAlert",
    "Digest",
    "DigestDelivery",
    "ErrandOrder",
    "Evaluation",
    "GridReport",
    "MessageSetting",
    "OutreachVisit",
    "PersonnelChange",
    "PointException",
    "PointTimetable",
    "Reminder",
    "ReportAck",
    "ReportBooking",
    "ReportEvent",
    "ReportPhoto",
    "SentinelLeave",
    "ServicePoint",
    "VisitCheckIn",
    "VisitSlot",
    "VisitStaff",
    "VisitWork",
    "ZeroReport",
]
