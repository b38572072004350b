"""Over every page: headers, tokens, no side effects of looking, nothing in clear, nothing of the other half."""

import re

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from residents.models import Resident
from tests.house.routes import Route, routes
from tests.house.world import ROLES

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROUTES = routes()
# The login page of the management site hands on to ours; what a stranger gets everywhere is a redirect.
LOOKING = ("bureau", "institution_steward", "team_leader", "sentinel", "auditor")
# Looking writes only here: the log of reads, one's own session, and what a first look at a form must remember.
MAY_BE_WRITTEN = (
    "core_readlog",
    "teams_session",
    "teams_loginrecord",
    "contracts_agreementevent",
    "contracts_residentlink",  # made when its paper is printed for the first time
    "outreach_shortlink",  # so are the square codes of grids and teams
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def browser_of(user, **options) -> Client:
    browser = Client(**options)
    if user is not None:
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def body_of(answer) -> str:
    """The text of an answer; "" for files."""
    if answer.streaming or not answer["Content-Type"].startswith(("text/", "application/json")):
        return ""
    return answer.content.decode()


def is_published(route: Route) -> bool:
    """The same for everybody: kept by caches, and of no half."""
    return getattr(route.view, "is_published", False)


def check_headers(route: Route, answer, is_known: bool) -> list[str]:
    wanted = HEADERS | {"Referrer-Policy": "strict-origin"} if route.name.startswith("public-") else HEADERS
    found = [f"{name}: {answer.get(name)}" for name, value in wanted.items() if answer.get(name) != value]
    policy = answer.get("Content-Security-Policy", "")
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        if part not in policy:
            found.append(f"CSP without {part}")
    if "unsafe" in policy or "*" in policy:
        found.append(policy)
    is_kept = is_published(route) or route.name == "admin:jsi18n"
    if is_known and "no-store" not in answer.get("Cache-Control", "") and not is_kept:
        found.append(f"Cache-Control: {answer.get('Cache-Control')}")
    for cookie in answer.cookies.values():
        if (
            cookie.value
            and not (cookie["httponly"] and cookie["samesite"] == "Lax")
            and cookie.key != "messages"
        ):
            found.append(f"cookie {cookie.key}")
    return found


INLINE = (
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>",
    r"<style[\s>]",
    r"<[^>]*\sstyle=",
    r"<[^>]*\son[a-z]+=",
    r"(?:src|href|action)=[\"'](?:https?:)?//",
)


# Tap to call: holders of RESIDENT_REVEAL get the number in the link, the page shows it masked, the read is logged.
CALLING = {"resident-detail", "care-resident", "contact-new"}
CALLS = re.compile(r'href="tel:[\d-]+"')


def check_body(route: Route, answer, half) -> list[str]:
    text = body_of(answer)
    if route.name in CALLING:
        text = CALLS.sub("", text)
    found = [
        f"in clear: {secret[:3]}…"
        for secret in (half.resident.id_number, half.resident.phone)
        if secret in text
    ]
    if "Traceback" in text or "SECRET" in text:
        found.append("shows its inside")
    if answer["Content-Type"].startswith("text/html"):
        found += [match.group(0)[:80] for pattern in INLINE if (match := re.search(pattern, text))]
    return found


def check_writes(queries) -> list[str]:
    writes = [one["sql"] for one in queries if re.match(r"\s*(INSERT|UPDATE|DELETE)", one["sql"])]
    return [sql[:80] for sql in writes if not re.search(rf'"({"|".join(MAY_BE_WRITTEN)})"', sql)]


@pytest.mark.parametrize("role", ("anonymous", *LOOKING))
def test_every_page_is_safe_to_look_at(role, persons, half_a):
    """Headers and body of every GET, and that it changes nothing but the logs."""
    user = persons[role]
    browser = browser_of(user)
    cookie = browser.cookies.copy()
    faults = {}
    for route in ROUTES:
        browser.cookies = cookie.copy()
        address = half_a.address(route, user)
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get(address)
        found = check_headers(route, answer, user is not None) + check_body(route, answer, half_a)
        # The page of the printed agreement is where both may stand: it was opened by name and logged.
        if route.name == "agreement-print":
            found = [one for one in found if not one.startswith("in clear")]
        found += check_writes(captured.captured_queries)
        if found:
            faults[route.name] = found
    assert faults == {}


@pytest.mark.parametrize("role", ["bureau", "team_leader", "sentinel"])
def test_nothing_is_posted_without_a_token(role, persons, half_a):
    """403 on every page that would otherwise have taken the form."""
    user = persons[role]
    browser = browser_of(user, enforce_csrf_checks=True)
    free = browser_of(user)
    cookie, taken = browser.cookies.copy(), []
    for route in ROUTES:
        address = half_a.address(route, user)
        browser.cookies, free.cookies = cookie.copy(), cookie.copy()
        answer = browser.post(address)
        if answer.status_code not in (403, 404, 405):
            taken.append(f"{route.name}: {answer.status_code}")
    assert [one for one in taken if not one.startswith("admin:logout")] == []


OPEN_TABLES = {
    "RiskScheme",
    "FulfilmentStandard",
    "HomeCareLabel",
    "AgreementTemplate",
    "PolicySetting",
    "RuleTable",
    "PointRule",
    "SeasonEntry",
    "Survey",
    "WorkDay",
}
# What a poster leads to; whoever holds the secret of a booking may see it. Square codes of the map and of how to sign.
FOR_EVERYBODY = ("public-point", "qr-general")
OWNED = {"RosterImport", "ComparisonLine", "Digest", "PosterRun"}  # whose upload or message it is decides


@pytest.mark.parametrize("role", ["institution_steward", "team_leader", "team_member", "street", "sentinel"])
def test_rows_of_the_other_half_do_not_exist(role, persons, half_a, half_b):
    """Every page of one row, asked for a row of side B by somebody of side A: not found, and none of its words."""
    from tests.house.world import _model_of

    user = persons[role]
    browser = browser_of(user)
    cookie, leaks = browser.cookies.copy(), []
    for route in ROUTES:
        if not route.params or is_published(route) or route.name.startswith(FOR_EVERYBODY):
            continue
        if _model_of(route) is None or _model_of(route).__name__ in OPEN_TABLES:
            continue
        owner = persons["bureau"] if _model_of(route).__name__ in OWNED else user
        address = half_b.address(route, owner)
        for method in ("GET", "POST"):
            browser.cookies = cookie.copy()
            with transaction.atomic():
                answer = browser.generic(method, address, content_type="application/x-www-form-urlencoded")
                transaction.set_rollback(True)
            if answer.status_code not in (302, 403, 404, 405) or "标记b" in body_of(answer):
                leaks.append(f"{route.name} {method}: {answer.status_code}")
            if answer.status_code == 302 and not route.is_admin:
                leaks.append(f"{route.name} {method}: 302 {answer.url}")
    assert leaks == []


@pytest.mark.parametrize("role", ["institution_steward", "team_leader", "team_member", "street", "sentinel"])
def test_lists_hold_nothing_of_the_other_half(role, persons, half_a, half_b):
    browser = browser_of(persons[role])
    leaks = []
    for route in ROUTES:
        if not route.params and "标记b" in body_of(browser.get(half_b.address(route, persons[role]))):
            leaks.append(route.name)
            browser = browser_of(persons[role])
    assert leaks == []


def test_the_markers_are_there_for_who_may_see_both(persons, half_a, half_b):
    """Else the tests above would pass by finding nothing anywhere."""
    browser = browser_of(persons["bureau"])
    text = body_of(browser.get("/admin/grids/posting/"))
    assert "标记a" in text
    assert "标记b" in text
    assert Resident.objects.filter(name__startswith="标记b").exists()
    assert set(LOOKING) < set(ROLES)
