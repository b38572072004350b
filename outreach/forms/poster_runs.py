"""Which posters to draw in one go."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from outreach.choices import PaperSize
from outreach.queries.poster_runs import MonthOfIssues


class PostersForm(forms.Form):
    """A month of which something is published, and the size of the paper."""

    month = forms.ChoiceField(label="月份")
    size = forms.ChoiceField(label="纸张", choices=PaperSize.choices, initial=PaperSize.A4)

    def __init__(self, *args: Any, months: Sequence[MonthOfIssues], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [
            (f"{one.month:%Y-%m}", f"{one.month.year}年{one.month.month}月（{one.count} 期）")
            for one in months
        ]

    @property
    def month_first(self) -> date:
        return date.fromisoformat(f"{self.cleaned_data['month']}-01")
