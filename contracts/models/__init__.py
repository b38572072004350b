"""What was promised, to whom, by which team, until when. One noun a file."""

from contracts.models.agreements import Agreement, AgreementEvent, Enrollment, Signature
from contracts.models.fulfillment import Fulfillment
from contracts.models.links import Confirmation, Dispute, OneTimeCode, ResidentLink
from contracts.models.moves import DoctorRequest, MassLine, MassOperation, Refusal, Transfer
from contracts.models.packages import PackageItem, ServiceItem, ServicePackage
from contracts.models.review import ReviewFlag
from contracts.models.signing import ChosenItem, EnrolledPackage, SigningDraft, SigningEvidence
from contracts.models.standards import FulfilmentStandard, HomeCareLabel, StandardItem
from contracts.models.wording import AgreementTemplate

__all__ = [
    "Agreement",
    "AgreementEvent",
    "AgreementTemplate",
    "ChosenItem",
    "Confirmation",
    "Dispute",
    "DoctorRequest",
    "EnrolledPackage",
    "Enrollment",
    "Fulfillment",
    "FulfilmentStandard",
    "HomeCareLabel",
    "MassLine",
    "MassOperation",
    "OneTimeCode",
    "PackageItem",
    "Refusal",
    "ResidentLink",
    "ReviewFlag",
    "ServiceItem",
    "ServicePackage",
    "Signature",
    "SigningDraft",
    "SigningEvidence",
    "StandardItem",
    "Transfer",
]
