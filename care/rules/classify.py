"""What a visit is: the first row of the programme's table that holds (3). Every visit has exactly one class."""

from collections.abc import Mapping, Sequence
from typing import Any

from care.rules.conditions import holds
from care.rules.scoring import computed
from care.rules.tables import ClassRow, Table, Verdict


def classify(
    table: Table, form: str, values: Mapping[str, Any], before: Sequence[str] = ()
) -> Verdict | None:
    """The class of a visit; None where the table does not classify that form.

    Args:
        values: fields of the form, and ``age`` (full years on the day of the visit) where targets go by age.
        before: classes of the person's earlier visits of the form, the latest first.
    """
    found = table.classes.get(form)
    if found is None:
        return None
    known = {**values, **computed(form, values)}
    return next(one.verdict for one in found.rows if _is(one, table, known, before))


def _is(row: ClassRow, table: Table, values: Mapping[str, Any], before: Sequence[str]) -> bool:
    if row.after and (not before or before[0] not in row.after):
        return False
    if not all(holds(one, values, table.bands) for one in row.all_of):
        return False
    return not row.any_of or any(holds(one, values, table.bands) for one in row.any_of)
