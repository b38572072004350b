"""Comparisons made on the spot, on the way a worker goes."""

import datetime as dt
import io

from residents.actions.rosters import receive_roster
from residents.choices import Comparison, ImportPurpose
from residents.imports.comparing import Asked
from residents.imports.work import work_on
from residents.models import ComparisonLine, RosterImport
from tests.residents.conftest import POLICY, TODAY
from tests.residents.imports.sheets import csv_bytes

HEADER = ("姓名", "身份证号", "电话", "社区", "住址", "人群分类")


def compared(by, *rows, header=HEADER, on: dt.date = TODAY, **asked) -> RosterImport:
    """Received and worked on, as the job does it."""
    roster = receive_roster(
        file_name="医保参保.csv",
        stream=io.BytesIO(csv_bytes(*rows, header=header)),
        policy=POLICY,
        by=by,
        on=on,
        purpose=ImportPurpose.COMPARE,
        source="insurance",
        source_on=on,
        asked=Asked(**asked).as_json(),
    )
    work_on(roster.pk, policy=POLICY, on=on, progress=lambda *_: None)
    roster.refresh_from_db()
    return roster


def listed(person, **other) -> list[str]:
    """A resident as an outside list names him; keywords are titles of ``HEADER``."""
    facts = {
        "姓名": person.name, "身份证号": person.id_number, "电话": person.phone,
        "社区": person.grid.village.name, "住址": person.address,
    }  # fmt: skip
    return [(facts | other).get(title, "") for title in HEADER]


def lines(roster, kind: Comparison) -> list[ComparisonLine]:
    return list(ComparisonLine.objects.filter(roster=roster, kind=kind).order_by("pk"))
