"""Asking for a place on a doctor's panel."""

from collections.abc import Collection
from datetime import date

from contracts.policy import ContractsPolicy
from contracts.queries.panel import panel_newcomers, panel_size
from contracts.rules import Objection
from contracts.rules.panel import object_to_panel
from teams.models import Institution, User


def ask_for_places(
    *, doctor: User, institution: Institution, residents: Collection[int], on: date, policy: ContractsPolicy
) -> Objection | None:
    """Why these residents cannot all join the panel, or None (5.1). Call it inside the signing's transaction.

    The doctor's row is locked until the transaction ends, after the residents' rows: of two signings at once that ask
    for the last place one waits, and reads the other's.
    """
    newcomers = panel_newcomers(doctor, institution, on, residents)
    if not newcomers:
        return None
    User.objects.select_for_update(no_key=True).only("pk").get(pk=doctor.pk)
    size = panel_size(doctor, institution, on)
    return object_to_panel(size, len(newcomers), policy.max_residents_per_doctor)
