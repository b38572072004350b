"""Where an uploader may enter people: villages and grids by the names and codes that rosters use."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from core.text import clean
from grids.choices import AreaLevel, GridLevel
from grids.models import Area, AreaCodeChange, Grid
from grids.querysets import place_in
from residents.rules.faults import Fault
from teams.access import Scope
from teams.models import Institution, Team

_VILLAGE_ENDINGS = re.compile(r"(社区居民委员会|居民委员会|村民委员会|社区居委会|居委会|村委会|社区|村)$")
_NUMERALS = {one: at for at, one in enumerate("零一二三四五六七八九")}
_GRID_NUMBER = re.compile(r"^第?(\d{1,2}|[一二三四五六七八九十]{1,3})号?(?:网格)?$|^网格(\d{1,2})$")
MOST_NAMED = 8  # names listed in one sentence


@dataclass(frozen=True)
class GridSpot:
    id: int
    code: str
    name: str
    is_micro: bool


@dataclass(frozen=True)
class VillageSpot:
    """A village with the open grids of it that the uploader reaches; ``has_more`` when others reach further grids.

    Attributes:
        former: names that grids had before, and names and codes of closed grids -> id of the open grid that it is now,
            or None where that cannot be said.
    """

    code: str
    name: str
    township: str
    grids: tuple[GridSpot, ...]
    has_more: bool
    former: dict[str, int | None] = field(default_factory=dict)

    def former_spot(self, text: str) -> GridSpot | None:
        """The open grid that was called so before."""
        ids = {self.former[form] for form in grid_forms(text, self.name) if form in self.former}
        return next((one for one in self.grids if ids == {one.id}), None)

    def knows_as_former(self, spot: GridSpot, text: str) -> bool:
        now = {spot.code, *grid_forms(spot.name, self.name)}
        return not grid_forms(text, self.name) & now and self.former_spot(text) == spot


@dataclass
class Reach:
    """All villages one may import into, and the names of the rest, to tell "unknown" from "not yours"."""

    villages: dict[str, VillageSpot] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    former_codes: dict[str, str] = field(default_factory=dict)

    def village(self, text: str, township: str = "", grid: str = "") -> VillageSpot | Fault:
        """By 12-digit code (a former one too), by name, or by name without its ending: 东北村, 东北村社区居委会.

        Args:
            township, grid: what the row says beside it; they tell two villages of one name apart.
        """
        code = self.former_codes.get(text, text)
        if code in self.villages:
            return self.villages[code]
        forms = village_forms(text)
        for form in forms:
            codes = self.by_name.get(form, [])
            if len(codes) > 1:
                codes = self._narrowed(codes, form, township, grid)
            if len(codes) == 1:
                return self.villages[codes[0]]
            if len(codes) > 1:
                return self._ambiguous(text, codes)
        if code in self.elsewhere or any(form in self.elsewhere for form in forms):
            return Fault(
                "village_out_of_reach", f"“{text[:20]}”不在您的管辖范围", "请核对村居，或交由所属机构导入"
            )
        return self._unknown(text)

    def _narrowed(self, codes: list[str], form: str, township: str, grid: str) -> list[str]:
        bare = re.sub(r"\s", "", clean(township))
        found = [
            one for one in codes if bare and (self.villages[one].township == bare or one.startswith(bare))
        ]
        if not found and grid.isdigit():
            found = [one for one in codes if grid.startswith(one)]
        return found if len(found) == 1 else codes

    def _ambiguous(self, text: str, codes: list[str]) -> Fault:
        choices = "、".join(
            f"{self.villages[one].township}{self.villages[one].name}（{one}）" for one in codes
        )
        remedy = "请改填 12 位村居代码，或加一列“镇街”"
        return Fault("village_ambiguous", f"有 {len(codes)} 个村居叫“{text}”：{choices}", remedy)

    def _unknown(self, text: str) -> Fault:
        named = "、".join(one.name for one in list(self.villages.values())[:MOST_NAMED])
        return Fault(
            "village_unknown",
            f"查无村居“{text[:20]}”",
            f"请改填规范名称或 12 位代码，如：{named or '（您名下暂无村居）'}",
        )

    def village_of_grid(self, text: str) -> VillageSpot | Fault:
        """Where a row tells only its grid: by the grid's code, or by a full name that only one village has."""
        bare = re.sub(r"\s", "", clean(text))
        if bare.isdigit() and len(bare) in (14, 16):
            found = self.village(bare[:12])
            if isinstance(found, VillageSpot):
                return found
        else:
            spots = [one for one in self.villages.values() if any(bare == grid.name for grid in one.grids)]
            spots = spots or [one for one in self.villages.values() if bare.startswith(one.name)]
            if len(spots) == 1:
                return spots[0]
        return Fault("village_missing", "没有填写村居，按网格也查不到", "请填村居名称或 12 位代码")

    def named_in(self, text: str) -> str:
        """The name of the one village that a title, a file name or a sheet name speaks of; "" for none or several."""
        bare = re.sub(r"\s", "", clean(text))
        if not bare:
            return ""
        found = self.village(bare)
        if isinstance(found, VillageSpot):
            return found.code
        codes = {
            codes[0]
            for name, codes in self.by_name.items()
            if len(codes) == 1 and len(name) > 1 and name in bare
        }
        return codes.pop() if len(codes) == 1 else ""

    def name_of(self, village: str) -> str:
        """The name of a village for its code; what is no code here stays as it was typed."""
        return self.villages[village].name if village in self.villages else village

    def tells_village(self, grid: str) -> bool:
        """Whether a grid's text alone says in which village it is."""
        return bool(clean(grid)) and isinstance(self.village_of_grid(grid), VillageSpot)

    def only(self) -> str:
        """The code of the only village in reach; "" when there are several."""
        return next(iter(self.villages)) if len(self.villages) == 1 else ""

    @staticmethod
    def grid(village: VillageSpot, text: str) -> GridSpot | Fault:
        """By code, by name, by number (第二网格, 2), by a former name; without text the only grid of the village."""
        whole = [one for one in village.grids if not one.is_micro]
        named = "、".join(one.name for one in village.grids[:MOST_NAMED])
        if not text:
            if len(whole) == 1 and not village.has_more:
                return whole[0]
            if not village.grids:
                return Fault("grid_none", f"{village.name}还没有可用的网格", "请先由管理人员建立网格再导入")
            return Fault("grid_missing", f"{village.name}不止一个网格", f"请填写网格：{named}")
        found = _grids_called(village, text)
        if len(found) == 1:
            return found[0]
        former = village.former_spot(text) if not found else None
        if former:
            return former
        if not found and any(form in village.former for form in grid_forms(text, village.name)):
            return Fault(
                "grid_closed", f"网格“{text[:20]}”已停用或合并", f"请改填现用网格：{named or '（暂无网格）'}"
            )
        if not found and village.has_more:
            return Fault(
                "grid_out_of_reach", f"“{text[:20]}”不是您管辖的网格", f"您在{village.name}管辖：{named}"
            )
        return Fault(
            "grid_unknown", f"{village.name}没有网格“{text[:20]}”", f"请改填：{named or '（暂无网格）'}"
        )


def _grids_called(village: VillageSpot, text: str) -> list[GridSpot]:
    asked = grid_forms(text, village.name)
    found = [one for one in village.grids if asked & {one.code, *grid_forms(one.name, village.name)}]
    number = _number(text)
    if not found and number is not None:
        found = [one for one in village.grids if not one.is_micro and int(one.code[12:14]) == number]
    return found


def village_forms(name: str) -> list[str]:
    """Forms under which a village is found, the strictest first."""
    bare = re.sub(r"\s", "", clean(name))
    return list(dict.fromkeys((bare, _VILLAGE_ENDINGS.sub("", bare))))


def grid_forms(name: str, village: str) -> set[str]:
    """A grid's name with and without the village in front of it."""
    bare = re.sub(r"\s", "", clean(name))
    return {bare, *(bare.removeprefix(form) for form in village_forms(village))} - {""}


def _number(text: str) -> int | None:
    found = _GRID_NUMBER.match(re.sub(r"\s", "", clean(text)))
    if not found:
        return None
    digits = found.group(1) or found.group(2)
    if digits.isdigit():
        return int(digits)
    tens, _, ones = digits.rpartition("十")
    if "十" not in digits:
        return _NUMERALS.get(digits)
    return (_NUMERALS.get(tens, 0) if tens else 1) * 10 + (_NUMERALS.get(ones, 0) if ones else 0)


def reach_of(scope: Scope) -> Reach:
    """Read the places of a scope. Six queries."""
    seen = Grid.objects.filter(place_in(scope)).open_on(scope.on).values_list("pk", "code", "name", "level")
    reached: dict[str, list[GridSpot]] = defaultdict(list)
    for pk, code, name, level in seen.order_by("code"):
        reached[code[:12]].append(GridSpot(pk, code, name, level == GridLevel.MICRO))
    total: dict[str, int] = defaultdict(int)
    for (code,) in Grid.objects.open_on(scope.on).filter(level=GridLevel.GRID).values_list("code"):
        total[code[:12]] += 1
    former = _former_grids(reached, scope.on)
    reach = Reach(former_codes=dict(AreaCodeChange.objects.values_list("old_code", "new_code")))
    areas = Area.objects.filter(level=AreaLevel.VILLAGE).valid_on(scope.on)
    for code, name, township in areas.order_by("code").values_list("code", "name", "parent__name"):
        grids = tuple(reached.get(code, ()))
        if grids or any(code.startswith(one) for one in scope.areas):
            whole = sum(not one.is_micro for one in grids)
            spot = VillageSpot(code, name, township, grids, total[code] > whole, former.get(code, {}))
            _add(reach, spot)
        else:
            reach.elsewhere |= {code, *village_forms(name), township + name}
    return reach


def _former_grids(reached: dict[str, list[GridSpot]], on: date) -> dict[str, dict[str, int | None]]:
    """Names that open grids had before, and closed grids; a closed one is taken for the only open one, if there is."""
    former: dict[str, dict[str, int | None]] = defaultdict(dict)
    closed = Grid.objects.filter(closed_on__lte=on).values_list("code", "name", "village__name")
    for code, name, village in closed:
        whole = [one.id for one in reached.get(code[:12], ()) if not one.is_micro]
        now = whole[0] if len(whole) == 1 else None
        former[code[:12]] |= dict.fromkeys({code, *grid_forms(name, village)}, now)
    history = Grid.history.rel.related_model.objects.filter(pgh_obj__closed_on__isnull=True)
    for pk, code, name, village in history.values_list(
        "pgh_obj_id", "code", "name", "village__name"
    ).distinct():
        former[code[:12]] |= dict.fromkeys(grid_forms(name, village), pk)
    return former


def _add(reach: Reach, village: VillageSpot) -> None:
    reach.villages[village.code] = village
    for form in (
        *village_forms(village.name),
        *(village.township + one for one in village_forms(village.name)),
    ):
        codes = reach.by_name.setdefault(form, [])
        if village.code not in codes:
            codes.append(village.code)


def scope_of_institution(institution: Institution, on: date) -> Scope:
    """The places of an institution's own teams and those of its stations, for the command line."""
    ids = [institution.pk, *Institution.objects.filter(parent=institution).values_list("pk", flat=True)]
    teams = Team.objects.active_on(on).filter(institution__in=ids).values_list("pk", flat=True)
    return Scope(on=on, institutions=tuple(ids), teams=tuple(teams))


def scope_of_everything(on: date) -> Scope:
    """All districts, for the command line."""
    codes = Area.objects.filter(level=AreaLevel.DISTRICT).values_list("code", flat=True)
    return Scope(on=on, areas=tuple(codes))
