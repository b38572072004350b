"""From a table to a plan: places, households, duplicates, and what the registry says to each row."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from residents.imports.columns import REASON, ROW, Column, Layout, find_layout
from residents.imports.families import group_families
from residents.imports.judging import Judge
from residents.imports.plan import Draft, Family, Plan
from residents.imports.reach import Reach, VillageSpot, reach_of
from residents.imports.reading import CannotReadRoster, Sheet
from residents.imports.registry import look_up
from residents.imports.rows import data_rows, read_row
from residents.imports.settling import Settler
from residents.policy import ResidentsPolicy
from residents.rules.faults import Fault
from residents.searchable import number_index
from teams.access import Scope

C = Column
EXPECTED = frozenset(("序号", "编号", REASON, ROW))  # columns that nobody misses


@dataclass(frozen=True)
class Terms:
    """Under which a roster is checked.

    Attributes:
        scope: where the uploader may enter people.
        may_restricted: whether kinds under special protection may be entered from this roster.
    """

    scope: Scope
    policy: ResidentsPolicy
    may_restricted: bool


def check_roster(sheets: list[Sheet], terms: Terms, *, on: date, lock: bool = False) -> Plan:
    """Look at every row and say what will happen to it; nothing is written.

    Raises:
        CannotReadRoster: no usable header, no rows, or too many.
    """
    sheet, layout, others = find_layout(sheets)
    lines = list(data_rows(sheet.rows, layout))
    if not lines:
        raise CannotReadRoster("no_rows", "表头下面没有居民数据。请填写后再上传。", field="file")
    if len(lines) > terms.policy.roster_max_rows:
        sentence = (
            f"有 {len(lines)} 行，超过 {terms.policy.roster_max_rows} 行。请按村居拆成几个文件分次导入。"
        )
        raise CannotReadRoster("too_many_rows", sentence, field="file")
    drafts = [read_row(number, cells, layout, on=on) for number, cells in lines]
    _place(drafts, reach_of(terms.scope))
    indexes = _index_numbers(drafts)
    families = group_families(drafts)
    _warn_shared_phones(drafts, terms.policy.phone_max_households)
    known = look_up(
        list(indexes.values()),
        {one.village_code for one in drafts if one.village_code},
        terms.scope,
        lock=lock,
    )
    Settler(known, families, indexes).settle()
    judge = Judge(known, indexes, families, terms.may_restricted)
    verdicts = [judge.verdict(one) for one in drafts]
    _warn_headless(families)
    return Plan(on, layout.titles, layout.positions, _notes(layout, others), verdicts, families)


def _notes(layout: Layout, others: list[str]) -> list[str]:
    notes = []
    if others:
        names = "、".join(f"“{one}”" for one in others)
        notes.append(f"只读取了工作表“{layout.sheet}”；工作表{names}也有名册，请另存为单独的文件导入。")
    unused = [one for one in layout.unused if one not in EXPECTED]
    if unused:
        notes.append(f"以下列不导入：{'、'.join(unused[:20])}。")
    return notes


def _place(drafts: list[Draft], reach: Reach) -> None:
    """Village and grid of every row; the same text is looked up once."""
    villages: dict[str, VillageSpot | Fault] = {}
    for draft in drafts:
        if not draft.village:
            continue
        found = villages.get(draft.village) or villages.setdefault(
            draft.village, reach.village(draft.village)
        )
        if isinstance(found, Fault):
            draft.refuse(C.VILLAGE, found)
            continue
        draft.village_code = found.code
        grid = reach.grid(found, draft.grid)
        if isinstance(grid, Fault):
            draft.refuse(C.GRID, grid)
        else:
            draft.grid_id, draft.grid_name = grid.id, grid.name
            draft.place = f"{found.name} {grid.name.removeprefix(found.name)}"


def _index_numbers(drafts: list[Draft]) -> dict[int, uuid.UUID]:
    """Row -> blind index; a number that stands twice in the file counts where it stands first."""
    first: dict[uuid.UUID, Draft] = {}
    indexes = {}
    for draft in drafts:
        if draft.identity is None:
            continue
        index = number_index(draft.identity.number)
        before = first.setdefault(index, draft)
        if before is draft:
            indexes[draft.row] = index
        elif before.name == draft.name:
            draft.refuse(
                C.NUMBER, Fault("id_repeated", f"与第 {before.row} 行是同一个人", "请删去重复的一行")
            )
        else:
            cause = f"与第 {before.row} 行证件号码相同而姓名不同"
            draft.refuse(C.NUMBER, Fault("id_two_names", cause, "请对照证件核对是哪一行填错"))
    return indexes


def _warn_shared_phones(drafts: list[Draft], most: int) -> None:
    """One phone for a family is normal; for many families it is the clerk's own."""
    homes: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for draft in drafts:
        if draft.phone:
            homes[draft.phone].add(("row", draft.row) if draft.family is None else ("family", draft.family))
    for draft in drafts:
        if draft.phone and len(homes[draft.phone]) > most:
            cause = f"同一电话登记在 {len(homes[draft.phone])} 户名下"
            draft.warn(C.PHONE, Fault("phone_shared", cause, "请核实是否为代填人自己的电话"))


def _warn_headless(families: list[Family]) -> None:
    for family in families:
        if family.head is not None and family.head.is_refused and family.household_id is None:
            cause = f"户主所在的第 {family.head.row} 行有错误，没有导入"
            fault = Fault("head_refused", cause, "本户先建档，户主那一行改正后再导入会归入本户")
            for draft in family.rows:
                if not draft.is_refused:
                    draft.warn(C.RELATION, fault)
