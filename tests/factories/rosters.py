"""Uploaded lists in every state, reached by the verbs; what a check would find is given by hand."""

import datetime as dt
import io
from typing import Any

from django.db.models.functions import Now

from residents.actions import roster_work as work
from residents.actions.rosters import accept_roster, receive_roster
from residents.choices import Comparison, ImportPurpose, ImportState
from residents.models import ComparisonLine, RosterImport
from residents.policy import ResidentsPolicy
from teams.models import User

DIGEST = "d" * 64
COUNTS = {
    "rows": 3,
    "ok": 1,
    "warnings": 1,
    "errors": 1,
    "created_residents": 1,
    "updated_residents": 1,
    "unchanged_residents": 0,
    "created_households": 1,
    "error_kinds": {"id_length": 1},
}
TITLES = ["姓名", "身份证号", "村居"]
PERSON = {
    "sheet": 0, "row": 2, "name": "林*芳", "sex": "女", "born": 1960, "place": "东北村 第一网格", "relation": "户主",
    "address": "1号楼", "kinds": [],
}  # fmt: skip
REFUSED = {
    "sheet": 0,
    "row": 4,
    "cells": ["甲", "=1+1", "东北村"],
    "reason": "身份证号：号码有 3 位，应为 18 位，请对照证件核对。",
    "head": "林桂芳",
}


def page(**more: Any) -> dict[str, Any]:
    """A report as the check hands it over."""
    return {
        "digest": DIGEST,
        "notes": ["以下列不导入：签名。"],
        "layouts": [{"sheet": 0, "name": "", "titles": TITLES, "lacks_head": True}],
        "new": [PERSON],
        "changed": [PERSON | {"row": 3, "name": "王*国", "changes": [["详细地址", "旧址", "新址"]]}],
        "same": [],
        "errors": [
            {
                "code": "id_length", "title": "证件号码位数不对", "remedy": "请对照证件核对", "count": 1,
                "rows": [{"sheet": 0, "row": 4, "name": "甲", "column": "身份证号", "cause": "号码有 3 位，应为 18 位"}],
            }
        ],
        "warnings": [
            {
                "code": "phone_invalid", "title": "电话不对", "remedy": "该号码未导入", "count": 1,
                "rows": [{"sheet": 0, "row": 2, "name": "林*芳", "column": "联系电话", "cause": "号码有 1 位"}],
            }
        ],
        "resident_ids": [],
    } | more  # fmt: skip


def received(
    by: User, *, data: bytes = b"\xe5\xa7\x93\xe5\x90\x8d,x\n", name: str = "花名册.csv"
) -> RosterImport:
    return receive_roster(
        file_name=name, stream=io.BytesIO(data), policy=ResidentsPolicy(), by=by, on=dt.date(2026, 11, 22)
    )


def checked(by: User, *, counts: dict | None = None, refused: Any = (REFUSED,), **more: Any) -> RosterImport:
    roster = received(by)
    work.begin_work(roster_id=roster.pk)
    work.keep_report(roster_id=roster.pk, counts=counts or COUNTS, page=page(**more), refused=refused)
    return RosterImport.objects.get(pk=roster.pk)


def applied(by: User, **more: Any) -> RosterImport:
    roster = checked(by, **more)
    accept_roster(roster=roster, digest=DIGEST, by=by, on=dt.date(2026, 11, 22))
    work.apply_work(roster=work.begin_work(roster_id=roster.pk), write=lambda: roster.result)
    return RosterImport.objects.get(pk=roster.pk)


PROPOSAL = {
    "sheets": [
        {
            "index": 0, "name": "东北村", "header_row": 2, "header_rows": 1, "missing": ["身份证号", "村居"], "constants": {},
            "skip": False,
            "titles": [
                {
                    "position": at, "title": title, "guess": guess, "samples": samples, "certainty": "sure" if guess else "none",
                    "is_filled": False, "has_gaps": False,
                }
                for at, (title, guess, samples) in enumerate([
                    ("姓名", "姓名", ["林*芳", "王*国", "赵*"]),
                    ("号码", "", ["••••••••••••••••••", "••••••••••••••••••", ""]),
                    ("所在地", "", ["东北村", "", ""]),
                ])
            ],
        }
    ],
}  # fmt: skip


def unmapped(by: User, proposal: dict | None = None) -> RosterImport:
    roster = received(by)
    work.begin_work(roster_id=roster.pk)
    work.ask_for_columns(roster_id=roster.pk, proposal=proposal or PROPOSAL)
    return RosterImport.objects.get(pk=roster.pk)


def failed(
    by: User, *, keeps_file: bool, sentence: str = "文件已损坏，打不开。请用 Excel 重新另存一份后再上传。"
) -> RosterImport:
    roster = received(by)
    work.begin_work(roster_id=roster.pk)
    work.fail_work(roster_id=roster.pk, code="file_damaged", sentence=sentence, keeps_file=keeps_file)
    return RosterImport.objects.get(pk=roster.pk)


def compared(by) -> ComparisonLine:
    """A finished comparison with one person whom only the outside list knows; that line."""
    roster = received(by)
    facts = {"purpose": ImportPurpose.COMPARE, "source": "insurance", "source_on": dt.date(2026, 11, 22)}
    counts = {"rows": 1, "missing_here": 1, "missing_there": 0, "different": 0, "same": 0}
    RosterImport.objects.filter(pk=roster.pk).update(
        state=ImportState.APPLIED, applied_at=Now(), result=counts, **facts
    )
    return ComparisonLine.objects.create(roster=roster, kind=Comparison.MISSING_HERE, row=2, name="林桂芳")
