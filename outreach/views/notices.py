"""New techniques and policies on the web: lists, entering, correcting, ending (items 8 and 9)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.refusals import show_on
from outreach.actions.notices import (
    CannotKeepNotice,
    add_policy,
    add_technique,
    change_policy,
    change_technique,
    end_policy,
    end_technique,
)
from outreach.forms.notices import (
    NoticeEndForm,
    NoticeFilter,
    PolicyForm,
    TechniqueForm,
    policy_values,
    technique_values,
)
from outreach.models import NewTechnique, PolicyNotice
from outreach.queries.keepers import Keeping, kept_by
from outreach.views.calendars import FORM_METHODS, looks
from teams.access import Permission, may, needs

P = Permission
PAGE_SIZE = 50
_SAVED = "已保存，下次生成十公开时自动写入；已经发布的十公开不变。"


@dataclass(frozen=True)
class _Kind:
    """One of the two, with its words, addresses and form; a verb is called with the row's name of it.

    Attributes:
        here: its tab. one: URL names of its pages begin so.
    """

    model: type[Model]
    here: str
    one: str
    title: str
    lead: str
    form: type[TechniqueForm] | type[PolicyForm]
    values: Callable[[Any], dict[str, Any]]


_TECHNIQUES = _Kind(
    NewTechnique, "techniques", "technique", "新技术与中医适宜技术",
    "写入十公开第 8 项；医院登记的，同时告知本区各团队的居民。", TechniqueForm, technique_values,
)  # fmt: skip
_POLICIES = _Kind(
    PolicyNotice, "policies", "policy", "政策宣传",
    "写入十公开第 9 项；区卫健局登记的面向全区，机构登记的只面向本机构的居民。", PolicyForm, policy_values,
)  # fmt: skip


@require_safe
@looks
def technique_list(request: HttpRequest) -> HttpResponse:
    return _list(request, _TECHNIQUES)


@require_safe
@looks
def policy_list(request: HttpRequest) -> HttpResponse:
    return _list(request, _POLICIES)


def _list(request: HttpRequest, kind: _Kind) -> HttpResponse:
    """Those that stand or will, the newest first; the keeper's own can be changed. Bounded queries."""
    today = timezone.localdate()
    form = NoticeFilter(request.GET)
    page = Paginator(_filtered(request, kind, form, today), PAGE_SIZE).get_page(request.GET.get("page"))
    params = request.GET.copy()
    params.pop("page", None)
    keeping = kept_by(request.user, on=today) if may(request.user, P.CALENDAR_MANAGE) else None
    return render(
        request,
        "outreach/calendars/notices.html",
        {
            "form": form, "page": page, "kind": kind, "today": today, "pages_address": f"?{params.urlencode()}&",
            "kept": _kept_ids(keeping, page), "keeps_district": bool(keeping and keeping.has_district),
            "can_manage": keeping is not None, "new_url": f"calendar-{kind.one}-new",
            "edit_url": f"calendar-{kind.one}-edit", "end_url": f"calendar-{kind.one}-end",
        },
    )  # fmt: skip


def _kept_ids(keeping: Keeping | None, rows: Any) -> frozenset[int]:
    if keeping is None:
        return frozenset()
    shown = {one.institution_id for one in rows} - {None}
    return frozenset(keeping.institutions.filter(pk__in=shown).values_list("pk", flat=True))


def _filtered(request: HttpRequest, kind: _Kind, form: NoticeFilter, today: date) -> QuerySet:
    rows = kind.model.objects.visible_to(request.user).select_related("institution")
    wanted = form.cleaned_data if form.is_valid() else {}
    if not wanted.get("ended"):
        rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    word = wanted.get("q", "")
    if word:
        found = (Q(**{f"{name}__contains": word}) for name in ("title", "text", "institution__name"))
        rows = rows.filter(next(found) | next(found) | next(found))
    return rows.order_by("-starts_on", F("institution__name").asc(nulls_first=True), "-pk")


def _load(request: HttpRequest, kind: _Kind, pk: int) -> Any:
    """404 for one out of sight; 403 for one that is seen but kept by others."""
    rows = kind.model.objects.visible_to(request.user).select_related("institution")
    row = get_object_or_404(rows, pk=pk)
    if not kept_by(request.user, on=timezone.localdate()).holds(row.institution_id):
        raise PermissionDenied
    return row


def _answer(
    request: HttpRequest, kind: _Kind, form: forms.Form, heading: str, save: Callable[[], Any], said: str, row: Any = None
) -> HttpResponse:  # fmt: skip
    """Save a valid form and go back to the list; else show the form."""
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except CannotKeepNotice as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, said)
            return redirect(f"calendar-{kind.here}")
    return render(
        request,
        "outreach/calendars/notice_form.html",
        {"form": form, "heading": heading, "kind": kind, "row": row, "list_url": f"calendar-{kind.here}"},
    )


def _new_form(request: HttpRequest, kind: _Kind) -> Any:
    today = timezone.localdate()
    keeping = kept_by(request.user, on=today)
    first: dict[str, Any] = {"starts_on": today}
    if not keeping.has_district:
        first["institution"] = keeping.institutions.first()
    return kind.form(
        request.POST or None,
        institutions=keeping.institutions,
        has_district=keeping.has_district,
        initial=first,
    )


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def technique_new(request: HttpRequest) -> HttpResponse:
    form = _new_form(request, _TECHNIQUES)

    def save() -> NewTechnique:
        return add_technique(
            by=request.user, institution=form.cleaned_data["institution"], facts=form.facts()
        )

    return _answer(request, _TECHNIQUES, form, "登记新技术", save, _SAVED)


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def technique_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row, today = _load(request, _TECHNIQUES, pk), timezone.localdate()
    form = TechniqueForm(request.POST or None, initial=technique_values(row))

    def save() -> NewTechnique:
        return change_technique(by=request.user, on=today, technique=row, facts=form.facts())

    return _answer(request, _TECHNIQUES, form, "修改新技术", save, _SAVED, row)


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def technique_end(request: HttpRequest, pk: int) -> HttpResponse:
    row, today = _load(request, _TECHNIQUES, pk), timezone.localdate()
    form = NoticeEndForm(request.POST or None, initial={"ends_on": max(today, row.starts_on)})

    def save() -> None:
        end_technique(by=request.user, on=today, technique=row, ends_on=form.cleaned_data["ends_on"])

    return _answer(request, _TECHNIQUES, form, "结束新技术", save, "结束日期已保存。", row)


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def policy_new(request: HttpRequest) -> HttpResponse:
    form = _new_form(request, _POLICIES)

    def save() -> PolicyNotice:
        return add_policy(by=request.user, institution=form.cleaned_data["institution"], facts=form.facts())

    return _answer(request, _POLICIES, form, "登记政策", save, _SAVED)


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def policy_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row, today = _load(request, _POLICIES, pk), timezone.localdate()
    form = PolicyForm(request.POST or None, initial=policy_values(row))

    def save() -> PolicyNotice:
        return change_policy(by=request.user, on=today, policy=row, facts=form.facts())

    return _answer(request, _POLICIES, form, "修改政策", save, _SAVED, row)


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def policy_end(request: HttpRequest, pk: int) -> HttpResponse:
    row, today = _load(request, _POLICIES, pk), timezone.localdate()
    form = NoticeEndForm(request.POST or None, initial={"ends_on": max(today, row.starts_on)})

    def save() -> None:
        end_policy(by=request.user, on=today, policy=row, ends_on=form.cleaned_data["ends_on"])

    return _answer(request, _POLICIES, form, "结束政策", save, "结束日期已保存。", row)
