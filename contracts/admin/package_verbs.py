"""What one does to a whole package: a new version, a copy for one's own institution, beginning, ending."""

from datetime import date
from enum import StrEnum
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from contracts.actions import draft_package_version, publish_package, withdraw_package
from contracts.models import ServicePackage
from core.refusals import Refusal, show_on
from grids.admin.pages import form_page
from teams.access import scope_of
from teams.models import Institution

# verb -> (button, what the page says before it is done)
VERBS = {
    "version": ("建立新版本", "复制这个版本成为草稿，可以修改后再启用。已签的协议保留原来的版本。"),
    "copy": (
        "复制为本机构的服务包",
        "复制成为本机构自己的草稿。启用后，本机构的团队签约时用它代替同编码的全区服务包。",
    ),
    "publish": ("启用", "从启用日期起可以选用，并代替本服务包以前的版本。已签的协议保留原来的版本。"),
    "withdraw": (
        "停用",
        "停用后不能再选用；已签的协议不受影响。还没有到启用日期的，退回草稿，原来的版本继续选用。",
    ),
}


class PackageState(StrEnum):
    DRAFT = "草稿"
    COMING = "待启用"
    OFFERED = "可选用"
    REPLACED = "已有新版或已过期"
    WITHDRAWN = "已停用"


def state_of(package: Any, day: date) -> PackageState:
    """Where a version stands; ``package`` carries ``used`` and ``is_offered``."""
    if not package.is_enabled:
        is_draft = package.valid_from is None and not package.used
        return PackageState.DRAFT if is_draft else PackageState.WITHDRAWN
    if package.valid_from > day:
        return PackageState.COMING
    return PackageState.OFFERED if package.is_offered else PackageState.REPLACED


class PublishForm(forms.Form):
    valid_from = forms.DateField(label="启用日期", widget=admin.widgets.AdminDateWidget)


class CopyForm(forms.Form):
    owner = forms.ModelChoiceField(label="机构", queryset=Institution.objects.none())


class PlainForm(forms.Form):
    """Nothing to fill in: only to say yes."""


def _form(request: HttpRequest, verb: str) -> forms.Form:
    data = request.POST if request.method == "POST" else None
    if verb == "publish":
        return PublishForm(data, initial={"valid_from": timezone.localdate()})
    if verb == "copy":
        institutions = scope_of(request.user).institutions
        form = CopyForm(data, initial={"owner": next(iter(institutions), None)})
        mine = Institution.objects.visible_to(request.user)
        own = mine.filter(pk__in=institutions)
        form.fields["owner"].queryset = own if institutions else mine  # type: ignore[attr-defined]
        return form
    return PlainForm(data)


def answer_verb(
    page: admin.ModelAdmin, request: HttpRequest, package: ServicePackage, verb: str
) -> HttpResponse:
    """Ask on GET; on POST do it and show what came of it."""
    label, question = VERBS[verb]
    form = _form(request, verb)
    if form.is_valid():
        try:
            made = _do(verb, package, form.cleaned_data, request)
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"已办理：{label}“{made.name}”第{made.version}版。")
            return redirect("admin:contracts_servicepackage_change", made.pk)
    return form_page(
        request,
        page,
        "admin/contracts/servicepackage/verb.html",
        form,
        title=f"{label}：{package.name}（第{package.version}版）",
        label=label,
        question=question,
        package=package,
    )


def _do(verb: str, package: ServicePackage, data: dict[str, Any], request: HttpRequest) -> ServicePackage:
    common: dict[str, Any] = {"package": package, "by": request.user, "on": timezone.localdate()}
    if verb == "publish":
        return publish_package(valid_from=data["valid_from"], **common)
    if verb == "withdraw":
        return withdraw_package(**common)
    return draft_package_version(owner=data.get("owner"), **common)
