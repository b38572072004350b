"""Filters of the worklist, and the plan made for the tasks ticked in it."""

from datetime import date
from typing import Any

from django import forms

from care.choices import Program, Urgency
from care.queries.rule_cards import RuleCards
from care.queries.worklist import HOME, PHONE, Wanted
from residents.forms.fields import MOST_OPTIONS, GridChoice, grids_for
from teams.models import Team, User

MOST_TICKED = 200


class WorklistFilter(forms.Form):
    """Nothing here is personal, so it may stand in the address; what cannot be read is no filter."""

    program = forms.ChoiceField(label="项目", required=False)
    mode = forms.ChoiceField(
        label="方式",
        required=False,
        choices=[("", "全部方式"), (HOME, "须当面"), (PHONE, "可电话或线上")],
    )
    urgency = forms.TypedChoiceField(
        label="紧急程度",
        required=False,
        coerce=int,
        empty_value=0,
        choices=[("", "全部"), (Urgency.CLOSE, "重点和紧急"), (Urgency.URGENT, "只看紧急")],
    )
    grid = GridChoice(required=False, empty_label="全部网格")
    team = forms.ModelChoiceField(Team.objects.none(), label="团队", required=False, empty_label="全部团队")
    mine = forms.BooleanField(label="只看我的", required=False)
    rule = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)

    def __init__(
        self,
        *args: Any,
        user: User,
        teams: list[Team],
        cards: RuleCards,
        on: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        hidden = {one.program for one in cards.by_id.values() if one.is_restricted}  # no list of such persons
        self.fields["program"].choices = [
            ("", "全部项目"),
            *((one.value, one.label) for one in Program if one not in hidden),
        ]
        self.fields["team"].queryset = (
            Team.objects.visible_to(user).filter(pk__in=[one.pk for one in teams]).order_by("name")
        )
        if len(teams) < 2:
            del self.fields["team"]
        self._offer_grids(user, on)

    def _offer_grids(self, user: User, on: date) -> None:
        grids = grids_for(user, on)
        field = self.fields["grid"]
        field.queryset = grids
        options = list(grids[: MOST_OPTIONS + 1])
        if not 1 < len(options) <= MOST_OPTIONS:
            del self.fields["grid"]
            return
        field.choices = [("", "全部网格"), *((one.pk, field.label_from_instance(one)) for one in options)]

    def wanted(self, text: str) -> Wanted:
        self.is_valid()
        given = self.cleaned_data
        grid, team = given.get("grid"), given.get("team")
        return Wanted(
            program=given.get("program") or "",
            rule=given.get("rule") or 0,
            grid=grid.pk if grid else 0,
            team=team.pk if team else 0,
            mode=given.get("mode") or "",
            urgency=given.get("urgency") or 0,
            text=text,
            is_mine=bool(given.get("mine")),
        )


class ColleagueChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{obj.get_profession_display()}）" if obj.profession else obj.name


class PlanForm(forms.Form):
    """A day and a colleague for the tasks ticked; leaving both empty takes their plan away."""

    planned_on = forms.DateField(label="哪一天去做", required=False, help_text="留空表示不定日期。")
    assigned_to = ColleagueChoice(
        User.objects.none(),
        label="由谁去做",
        required=False,
        empty_label="不指定",
        help_text="留空表示不指定。",
    )

    def __init__(self, *args: Any, colleagues: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        self.fields["assigned_to"].queryset = colleagues

    def clean_planned_on(self) -> date | None:
        day = self.cleaned_data["planned_on"]
        if day and day < self.on:
            raise forms.ValidationError("计划日期不能早于今天。")
        return day


class RouteFilter(forms.Form):
    """Whose route, of which day."""

    day = forms.DateField(label="日期")
    who = ColleagueChoice(User.objects.none(), label="人员", required=False, empty_label="本人")

    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].queryset = colleagues


def read_keys(typed: list[str]) -> list[tuple[int, int, int]]:
    """Resident, rule and sequence of every task ticked; what cannot be read is left out."""
    found = []
    for one in dict.fromkeys(typed):
        parts = one.split("-")
        if len(parts) == 3 and all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
            found.append((int(parts[0]), int(parts[1]), int(parts[2])))
    return found
