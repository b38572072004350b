"""What of the member table, the pairing report and the map is shown."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from grids.choices import PairingLevel
from grids.models import Area
from teams.models import Team


class PlaceFilter(forms.Form):
    """As of a day, of a township; everything may be left empty."""

    township = forms.ChoiceField(label="镇街", required=False)
    on = forms.DateField(label="截至日期", required=False)

    def __init__(self, *args: Any, townships: Iterable[Area], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["township"].choices = [("", "全部镇街"), *((one.code, one.name) for one in townships)]
        self.fields["on"].initial = today

    def clean_on(self) -> date:
        day = self.cleaned_data["on"] or self.today
        if day > self.today:
            raise forms.ValidationError("截至日期不能晚于今天。")
        return day


class MemberFilter(PlaceFilter):
    team = forms.ModelChoiceField(label="团队", required=False, queryset=None, empty_label="全部团队")

    field_order = ("township", "team", "on")

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams
        self.fields["team"].label_from_instance = _team_name


def _team_name(team: Team) -> str:
    return f"{team.name}（{team.institution.name}）"


class PairFilter(PlaceFilter):
    level = forms.ChoiceField(label="层次", required=False, choices=[("", "全部层次"), *PairingLevel.choices])
    missing = forms.BooleanField(label="只看未结对", required=False)

    field_order = ("township", "level", "on", "missing")


class MapFilter(forms.Form):
    """One township at a time."""

    township = forms.ChoiceField(label="镇街", required=False)
    gap = forms.ChoiceField(label="缺口", required=False)

    def __init__(
        self, *args: Any, townships: Iterable[Area], gaps: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].choices = [(one.code, one.name) for one in townships]
        self.fields["gap"].choices = [("", "全部网格"), *gaps]
