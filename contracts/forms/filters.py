"""Filters of lists."""

from typing import Any

from django import forms

from contracts.choices import PackageKind, ServiceTier
from teams.models import Team


class ListFilter(forms.Form):
    """Filters of the list of agreements; what cannot be understood filters nothing."""

    BUCKETS = (
        ("", "全部"),
        ("pending", "待确认"),
        ("running", "生效中"),
        ("expiring", "即将到期"),
        ("unreached", "待确认续签"),
        ("expired", "已到期"),
        ("terminated", "已解约"),
    )

    state = forms.ChoiceField(choices=BUCKETS, required=False)
    team = forms.ModelChoiceField(
        label="团队", queryset=Team.objects.none(), required=False, empty_label="全部团队"
    )
    number = forms.CharField(label="协议编号", max_length=40, required=False)
    after = forms.CharField(max_length=40, required=False)

    def __init__(self, data: Any, *, teams: Any) -> None:
        super().__init__(data)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class ShelfFilter(forms.Form):
    """Filters of the list of packages; what cannot be understood filters nothing."""

    kind = forms.ChoiceField(choices=PackageKind, required=False)
    tier = forms.TypedChoiceField(choices=ServiceTier, coerce=int, required=False, empty_value=None)
