"""Entries that may be one person: the queue, one pair, telling apart, merging, and taking a merge apart."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from residents import actions
from residents.choices import DuplicateState
from residents.forms.duplicates import FIRST, SECOND, DifferentForm, MergeForm
from residents.models import DuplicatePair, Resident, ResidentMerge
from residents.policy import policy_on
from residents.queries.duplicates import queue_page, reason_counts, sentences_of, waiting_pairs
from residents.queries.pairs import load_pair, part_values, side_by_side
from residents.rules.duplicates import TABLE, Advice, advice_for
from residents.rules.merging import better_kept, differing, proposed
from teams.access import Permission, needs

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs(Permission.RESIDENT_VIEW, Permission.RESIDENT_MERGE)
def duplicate_list(request: HttpRequest) -> HttpResponse:
    """What nobody has decided yet, likeliest first; ``?reason=`` narrows."""
    reason = request.GET.get("reason", "")
    page = queue_page(waiting_pairs(request.user, reason), request.GET.get("after", ""))
    counts = reason_counts(waiting_pairs(request.user))
    shown = [person.pk for line in page.lines for person in (line.first, line.second)]
    log_read(request, "resident", shown, action=ReadLog.Action.LIST)
    next_address = ""
    if page.next_after:
        address = request.GET.copy()
        address["after"] = page.next_after
        next_address = f"?{address.urlencode()}"
    return render(request, "residents/duplicates/list.html", {
        "lines": page.lines,
        "next_address": next_address,
        "reason": reason if reason in TABLE else "",
        "total": counts.get("", 0),
        "reasons": [(code, told.label, counts[code]) for code, told in TABLE.items() if counts.get(code)],
        "untangle": Advice.UNTANGLE,
    })  # fmt: skip


def _open_pair(request: HttpRequest, pk: int) -> tuple[DuplicatePair, Resident, Resident]:
    """A pair in scope that waits for a decision, with both entries; else 404."""
    pair = get_object_or_404(DuplicatePair.objects.visible_to(request.user).waiting(), pk=pk)
    people = load_pair(request.user, pair.first_id, pair.second_id)
    if people is None:
        raise Http404
    return pair, *people


@require_safe
@needs(Permission.RESIDENT_VIEW, Permission.RESIDENT_MERGE)
def duplicate_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Both entries side by side; a pair that was merged leads to the kept entry."""
    merged = DuplicatePair.objects.visible_to(request.user).filter(pk=pk, state=DuplicateState.MERGED).first()
    if merged is not None:
        # Where the kept entry was merged on, both are gone by now and lead to the same one.
        gone = Resident.objects.filter(pk__in=(merged.first_id, merged.second_id), merged_into__isnull=False)
        kept = gone.values_list("merged_into", flat=True).first()
        if kept is None:
            raise Http404
        return redirect("resident-detail", kept)
    pair, first, second = _open_pair(request, pk)
    return _pair_page(request, pair, first, second, DifferentForm())


def _pair_page(
    request: HttpRequest,
    pair: DuplicatePair,
    first: Resident,
    second: Resident,
    form: DifferentForm,
    status: int = 200,
) -> HttpResponse:
    log_read(request, "resident", [first.pk, second.pk])
    advice = advice_for(pair.reasons)
    context = {
        "pair": pair,
        "first": first,
        "second": second,
        "rows": side_by_side(request.user, first, second),
        "sentences": sentences_of(pair.reasons),
        "advice": advice,
        "is_tangled": advice == Advice.UNTANGLE,
        "form": form,
    }
    return render(request, "residents/duplicates/pair.html", context, status=status)


@require_POST
@needs(Permission.RESIDENT_VIEW, Permission.RESIDENT_MERGE)
def duplicate_different(request: HttpRequest, pk: int) -> HttpResponse:
    """Two persons: the pair leaves the queue for good."""
    pair, first, second = _open_pair(request, pk)
    form = DifferentForm(request.POST)
    if form.is_valid():
        try:
            actions.tell_apart(pair=pair, note=form.cleaned_data["note"], by=request.user, at=timezone.now())
        except actions.CannotDecide as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "已记录：不是同一人，以后不再列出这一对。")
            return redirect("duplicate-list")
    return _pair_page(request, pair, first, second, form, status=422)


@FORM_METHODS
@needs(Permission.RESIDENT_VIEW, Permission.RESIDENT_MERGE)
def duplicate_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose, look at what would happen, and only then merge."""
    pair, first, second = _open_pair(request, pk)
    form = _merge_form(request, first, second)
    wants_merge = request.method == "POST" and "preview" not in request.POST
    if wants_merge and form.is_valid():
        kept, dropped = _sides(form, first, second)
        today = timezone.localdate()
        try:
            actions.merge_residents(
                kept=kept, dropped=dropped, take=form.taken(), reason=form.cleaned_data["reason"],
                policy=policy_on(today), by=request.user, at=timezone.now(), on=today,
            )  # fmt: skip
        except actions.CannotMergeResidents as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "已合并。如有差错，可在本页“合并记录”中撤销。")
            return redirect("resident-detail", kept.pk)
    return _merge_page(request, pair, first, second, form)


def _merge_form(request: HttpRequest, first: Resident, second: Resident) -> MergeForm:
    one, other = vars(first), vars(second)
    kept_first = better_kept(one, other)
    kept, dropped = (one, other) if kept_first else (other, one)
    mine, theirs = (FIRST, SECOND) if kept_first else (SECOND, FIRST)
    parts, wanted = differing(one, other), proposed(kept, dropped)
    initial = {part.value: theirs if part in wanted else mine for part in parts} | {"keep": mine}
    data = request.POST if request.method == "POST" else initial
    return MergeForm(data, parts=parts, values=part_values(first, second))


def _sides(form: MergeForm, first: Resident, second: Resident) -> tuple[Resident, Resident]:
    return (first, second) if form.cleaned_data["keep"] == FIRST else (second, first)


def _merge_page(
    request: HttpRequest, pair: DuplicatePair, first: Resident, second: Resident, form: MergeForm
) -> HttpResponse:
    log_read(request, "resident", [first.pk, second.pk])
    preview, today = None, timezone.localdate()
    if form.is_valid():
        kept, dropped = _sides(form, first, second)
        try:
            preview = actions.preview_merge(
                kept=kept, dropped=dropped, take=form.taken(), policy=policy_on(today),
                by=request.user, at=timezone.now(), on=today,
            )  # fmt: skip
        except actions.CannotMergeResidents as refusal:
            show_on(form, refusal)
    context = {
        "pair": pair,
        "first": first,
        "second": second,
        "form": form,
        "preview": preview,
        "is_tangled": advice_for(pair.reasons) == Advice.UNTANGLE,
    }
    return render(request, "residents/duplicates/merge.html", context)


@FORM_METHODS
@needs(Permission.RESIDENT_VIEW, Permission.RESIDENT_MERGE)
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a merge apart, after one look at what it was."""
    merges = (
        ResidentMerge.objects.visible_to(request.user)
        .standing()
        .select_related("kept", "dropped", "merged_by")
    )
    merge = get_object_or_404(merges, pk=pk)
    log_read(request, "resident", [merge.kept_id, merge.dropped_id])
    refused = ""
    if request.method == "POST":
        try:
            actions.undo_merge(merge=merge, by=request.user, at=timezone.now())
        except actions.CannotUndoMerge as refusal:
            refused = refusal.sentence
        else:
            messages.success(request, "已撤销合并，两份登记都恢复原样。")
            return redirect("resident-detail", merge.dropped_id)
    return render(request, "residents/duplicates/undo.html", {"merge": merge, "refused": refused})
