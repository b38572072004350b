"""A steward's word on a late entry."""

from django import forms


class ApprovalForm(forms.Form):
    note = forms.CharField(
        label="审批意见",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="退回时必填，录入人会看到。",
    )
