"""What is wrong or missing in the registry, who puts it right and how: the worklist as a table (P11, P12, S0-20, S1-11).

The conditions themselves are set-based SQL, in ``queries/quality.py``, by the same codes.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from residents.choices import Relation

UPGRADED = "15 位旧号码升位"  # reason of a former number that was completed by rule and waits to be verified


class Who(StrEnum):
    """Who does the next step; the responsible team of the grid is shown beside it."""

    TEAM = "责任团队成员"
    VISIT = "责任团队会同网格员入户"
    OFFICE = "机构家医管家"


@dataclass(frozen=True)
class Rule:
    """One kind of finding.

    Attributes:
        code: stable; stands in the address of the page.
        why: what is wrong, a sentence for the reader.
        step: what is done next.
        page: URL name of the form that puts it right; takes the id of the person or the household.
        is_household: found in households, not in persons.
    """

    code: str
    title: str
    why: str
    step: str
    who: Who
    page: str
    is_household: bool = False


RULES: tuple[Rule, ...] = (
    Rule("no_head", "没有户主", "家里有在册成员，但从未登记户主。", "确定一位成员为户主", Who.TEAM, "household-head", True),
    Rule(
        "gone_head", "户主已不在册", "登记的户主已死亡、迁出或失访，家里还有在册成员。", "选定新户主并填写各成员关系",
        Who.TEAM, "household-head", True,
    ),
    Rule(
        "no_member", "家庭无人在册", "家庭没有销户，但没有任何在册或失访的成员。", "登记成员，或并入其他家庭",
        Who.TEAM, "household-detail", True,
    ),
    Rule(
        "generation", "辈分与年龄不符", "按与户主的关系是长辈或晚辈，出生日期却对不上。", "核对关系和出生日期",
        Who.TEAM, "resident-edit",
    ),
    Rule(
        "other_grid", "与家庭不在同一网格", "成员登记的网格与家庭的网格不同。", "迁入现住的家庭，或变更全户住址",
        Who.TEAM, "resident-move",
    ),
    Rule("no_household", "未归户", "没有归入任何家庭。", "归入家庭或新建一户", Who.TEAM, "resident-move"),
    Rule(
        "no_phone", "全家没有电话", "家里没有任何人登记电话。", "入户询问，登记至少一个联系电话",
        Who.VISIT, "household-detail", True,
    ),
    Rule(
        "phone_shared", "电话登记在过多家庭", "同一个电话登记在许多家庭，多半不是本人的。", "核实后改为本人或家人的电话",
        Who.TEAM, "resident-edit",
    ),
    Rule(
        "minor_no_guardian", "未成年人无监护人", "未成年人没有登记监护人和联系电话。", "登记监护人",
        Who.TEAM, "guardian-add",
    ),
    Rule(
        "guardian_gone", "监护人已死亡或迁出", "登记的监护人已死亡或迁出，监护关系没有结束。", "结束原监护，登记新的监护人",
        Who.TEAM, "resident-detail",
    ),
    Rule(
        "number_missing", "没有正式证件号码", "暂无证件或只有临时编号，已超过应办理的期限。", "核对户口簿或身份证后补登号码",
        Who.VISIT, "resident-number",
    ),
    Rule(
        "number_upgraded", "15 位旧号码待核对", "号码由 15 位旧号推算而来，还没有对照现行证件。",
        "对照身份证，相符的点“核实无误”", Who.TEAM, "resident-detail",
    ),
    Rule(
        "birth_missing", "缺出生日期", "没有出生日期，无法判断年龄类人群。", "对照证件更正号码或补登",
        Who.TEAM, "resident-number",
    ),
    Rule("address_missing", "缺住址", "本人和家庭都没有填写住址。", "补填现住址", Who.VISIT, "resident-edit"),
    Rule(
        "no_steward", "重点人群家庭无掌门人", "家里有重点人群，还没有确定家庭健康掌门人。", "确定一位成年成员为掌门人",
        Who.TEAM, "household-steward", True,
    ),
    Rule(
        "flag_review", "人群标识待复核", "人群标识已到复核日期。", "复核后续期、修改或取消标识", Who.TEAM, "resident-detail",
    ),
    Rule(
        "stale", "长期未核实", "登记信息很久没有人核实过。", "电话或入户核实，属实的点“核实无误”",
        Who.VISIT, "resident-detail",
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in RULES}

# Relation to the head -> (is he of an elder generation, how many generation gaps must lie between them at least).
# In-laws, step- and adopted children may be close in age; the order alone is looked at.
GENERATIONS: dict[Relation, tuple[bool, int]] = {
    Relation.SON: (False, 1),
    Relation.DAUGHTER: (False, 1),
    Relation.ADOPTED_SON: (False, 0),
    Relation.ADOPTED_DAUGHTER: (False, 0),
    Relation.SON_IN_LAW: (False, 0),
    Relation.DAUGHTER_IN_LAW: (False, 0),
    Relation.GRANDCHILD: (False, 2),
    Relation.FATHER: (True, 1),
    Relation.MOTHER: (True, 1),
    Relation.PARENTS: (True, 1),
    Relation.PARENTS_IN_LAW: (True, 0),
    Relation.GRANDPARENTS: (True, 2),
}


def months_before(day: date, months: int) -> date:
    """The same day so many months ago; where that month is shorter, its last day."""
    past = day.year * 12 + day.month - 1 - months
    year, month = past // 12, past % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def is_stale(confirmed_on: date | None, *, on: date, months: int) -> bool:
    """Nobody has confirmed the entry for more than so many months (P11)."""
    return confirmed_on is None or confirmed_on < months_before(on, months)
