"""Management pages that save by an action: a refusal comes back at its field, and nothing typed is lost."""

from copy import copy
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse

from core.refusals import Refusal, show_on
from teams.admin_base import ScopedAdmin, ScopedInline


class ByActionForm(forms.ModelForm):
    """A form whose action asks the database itself: it may first move the very row that stands in the way."""

    def _post_clean(self) -> None:
        """Django's forms know no way to leave the constraints to somebody else; so the row does not know them here."""
        self.instance.validate_constraints = lambda exclude=None: None
        try:
            super()._post_clean()
        finally:
            del self.instance.validate_constraints


class ActionAdmin(ScopedAdmin):
    """Saving is a call of ``perform``; a Refusal rolls everything back and is shown in the form.

    The page is answered twice: the second time the form carries the refusal, so Django shows it as invalid input.
    """

    def perform(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> models.Model:
        """Call the action with the cleaned data; return the saved row."""
        raise NotImplementedError

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The row, with a copy of it as it is stored: a form writes what was typed onto the row itself, and a page that
        asks "is it over already?" must not take a refused day for a stored one."""
        obj = super().get_object(request, *args, **kwargs)
        if obj is not None:
            obj.stored = copy(obj)
        return obj

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        saved = self.perform(request, obj, form, change)
        obj.__dict__.update(saved.__dict__)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            request.refused = (refusal, getattr(refusal, "form_prefix", None))  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        return _carrying_refusal(super().get_form(request, obj, change, **kwargs), request)


class ActionInline(ScopedInline):
    """Rows below an ActionAdmin's form; its ``save_formset`` sends each row through ``at_row``."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form = _carrying_refusal(formset.form, request)
        return formset


class at_row:
    """``with at_row(form):`` a refusal raised inside is shown in that row of an inline."""

    def __init__(self, form: forms.BaseForm) -> None:
        self.prefix = form.prefix

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, Refusal):
            error.form_prefix = self.prefix  # type: ignore[attr-defined]


def _carrying_refusal(form_class: type[forms.ModelForm], request: HttpRequest) -> type[forms.ModelForm]:
    refused = getattr(request, "refused", None)
    if refused is None:
        return form_class
    refusal, prefix = refused

    class Refused(form_class):  # type: ignore[valid-type, misc]
        def _post_clean(self) -> None:
            super()._post_clean()
            if self.prefix == prefix:
                show_on(self, refusal)

    return Refused
