"""What every form of /g/ carries that the telephone may send later, and perhaps twice."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone


class TypedAtField(forms.CharField):
    """The telephone's own clock, ISO 8601, kept beside the server's; cleans to None when it says nothing sensible.

    It may be days old, or wrong: that refuses nothing that somebody has typed.
    """

    widget = forms.HiddenInput

    def clean(self, value: Any) -> datetime | None:
        try:
            moment = datetime.fromisoformat(str(value))
            return timezone.make_aware(moment) if timezone.is_naive(moment) else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None


class OutboxForm(forms.Form):
    """Base of the forms with ``data-outbox``: one token for what is typed once, however often it is sent."""

    client_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    typed_at = TypedAtField(required=False)
