"""What was promised, to whom, by which team, until when. One noun a file."""

from contracts.models.agreements import Agreement, AgreementEvent, Enrollment, Signature
from contracts.models.packages import PackageItem, ServiceItem, ServicePackage
from contracts.models.standards import FulfilmentStandard, HomeCareLabel, StandardItem
from contracts.models.wording import AgreementTemplate

__all__ = [
    "Agreement",
    "AgreementEvent",
    "AgreementTemplate",
    "Enrollment",
    "FulfilmentStandard",
    "HomeCareLabel",
    "PackageItem",
    "ServiceItem",
    "ServicePackage",
    "Signature",
    "StandardItem",
]
