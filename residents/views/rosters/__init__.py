"""Roster import: upload, watch, say what the columns are, look at what will happen, confirm, undo; take rows home."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from residents.models import RosterImport


def load(request: HttpRequest, pk: UUID, *states: str) -> RosterImport:
    """A list that the reader may see, or 404."""
    seen = RosterImport.objects.visible_to(request.user).select_related(
        "uploaded_by", "institution", "undone_by"
    )
    return get_object_or_404(seen.filter(state__in=states) if states else seen, pk=pk)
