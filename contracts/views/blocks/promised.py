"""Promised, done, left, in short."""

from datetime import date
from typing import Any

from django.http import HttpRequest

from contracts.queries.agreements import AgreementDetail
from contracts.views.promises import promises_for


def read(request: HttpRequest, detail: AgreementDetail, *, on: date) -> dict[str, Any] | None:
    """Eight queries at most, however many persons; nothing for a void agreement."""
    found = promises_for(request, [detail.agreement.pk])
    return {"promises": found[0]} if found else None
