"""Forms of this room's pages."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from grids.choices import Gap
from grids.models import Area
from teams.models import Institution


class GapFilter(forms.Form):
    """What of the gaps report is shown; everything may be left empty."""

    township = forms.ChoiceField(label="镇街", required=False)
    gap = forms.ChoiceField(label="缺口", required=False, choices=[("", "全部缺口"), *Gap.choices])
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


class TeamFilter(forms.Form):
    """What of the team list is shown."""

    q = forms.CharField(label="团队或机构名称", required=False, max_length=40)
    institution = forms.ModelChoiceField(label="机构", required=False, queryset=None, empty_label="全部机构")
    trouble = forms.BooleanField(label="只看有问题的团队", required=False)

    def __init__(self, *args: Any, institutions: Iterable[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["institution"].queryset = institutions
