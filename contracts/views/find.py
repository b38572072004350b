"""The doctor's main search: a resident and how he stands with signing, in one line."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from contracts.models import Agreement, Refusal
from contracts.policy import policy_on
from contracts.queries.agreements import row_of, with_people
from contracts.queries.people import SignStatus, sign_status
from contracts.queries.refusals import latest_refusals, refusals_of
from core.models import ReadLog
from core.paging import keyset_page
from core.readlog import log_read
from residents.models import Resident
from residents.queries import ResidentLine, found_by, resident_lines
from residents.rules.lookup import HINT, By, read_lookup
from residents.views.searching import recall, remember
from teams.access import Permission, needs

PAGE_SIZE = 30


@dataclass(frozen=True)
class FoundRow:
    """A resident, masked, with his sign status; None if he was never signed.

    ``refusal``: the newest that no signing has settled.
    """

    person: ResidentLine
    status: SignStatus | None
    refusal: Refusal | None = None

    @property
    def can_sign(self) -> bool:
        status = self.status
        return self.person.is_present and (status is None or not status.is_running or status.may_renew)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.RESIDENT_VIEW, Permission.AGREEMENT_VIEW)
def resident_find(request: HttpRequest) -> HttpResponse:
    """Search by name, initials, last digits or phone. What was typed never stands in the address.

    A post keeps the text and leads to an address that can be reloaded and returned to.
    """
    if request.method == "POST":
        word = remember(request, request.POST.get("q", ""))
        return redirect(f"{reverse('resident-find')}?s={word}" if word else "resident-find")
    text = recall(request, request.GET.get("s", ""))
    if request.GET.get("s") and not text:
        messages.warning(request, "查找内容已过期，请重新输入。")
    lookup = read_lookup(text)
    context = {"q": text, "hint": HINT, "by": lookup.by, "is_unclear": lookup.by == By.UNCLEAR}
    if lookup.by not in (By.NOTHING, By.UNCLEAR):
        context |= _found(request, found_by(request.user, lookup))
    return render(request, "contracts/find.html", context)


def _found(request: HttpRequest, people: QuerySet[Resident]) -> dict[str, Any]:
    today = timezone.localdate()
    page = keyset_page(people.for_lists(), request.GET.get("after", ""), PAGE_SIZE)
    ids = [one.pk for one in page.rows]
    statuses = sign_status(ids, on=today, notice_days=policy_on(today).renewal_notice_days)
    log_read(request, "resident", ids, action=ReadLog.Action.LIST)
    refusals = latest_refusals(ids)
    rows = [
        FoundRow(one, statuses.get(one.id), refusals.get(one.id))
        for one in resident_lines(page.rows, on=today)
    ]
    following = urlencode({"s": request.GET["s"], "after": page.next_after}) if page.next_after else ""
    return {"rows": rows, "next_page": following, "today": today}


@require_safe
@needs(Permission.RESIDENT_VIEW, Permission.AGREEMENT_VIEW)
def resident_agreements(request: HttpRequest, pk: int) -> HttpResponse:
    """All agreements of one resident; as a fragment for his page, or on its own."""
    resident = get_object_or_404(Resident.objects.visible_to(request.user), pk=pk)
    today = timezone.localdate()
    notice = policy_on(today).renewal_notice_days
    own = Agreement.objects.visible_to(request.user).filter(enrollments__resident=resident)
    rows = [
        row_of(one, on=today, notice_days=notice) for one in with_people(own).order_by("-signed_on", "-pk")
    ]
    status = sign_status([resident.pk], on=today, notice_days=notice).get(resident.pk)
    log_read(request, "resident", [resident.pk])
    template = (
        "contracts/resident_agreements_rows.html" if request.htmx else "contracts/resident_agreements.html"
    )
    context = {"resident": resident, "rows": rows, "status": status, "refusals": refusals_of(pk)}
    return render(request, template, context)
