"""Records on paper: the browser's own printing, or PDF (``?format=pdf``)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.choices import RecordState
from care.models import ServiceRecord
from care.papers import can_print, paper_of
from contracts.printing.answers import Frame, answer
from core.models import ReadLog
from core.readlog import log_read
from teams.access import Permission, needs

_NOTE = "A4 纸，交给居民。本页含居民姓名，打开已记入查阅日志。"


@require_safe
@needs(Permission.CARE_VIEW, Permission.RESIDENT_REVEAL)
def record_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper of a health plan or an education prescription, in its newest version."""
    shown = ServiceRecord.objects.visible_to(request.user).select_related(
        "resident", "team__institution", "done_by"
    )
    record = get_object_or_404(shown, pk=pk)
    if not can_print(record):
        raise Http404("no paper of this form")
    if record.state != RecordState.STANDING:
        messages.error(request, "这条记录已更正或作废，请打印最新的一版。")
        return redirect("record-detail", pk)
    today = timezone.localdate()
    document = paper_of(record, on=today)
    log_read(request, "resident", [record.resident_id], action=ReadLog.Action.PRINT, reason=document.title)
    crumbs = [
        ("居民", reverse("resident-list")),
        (record.resident.masked_name, reverse("resident-detail", args=[record.resident_id])),
        ("服务记录", reverse("record-detail", args=[pk])),
    ]
    return answer(request, document, Frame(f"打印{document.title}", _NOTE, crumbs), on=today)
