"""Pages of our own inside the management site: one form, drawn like Django's own."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import AdminForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def form_page(
    request: HttpRequest,
    page: admin.ModelAdmin,
    template: str,
    form: forms.Form,
    *,
    title: str,
    **context: Any,
) -> HttpResponse:
    """The page of a form; a refused form keeps what was typed and answers 200 like Django's own pages."""
    shown = page.admin_site.each_context(request) | {
        "title": title,
        "opts": page.model._meta,
        "form": form,
        "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}),
        "media": page.media + form.media,
        **context,
    }
    return TemplateResponse(request, template, shown)
