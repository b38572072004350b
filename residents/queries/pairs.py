"""Two entries side by side, masked: what is the same, what differs, and what a merge could take from which."""

from dataclasses import dataclass

from residents.models import PastIdentifier, PopulationFlag, Resident
from residents.queries.places import place_of
from residents.rules.duplicates import are_alike, number_comparison, plain_address, sound_of
from residents.rules.merging import Part
from teams.models import User


@dataclass(frozen=True)
class SideRow:
    """One line of the comparison; ``note`` says in words what the masks hide."""

    label: str
    first: str
    second: str
    differs: bool
    note: str = ""


def load_pair(user: User, first: int, second: int) -> tuple[Resident, Resident] | None:
    """Both entries with what the comparison shows, or None when one of them is out of scope. One query."""
    people = Resident.objects.visible_to(user).select_related(
        "grid__village__parent", "household", "managing_team"
    )
    found = people.in_bulk([first, second])
    return (found[first], found[second]) if len(found) == 2 else None


def side_by_side(user: User, first: Resident, second: Resident) -> list[SideRow]:
    """Every line of two entries. Two queries."""
    flags = _flags(user, first, second)
    former = _former(first, second)
    rows = [
        SideRow("姓名", first.masked_name, second.masked_name, first.name != second.name, _name_note(first, second)),
        _plain("性别", first.get_sex_display(), second.get_sex_display()),
        SideRow("出生年份", _year(first), _year(second), first.born_on != second.born_on, _birth_note(first, second)),
        SideRow(
            "证件", _document(first), _document(second), first.id_number != second.id_number,
            number_comparison(first.id_number, second.id_number),
        ),
        _plain("曾用证件", former[first.pk], former[second.pk]),
        SideRow(
            "联系电话", first.masked_phone or "未登记", second.masked_phone or "未登记", first.phone != second.phone,
            "两个电话相同" if first.phone and first.phone == second.phone else "",
        ),
        _plain("家庭", _home(first), _home(second)),
        _plain("网格", place_of(first.grid), place_of(second.grid)),
        SideRow(
            "现住址", first.address or "未填写", second.address or "未填写",
            plain_address(first.address) != plain_address(second.address),
        ),
        _plain("户籍类型", first.get_registration_display(), second.get_registration_display()),
        _plain("管理团队", _team(first), _team(second)),
        _plain("状态", _status(first), _status(second)),
        _plain("人群标识", flags[first.pk], flags[second.pk]),
        _plain("备注", first.remark or "无", second.remark or "无"),
        SideRow("登记日期", f"{first.created_at:%Y-%m-%d}", f"{second.created_at:%Y-%m-%d}", False),
        SideRow("最近核实", _day(first.confirmed_on), _day(second.confirmed_on), False),
    ]  # fmt: skip
    return rows


def part_values(first: Resident, second: Resident) -> dict[Part, tuple[str, str]]:
    """What each entry offers for each part, masked."""

    def of(one: Resident) -> dict[Part, str]:
        return {
            Part.NAME: one.masked_name,
            Part.IDENTITY: f"{_document(one)}，{one.get_sex_display()}，{_year(one)}",
            Part.PHONE: one.masked_phone or "未登记",
            Part.HOME: "，".join(filter(None, (_home(one), place_of(one.grid), one.address))),
            Part.REGISTRATION: one.get_registration_display(),
            Part.TEAM: _team(one),
            Part.STATUS: _status(one),
            Part.REMARK: one.remark or "无",
        }

    mine, theirs = of(first), of(second)
    return {part: (mine[part], theirs[part]) for part in Part}


def _plain(label: str, first: str, second: str) -> SideRow:
    return SideRow(label, first, second, first != second)


def _name_note(first: Resident, second: Resident) -> str:
    if first.name == second.name:
        return "姓名完全相同"
    if sound_of(first.name) == sound_of(second.name):
        return "读音相同，写法不同"
    return "只差一个字" if are_alike(first.name, second.name) else "姓名不同"


def _birth_note(first: Resident, second: Resident) -> str:
    if not (first.born_on and second.born_on):
        return ""
    return "出生日期相同" if first.born_on == second.born_on else "出生日期不同"


def _year(one: Resident) -> str:
    return f"{one.born_on.year} 年" if one.born_on else "未登记"


def _document(one: Resident) -> str:
    return f"{one.get_id_kind_display()}（已登记）" if one.id_index else str(one.get_id_kind_display())


def _home(one: Resident) -> str:
    return f"{one.household.number} {one.get_relation_display()}" if one.household else "未归户"


def _team(one: Resident) -> str:
    return one.managing_team.name if one.managing_team else "未签约"


def _status(one: Resident) -> str:
    return f"{one.get_life_status_display()} {one.life_status_on or ''}".strip()


def _day(day: object) -> str:
    return f"{day:%Y-%m-%d}" if day else "未核实"


def _flags(user: User, *people: Resident) -> dict[int, str]:
    found: dict[int, list[str]] = {one.pk: [] for one in people}
    for flag in (
        PopulationFlag.objects.visible_to(user).filter(resident__in=people).running().order_by("kind")
    ):
        found[flag.resident_id].append(str(flag.get_kind_display()))
    return {pk: "、".join(kinds) or "一般人群" for pk, kinds in found.items()}


def _former(*people: Resident) -> dict[int, str]:
    found = dict.fromkeys((one.pk for one in people), 0)
    for resident in PastIdentifier.objects.filter(resident__in=people).values_list("resident_id", flat=True):
        found[resident] += 1
    return {pk: f"{count} 个" if count else "无" for pk, count in found.items()}
