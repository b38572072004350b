"""What the tables of fulfilment are narrowed to."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms

from teams.models import Institution, Team, User
from teams.querysets import TeamQuerySet

LEVELS = {"institution": "机构", "team": "团队", "doctor": "医生", "item": "服务项目"}


class TableFilter(forms.Form):
    """Nothing here is personal; what cannot be read is no filter."""

    by = forms.ChoiceField(required=False, choices=list(LEVELS.items()), widget=forms.HiddenInput)
    institution = forms.ModelChoiceField(
        Institution.objects.none(), label="机构", required=False, empty_label="全部机构"
    )
    team = forms.ModelChoiceField(Team.objects.none(), label="团队", required=False, empty_label="全部团队")
    in_year = forms.IntegerField(required=False, min_value=2000, max_value=2100, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, teams: TeamQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = (
            Institution.objects.visible_to(user).filter(pk__in=teams.values("institution")).order_by("name")
        )
        self.fields["institution"].queryset = known
        self.fields["team"].queryset = teams.order_by("name")

    def first_level(self, institution: Any, team: Any) -> str:
        """The district compares its institutions, an institution its teams, a team its doctors."""
        if team:
            return "doctor"
        options = self.fields["institution"].queryset
        return "team" if institution or len(options[:2]) < 2 else "institution"

    def tabs(self, by: str) -> list[tuple[str, str, bool]]:
        """Label, address, whether it is the one shown."""
        kept = {
            name: self.data.get(name) for name in ("institution", "team", "in_year") if self.data.get(name)
        }
        return [
            (label, "?" + urlencode(kept | {"by": level}), level == by) for level, label in LEVELS.items()
        ]

    @staticmethod
    def label_of(by: str) -> str:
        return LEVELS[by]

    def year(self, today: date) -> int:
        return self.cleaned_data.get("in_year") or today.year
