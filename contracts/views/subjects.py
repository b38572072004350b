"""Whom a signing page is about: a resident or a household, named in the address, in the reader's scope."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from contracts.queries.transfers import people_to_sign
from residents.models import Household, Resident


def resident_asked(request: HttpRequest) -> Resident:
    """``?resident=``, also somebody who has asked to come to one's own team, or 404."""
    people = people_to_sign(request.user).for_lists()
    return get_object_or_404(people, pk=_number(request, "resident"))


def household_asked(request: HttpRequest) -> Household:
    """``?household=`` or 404."""
    households = Household.objects.visible_to(request.user).select_related("grid__village")
    return get_object_or_404(households, pk=_number(request, "household"))


def subject_asked(request: HttpRequest) -> dict[str, Resident | Household]:
    """Either of them, under the name by which actions and queries know it."""
    if "household" in request.GET:
        return {"household": household_asked(request)}
    return {"resident": resident_asked(request)}


def form_address(resident: Resident | None = None, household: Household | None = None) -> str:
    """Where the signing form of this subject stands."""
    if household is not None:
        return f"{reverse('agreement-sign-household')}?household={household.pk}"
    return f"{reverse('agreement-sign')}?resident={resident.pk if resident else ''}"


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Http404(f"no such {name}")
    return int(text)
