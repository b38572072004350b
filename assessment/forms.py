"""What a coverage page can be asked."""

from collections.abc import Iterator
from datetime import date

from django import forms

from assessment.choices import Level, Order

FIRST_DAY = date(2000, 1, 1)


def _orders() -> Iterator[tuple[str, str]]:
    for code, label in Order.choices:
        yield code, label
        yield f"-{code}", f"{label}从高到低"


class CoverageFilter(forms.Form):
    """The as-of day, the level of the rows, the area they lie in, and the order; all but the day may be left out."""

    on = forms.DateField(label="统计日期")
    level = forms.ChoiceField(
        label="统计层级", choices=Level.choices, required=False, widget=forms.HiddenInput
    )
    area = forms.RegexField(
        r"^\d{6}(\d{3}){0,2}$",
        label="区划",
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": "区划代码应为 6、9 或 12 位数字。"},
    )
    sort = forms.ChoiceField(label="排序", choices=[*_orders()], required=False, widget=forms.HiddenInput)

    def __init__(self, *args, today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["on"].widget.attrs |= {"min": FIRST_DAY.isoformat(), "max": today.isoformat()}

    def clean_on(self) -> date:
        on = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError("统计日期不能晚于今天。")
        if on < FIRST_DAY:
            raise forms.ValidationError("统计日期不能早于2000年1月1日。")
        return on
