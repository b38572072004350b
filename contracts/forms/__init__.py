"""Forms of agreements. What is typed is checked for its form here; the law is in contracts.rules."""

from contracts.forms.approving import ApprovalForm
from contracts.forms.doctors import DoctorAnswerForm, DoctorRequestForm
from contracts.forms.ending import TerminateForm
from contracts.forms.evidence import EvidenceForm
from contracts.forms.filters import ListFilter, ShelfFilter
from contracts.forms.household import HouseholdSignForm
from contracts.forms.ink import InkField
from contracts.forms.life import AmendForm, JoinForm, ReachedForm, RepresentativeForm, VoidForm
from contracts.forms.signing import SignForm
from contracts.forms.supplement import SupplementForm

__all__ = [
    "AmendForm",
    "ApprovalForm",
    "DoctorAnswerForm",
    "DoctorRequestForm",
    "EvidenceForm",
    "HouseholdSignForm",
    "InkField",
    "JoinForm",
    "ListFilter",
    "ReachedForm",
    "RepresentativeForm",
    "ShelfFilter",
    "SignForm",
    "SupplementForm",
    "TerminateForm",
    "VoidForm",
]
