"""What was built on an import since: every table that points at what it entered is asked, also one added tomorrow."""

from django.db import connection, models

from core.rows import all_links_to
from core.sql import one_of
from residents.choices import DuplicateState, Evidence
from residents.models import Household, Resident, RosterImport
from residents.rules.quality import UPGRADED

# What came with the import itself, or is worked out by machines anew: no work of people is lost with it.
_LATER = "EXISTS (SELECT FROM {history} h WHERE h.pgh_obj_id = t.id AND h.pgh_created_at > %(at)s)"
_OURS = {
    "residents.PopulationFlag.resident": f"t.evidence = {Evidence.AGE_RULE} OR t.recorded_at = %(at)s AND NOT "
    + _LATER.format(history="residents_populationflaghistory"),
    "residents.ContactPhone.resident": "t.recorded_at = %(at)s AND NOT "
    + _LATER.format(history="residents_contactphonehistory"),
    "residents.PastIdentifier.resident": f"t.reason = '{UPGRADED}'",  # the number itself was not touched: see updated_at
    "residents.RosterLine.resident": "t.roster_id = %(roster)s",
    "residents.DuplicatePair.first": f"t.state = '{DuplicateState.OPEN}'",
    "residents.DuplicatePair.second": f"t.state = '{DuplicateState.OPEN}'",
    "residents.Resident.household": "t.id IN (SELECT id FROM undo_new)"
    " OR t.id IN (SELECT id FROM undo_change WHERE (was->>'joins')::boolean)",
}


def obstacles_of(roster: RosterImport) -> dict[str, int]:
    """What stands in the way, in words -> how many. The undo's lists (undo_new, ...) are filled and held."""
    facts: dict[str, object] = {"at": roster.applied_at, "roster": roster.pk}
    found = _changed_since(facts)
    for model, ours in ((Resident, "undo_new"), (Household, "undo_home")):
        for link in all_links_to(model):
            table, column = link.model._meta.db_table, _column_of(link.model, link.field)
            words = f"{model._meta.verbose_name}的{link.words}"
            found[words] = found.get(words, 0) + _count(
                f"SELECT count(*) FROM {connection.ops.quote_name(table)} t"
                f" WHERE t.{column} IN (SELECT id FROM {ours}) AND NOT ({_OURS.get(link.label, 'false')})",
                facts,
            )
    return {words: count for words, count in found.items() if count}


def _column_of(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{model._meta.label}.{name} has no column")
    return str(field.column)


def _changed_since(facts: dict[str, object]) -> dict[str, int]:
    """Entries that are no longer as the import left them."""
    later = _LATER.format(history="residents_residenthistory")
    flag = _LATER.format(history="residents_populationflaghistory")
    phone = _LATER.format(history="residents_contactphonehistory")
    home = _LATER.format(history="residents_householdhistory")
    return {
        "新增的居民又有修改": _count(
            "SELECT count(*) FROM undo_new u LEFT JOIN residents_resident t USING (id)"
            f" WHERE t.id IS NULL OR t.updated_at <> %(at)s OR {later}",
            facts,
        ),
        "改过的居民又有修改": _count(
            "SELECT count(*) FROM undo_change u LEFT JOIN residents_resident t USING (id)"
            f" WHERE t.id IS NULL OR t.updated_at <> %(at)s OR {later}",
            facts,
        ),
        "新建的家庭又有修改": _count(
            f"SELECT count(*) FROM undo_home u LEFT JOIN residents_household t USING (id) WHERE t.id IS NULL OR {home}",
            facts,
        ),
        "人群标识又有修改": _count(
            "SELECT (SELECT COALESCE(sum(jsonb_array_length(was->'kinds')), 0) FROM undo_change)"
            f" - (SELECT count(*) FROM undo_flag JOIN residents_populationflag t USING (id) WHERE NOT {flag})"
            f" + (SELECT count(*) FROM undo_raised LEFT JOIN residents_populationflag t USING (id) WHERE t.id IS NULL OR {flag})",
            facts,
        ),
        "其他电话又有修改": _count(
            "SELECT (SELECT COALESCE(sum(jsonb_array_length(was->'phones')), 0) FROM undo_change)"
            f" - (SELECT count(*) FROM undo_phone JOIN residents_contactphone t USING (id) WHERE NOT {phone})",
            facts,
        ),
    }


def _count(sql: str, facts: dict[str, object]) -> int:
    return int(one_of(sql, facts)[0])
