"""What a division file would change."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models.functions import Left

from grids.divisions import BadDivisions, Division, unknown_parents
from grids.models import Area, AreaCodeChange


@dataclass(frozen=True)
class DivisionChanges:
    """Rows by what they mean for the areas registered.

    Attributes:
        replaced: rows whose code was replaced since; the area is found under its new code and left alone.
        missing: areas below the file's districts that the file does not name; reported, never deleted.
    """

    new: tuple[Division, ...]
    changed: tuple[Division, ...]
    unchanged: int
    replaced: tuple[tuple[Division, str], ...]
    missing: tuple[Area, ...]


def compare_divisions(divisions: Sequence[Division]) -> DivisionChanges:
    """Two queries, whatever the size.

    Raises:
        BadDivisions: a parent is neither in the file nor registered, or was replaced by another code.
    """
    heads = sorted({one.code[:6] for one in divisions})
    below = Area.objects.annotate(head=Left("code", 6)).filter(head__in=heads).order_by("code")
    standing = {one.code: one for one in below}
    former = _former_codes(heads)
    replaced = [
        (one, former[one.code]) for one in divisions if one.code in former and one.code not in standing
    ]
    rest = [one for one in divisions if one.code in standing or one.code not in former]
    orphans = [one for one in rest if one.parent_code in former and one.parent_code not in standing]
    if orphans:
        one = orphans[0]
        raise BadDivisions(
            "parent_replaced",
            f"第 {one.row} 行“上级代码”：{one.parent_code} 已更换为 {former[one.parent_code]}。请改用新代码后再载入。",
        )
    unknown_parents(rest, set(standing))
    named = {one.code for one in divisions} | {new for _, new in replaced}
    return DivisionChanges(
        new=tuple(one for one in rest if one.code not in standing),
        changed=tuple(one for one in rest if one.code in standing and standing[one.code].name != one.name),
        unchanged=sum(one.code in standing and standing[one.code].name == one.name for one in rest),
        replaced=tuple(replaced),
        missing=tuple(area for code, area in standing.items() if code not in named),
    )


def _former_codes(heads: Sequence[str]) -> dict[str, str]:
    """Replaced code -> the area's code of today."""
    rows = AreaCodeChange.objects.annotate(head=Left("old_code", 6)).filter(head__in=heads)
    return dict(rows.order_by("changed_on", "pk").values_list("old_code", "area__code"))
