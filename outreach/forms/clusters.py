from django import forms


class CloseAlertForm(forms.Form):
    """What was found and done about an alert."""

    note = forms.CharField(
        label="核实和处置情况",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="如：是否属聚集性疫情、是否报疾控、采取了什么措施。",
    )
