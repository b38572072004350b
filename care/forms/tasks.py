"""Closing a task by hand."""

from django import forms

from care.actions.closing import BY_HAND


class CloseForm(forms.Form):
    """A reason that a person may give, and a word to it."""

    reason = forms.ChoiceField(
        label="原因", choices=[("", "请选择"), *((one.value, one.label) for one in BY_HAND)]
    )
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="选“其他”时必填。")
