from django import forms

from outreach.forms.outbox import OutboxForm


class WeekForm(OutboxForm):
    """The week that brought nothing to report, by its Monday."""

    week = forms.DateField(widget=forms.HiddenInput)
    is_training = forms.BooleanField(required=False, widget=forms.HiddenInput)
