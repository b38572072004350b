"""Where a household lives: grid, address, and the dwelling if its building is registered."""

from datetime import date
from typing import Any

from django import forms

from core.text import clean, tidy
from grids.models import Building, Dwelling, Grid
from residents.actions import Place
from residents.forms.fields import MOST_OPTIONS, GridChoice, grids_for
from residents.models import Household
from teams.models import User


class PlaceForm(forms.Form):
    """The dwelling is found by building, unit and room; without a building the address alone tells."""

    grid = GridChoice()
    address = forms.CharField(label="家庭住址", max_length=200)
    building = forms.ChoiceField(
        label="楼栋", required=False, help_text="同一住房可以住几户，请选同一楼栋和房号。"
    )
    unit = forms.IntegerField(label="单元", required=False, min_value=1, max_value=99, initial=1)
    room = forms.CharField(label="房号", max_length=20, required=False)

    def __init__(self, *args: Any, user: User, on: date, household: Household | None = None, **kwargs: Any):
        super().__init__(*args, initial=_as_it_is(household), **kwargs)
        self.fields["grid"].queryset = grids_for(user, on)
        buildings = Building.objects.visible_to(user).select_related("grid").order_by("grid__code", "name")
        found = list(buildings[: MOST_OPTIONS + 1])
        if len(found) > MOST_OPTIONS:  # a wide scope: those of the own grid still serve
            near = buildings.filter(grid=household.grid_id) if household else buildings.none()
            found = list(near[:MOST_OPTIONS])
        self.buildings = {str(one.pk): one for one in found}
        self.fields["building"].choices = [
            ("", "未登记楼栋"),
            *((pk, f"{one.name}（{one.grid.name}）") for pk, one in self.buildings.items()),
        ]

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        cleaned["dwelling"] = self._dwelling(cleaned)
        return cleaned

    def _dwelling(self, cleaned: dict) -> Dwelling | None:
        building, room = self.buildings.get(cleaned.get("building", "")), clean(cleaned.get("room", ""))
        if building is None:
            return None
        if not room:
            self.add_error("room", "选了楼栋，请填写房号；没有房号请把楼栋改为“未登记楼栋”。")
            return None
        found = Dwelling.objects.filter(building=building, unit=cleaned.get("unit") or 1, room=room).first()
        if found is None:
            self.add_error("room", "该楼栋没有登记这个单元和房号，请核对，或把楼栋改为“未登记楼栋”。")
        return found

    def facts(self) -> dict[str, Any]:
        """What ``change_place`` and ``create_household`` take."""
        cleaned = self.cleaned_data
        return {
            "grid": cleaned["grid"],
            "address": tidy(cleaned["address"]),
            "dwelling": cleaned["dwelling"],
        }

    def place(self) -> Place:
        return Place(**self.facts())


def _as_it_is(household: Household | None) -> dict[str, Any]:
    if household is None:
        return {}
    known: dict[str, Grid | str | int | None] = {"grid": household.grid, "address": household.address}
    if household.dwelling is not None:
        door = household.dwelling
        known |= {"building": str(door.building_id), "unit": door.unit, "room": door.room}
    return known
