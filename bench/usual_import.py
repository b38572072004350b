"""The same roster through django-import-export at its best bulk setting, with the same checks of every row.

It is spared households, flags, duplicates against the table and the story of each row.
"""

import csv
import time
from datetime import date
from itertools import islice
from pathlib import Path

from residents.choices import IdKind, Relation
from residents.models import Resident
from residents.rules.faults import Fault
from residents.rules.household import read_relation, relation_of_sex
from residents.rules.identity import read_identity
from residents.rules.phones import read_phones
from residents.searchable import searchable_columns

BATCH = 5_000
DAY = date(2026, 11, 22)


def seconds_of_usual_import(path: Path, count: int) -> float:
    """Seconds for the first ``count`` rows of a roster of ``bench.people``."""
    from grids.models import Grid

    resource = _resource(
        {f"{code[:12]} {name}": pk for pk, code, name in Grid.objects.values_list("pk", "code", "name")}
    )
    began = time.perf_counter()
    result = resource.import_data(_dataset(path, count), dry_run=False, raise_errors=False)
    seconds = time.perf_counter() - began
    assert result.totals["new"] + result.totals["error"] == count, dict(result.totals)
    return seconds


def _dataset(path: Path, count: int):
    import tablib

    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        return tablib.Dataset(*islice(rows, count), headers=header)


def _resource(grids: dict[str, int]):
    from import_export import resources

    class People(resources.ModelResource):
        class Meta:
            model = Resident
            fields = ()
            use_bulk = True
            batch_size = BATCH
            skip_diff = True
            skip_html_diff = True
            force_init_instance = True
            use_transactions = True
            clean_model_instances = False

        def import_instance(self, instance, row, **kwargs) -> None:
            _fill(instance, row, grids)

    return People()


def _fill(person: Resident, row: dict[str, str], grids: dict[str, int]) -> None:
    """What a row says, checked as ours checks it; a row with a fault is refused."""
    identity = read_identity(row["身份证号"], on=DAY)
    if isinstance(identity, Fault) or not row["姓名"]:
        raise ValueError("refused")
    relation = read_relation(row["与户主关系"])
    phone = read_phones(row["联系电话"]).first
    person.name, person.sex, person.born_on = row["姓名"], identity.sex, identity.born_on
    person.id_kind, person.id_number, person.phone = IdKind(identity.kind), identity.number, phone
    person.relation = relation_of_sex(
        relation if isinstance(relation, Relation) else Relation.NON_RELATIVE, identity.sex
    )
    person.grid_id, person.address = grids[f"{row['村居']} {row['网格']}"], row["详细地址"]
    for column, value in searchable_columns(person.name, identity.number, phone).items():
        setattr(person, column, value)
