"""The number of unread messages in the head of every page."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from outreach.queries.inbox import unread_count


def inbox(request: HttpRequest) -> dict:
    """``unread``: asked once, and only by a page that shows it; a fragment costs nothing."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread": SimpleLazyObject(lambda: unread_count(user))}
