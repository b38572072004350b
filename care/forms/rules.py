"""The form that changes a rule table: one field for each of its numbers, made from the table itself."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import format_html

from care.rules.tables import Number, Table

PREFIX = "number_"
END_OF_TIME = date(2100, 1, 1)  # a later day is a slip of the finger


class DraftForm(forms.Form):
    """From when the new version is in force, and by which document."""

    in_force_from = forms.DateField(
        label="生效日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="从这一天起按新的数值安排；已经完成的不变。",
        error_messages={"invalid": "请填写有效的日期，如 2027-01-01。", "required": "请填写生效日期。"},
    )
    source = forms.CharField(
        label="依据",
        max_length=300,
        help_text="批准这次改动的文件名称、文号或会议纪要。",
        error_messages={"required": "请写明批准这次改动的文件。"},
    )

    def clean_in_force_from(self) -> date:
        day = self.cleaned_data["in_force_from"]
        if day >= END_OF_TIME:
            raise forms.ValidationError("生效日期太远，请核对年份。")
        return day

    def numbers(self) -> dict[str, Any]:
        """Name -> value as it is stored."""
        return {
            name.removeprefix(PREFIX): str(value) if isinstance(value, Decimal) else value
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIX)
        }


def draft_form(table: Table) -> type[DraftForm]:
    """A form with a field for each number of a table, but for those that are changed elsewhere."""
    fields = {PREFIX + one.name: _field(one) for one in table.numbers.values() if not one.policy}
    return type("RuleDraftForm", (DraftForm,), fields)


def _field(one: Number) -> forms.Field:
    kind = forms.IntegerField if isinstance(one.value, int) else forms.DecimalField
    note = f"；{one.note}" if one.note else ""
    bounds = f"应在 {one.least} 到 {one.most} 之间。"
    extra = {} if kind is forms.IntegerField else {"decimal_places": 2}
    return kind(
        label=f"{one.label}（{one.unit}）",
        initial=one.value,
        min_value=one.least,
        max_value=one.most,
        help_text=format_html(
            "出处 {}{}；现为 {}，可填 {} 到 {}", one.source, note, one.value, one.least, one.most
        ),
        error_messages={
            "required": "请填写数值。",
            "invalid": "请填写数字。",
            "min_value": bounds,
            "max_value": bounds,
            "max_decimal_places": "最多两位小数。",
        },
        **extra,
    )
