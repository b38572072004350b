"""Signing: individual, household and supplementary agreements. One kind a file; what they share stands beside them."""

from contracts.actions.signing.company import Joining
from contracts.actions.signing.household import sign_household
from contracts.actions.signing.individual import sign
from contracts.actions.signing.refusing import CannotSign
from contracts.actions.signing.supplement import sign_supplement

__all__ = ["CannotSign", "Joining", "sign", "sign_household", "sign_supplement"]
