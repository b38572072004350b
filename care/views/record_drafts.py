"""Keeping and dropping what somebody has typed into a record form."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from care.actions import CannotKeepRecordDraft, drop_record_drafts, keep_record_draft, token_of
from care.views.records import address_of, load_resident, schemas_asked, token_sent
from teams.access import Permission, needs


@require_POST
@needs(Permission.CARE_RECORD)
def record_draft(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """Sent by the page itself some seconds after typing; answers when it was saved, as HH:MM."""
    resident, schemas = load_resident(request, pk), schemas_asked(request, form)
    token = token_sent(request)
    try:
        draft = keep_record_draft(
            by=request.user,
            resident=resident,
            forms=[one.code for one in schemas],
            typed=dict(request.POST.lists()),
            token=token_of(token, schemas[0].code) if token else None,
        )
    except CannotKeepRecordDraft as refusal:
        return JsonResponse({"error": refusal.sentence}, status=413)
    return JsonResponse({"saved": timezone.localtime(draft.saved_at).strftime("%H:%M") if draft else ""})


@require_POST
@needs(Permission.CARE_RECORD)
def record_draft_drop(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """Begin anew."""
    resident, schemas = load_resident(request, pk), schemas_asked(request, form)
    drop_record_drafts(by=request.user, resident=resident, forms=[one.code for one in schemas])
    messages.success(request, "草稿已放弃，表单回到初始内容。")
    return redirect(address_of(resident, schemas))
