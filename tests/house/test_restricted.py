"""Severe mental disorder and HIV over every page and every file: only who was named for it sees them, and only on the
page of the person (mental-health law, HIV regulation)."""

import datetime as dt
import io
import zipfile

import pytest
from django.test import Client

from residents.choices import RESTRICTED, Evidence, Population
from residents.models import PopulationFlag
from teams.access import Permission, may
from tests.house.routes import Route, routes
from tests.house.world import ROLES

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROUTES = routes()
MARKS = {Population.SMI: "标记受限甲", Population.HIV: "标记受限乙"}
PERSON_PAGES = {"resident-detail", "care-resident", "flag-edit", "flag-end", "duplicate-detail"}
# Guide maps: for those named the sign of severe mental disorder, on the screen only; HIV for nobody.
MAP_PAGES = {
    "guide-grid", "guide-village", "guide-building", "guide-door", "guide-contact", "guide-grid-analysis",
    "guide-village-analysis",
}  # fmt: skip
# Where the names of all kinds stand as words of the trade, beside nobody: criteria, policy numbers, packages, filters.
VOCABULARY = (
    "population-",
    "flag-add",
    "admin:",
    "package-",
    "roster-",
    "agreement-",
    "rule-table",
    "whistle-confirm",
    "whistle-register",
    "grid-report-",
)


def text_of(answer) -> str:
    """The words of a page or of a file: spreadsheets are opened."""
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if zipfile.is_zipfile(io.BytesIO(raw)):
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            raw = b"\n".join(packed.read(name) for name in packed.namelist())
    return raw.decode(errors="ignore")


@pytest.fixture
def flags(half_a):
    return [
        PopulationFlag.objects.create(
            resident=half_a.resident,
            kind=kind,
            evidence=Evidence.MEDICAL_RECORD,
            starts_on=dt.date(2026, 1, 5),
            detail=mark,
            source=mark,
        )
        for kind, mark in MARKS.items()
    ]


def leaks(route: Route, text: str, is_named: bool) -> list[str]:
    """What stands on a page that must not."""
    if is_named and route.name in PERSON_PAGES:
        return []
    found = [mark for mark in MARKS.values() if mark in text]
    if is_named and route.name in MAP_PAGES:
        return found + [str(Population.HIV.label)] * (Population.HIV.label in text)
    if not route.name.startswith(VOCABULARY):
        found += [str(kind.label) for kind in RESTRICTED if kind.label in text]
    return found


@pytest.mark.parametrize("role", ROLES[1:])
def test_no_page_and_no_file_tells_a_restricted_kind(role, persons, half_a, flags):
    user = persons[role]
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie, is_named = browser.cookies.copy(), may(user, Permission.RESIDENT_RESTRICTED)
    found = {}
    for route in ROUTES:
        browser.cookies = cookie.copy()
        told = leaks(route, text_of(browser.get(half_a.address(route, user))), is_named)
        if told:
            found[route.name] = told
    assert found == {}


@pytest.mark.parametrize("role", ROLES[1:])
def test_the_flag_itself_exists_only_for_who_is_named(role, persons, half_a, flags):
    user = persons[role]
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    is_named = may(user, Permission.RESIDENT_RESTRICTED)
    for flag in flags:
        for verb in ("edit", "end"):
            answer = browser.get(f"/residents/flags/{flag.pk}/{verb}/")
            assert (answer.status_code == 200) == is_named
    page = browser.get(f"/residents/{half_a.resident.pk}/")
    for mark in MARKS.values():
        assert (mark in page.content.decode()) == is_named
