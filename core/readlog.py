"""Writing the read log. No log row, no data: call it before the page is rendered, in the same request."""

from collections.abc import Iterable

from django.http import HttpRequest

from core.addresses import client_ip
from core.models import ReadLog


def log_read(
    request: HttpRequest,
    subject: str,
    ids: Iterable[int],
    *,
    action: str = ReadLog.Action.VIEW,
    reason: str = "",
    name: str = "",
) -> None:
    """One row for one page, however many persons it shows.

    Args:
        name: how the log calls a reader who has no account.
    """
    shown = sorted(set(ids))
    if not shown:
        return
    match = request.resolver_match
    ReadLog.objects.create(
        user_id=0 if name else request.user.pk,
        user_name=name or request.user.get_username(),
        ip=client_ip(request),
        action=action,
        subject=subject,
        subject_ids=shown,
        reason=reason,
        page=match.view_name if match else "",
    )
