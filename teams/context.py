"""What every page needs to draw its frame."""

from django.http import HttpRequest

from teams.access import Permission, may


def navigation(request: HttpRequest) -> dict:
    """``can``: the names of the permissions the signed-in person holds, for showing or hiding links."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"can": frozenset()}
    return {"can": frozenset(one.name for one in Permission if may(user, one))}
