"""Filters named as adjectives, a noun a page."""

from outreach.querysets.messages import DigestDeliveryQuerySet, DigestQuerySet, OwnQuerySet, ReminderQuerySet
from outreach.querysets.reports import (
    ClusterAlertQuerySet,
    ErrandQuerySet,
    OfPostingQuerySet,
    OfReportQuerySet,
    PersonnelChangeQuerySet,
    ReportQuerySet,
)
from outreach.querysets.visits import (
    BookingQuerySet,
    OfPointQuerySet,
    OfVisitQuerySet,
    ServicePointQuerySet,
    TimetableQuerySet,
    VisitQuerySet,
)

__all__ = [
    "BookingQuerySet",
    "ClusterAlertQuerySet",
    "DigestDeliveryQuerySet",
    "DigestQuerySet",
    "ErrandQuerySet",
    "OfPointQuerySet",
    "OfPostingQuerySet",
    "OfReportQuerySet",
    "OfVisitQuerySet",
    "OwnQuerySet",
    "PersonnelChangeQuerySet",
    "ReminderQuerySet",
    "ReportQuerySet",
    "ServicePointQuerySet",
    "TimetableQuerySet",
    "VisitQuerySet",
]
