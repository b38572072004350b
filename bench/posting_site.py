"""What reporting is measured against: a server of the same kind that inserts one bare row for each request.

No sign-in, no checks, no clocks, no log: only reading a form and writing a row of the same table.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from outreach.choices import ReportKind  # noqa: E402
from outreach.models import GridReport  # noqa: E402


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if environ["REQUEST_METHOD"] == "POST":
        form = parse_qs(environ["wsgi.input"].read(length).decode())
        GridReport.objects.create(
            client_token=uuid4(),
            kind=ReportKind.NEED,
            grid_id=int(form["grid"][0]),
            reporter_id=int(form["reporter"][0]),
            reported_at=timezone.now(),
        )
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"state": "saved"}']
