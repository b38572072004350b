"""What stands in the head of every page: unread messages, and the way back to the visit that goes on."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from outreach.queries.inbox import unread_count

RUNNING = "running_visit"  # key of the session


def inbox(request: HttpRequest) -> dict:
    """``unread``: asked once, and only by a page that shows it; a fragment costs nothing."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread": SimpleLazyObject(lambda: unread_count(user))}


def running_visit(request: HttpRequest) -> dict:
    """``running_visit``: id of the visit that this browser began or worked at today, so that one finds back to it."""
    if (
        not hasattr(request, "session")
        or not getattr(request, "user", None)
        or not request.user.is_authenticated
    ):
        return {}
    kept = request.session.get(RUNNING, {})
    today = timezone.localdate()  # noqa: TID251  # a door: the frame of every page
    return {"running_visit": kept["pk"]} if kept.get("on") == f"{today}" else {}
