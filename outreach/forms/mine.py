"""What the sender of a report may still say about it."""

from django import forms

from outreach.forms.outbox import OutboxForm


class NoteForm(OutboxForm):
    """A word more about what was reported."""

    note = forms.CharField(
        label="补充一句",
        max_length=200,
        help_text="可以按输入法上的话筒，说出来。",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
