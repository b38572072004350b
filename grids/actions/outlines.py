"""Outlines of areas, for maps."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from core.refusals import Refusal
from grids.models import Area, AreaOutline

Ring = Sequence[tuple[float, float]]


class CannotKeepOutlines(Refusal):
    """Nothing was changed."""


def keep_outlines(
    *, by: None, now: datetime, outlines: Mapping[str, Sequence[Ring]], source: str
) -> tuple[int, list[str]]:
    """Put these outlines in place of the former ones; an operator's command.

    Args:
        outlines: area code -> closed rings of (longitude, latitude), WGS-84.

    Returns:
        How many were kept, and the codes that no area has.

    Raises:
        CannotKeepOutlines: none of the codes is known.
    """
    areas = dict(Area.objects.filter(code__in=outlines).values_list("code", "pk"))
    if not areas:
        raise CannotKeepOutlines("no_known_area", "文件里没有本系统的区划代码，请先载入区划或核对代码。")
    with transaction.atomic():
        AreaOutline.objects.bulk_create(
            [
                AreaOutline(area_id=pk, rings=outlines[code], source=source, imported_at=now)
                for code, pk in areas.items()
            ],
            update_conflicts=True,
            unique_fields=["area"],
            update_fields=["rings", "source", "imported_at"],
        )
    return len(areas), sorted(set(outlines) - set(areas))
