"""The permission table: every URL, every role, by GET and by POST with nothing in it.

``authz_matrix.csv`` says what each cell answers; a person reviews it. To see what the site answers now, set
``PERMISSIONS_SEEN`` to a folder: the actual table is written there, one file for each role, and nothing is accepted.
Statuses: 200 page, 302 sent elsewhere (for strangers: to the login page), 403 not allowed, 404 out of scope or not
there, 405 not by this method. A POST with nothing in it answers 200 when the form comes back with its faults.
"""

import csv
import os
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from tests.house.routes import Route, routes
from tests.house.world import ROLES

TABLE = Path(__file__).with_name("authz_matrix.csv")
METHODS = ("GET", "POST")
ROUTES = {route.name: route for route in routes()}


def expected() -> dict[tuple[str, str], dict[str, int]]:
    with TABLE.open() as file:
        return {
            (row["url"], row["method"]): {role: int(row[role]) for role in ROLES}
            for row in csv.DictReader(file)
        }


def test_every_url_is_in_the_table_and_nothing_else_is():
    known = set(expected())
    there = {(name, method) for name in ROUTES for method in METHODS}
    assert there - known == set(), "add these to authz_matrix.csv"
    assert known - there == set(), "these are gone, take them out of authz_matrix.csv"


def test_url_names_are_unique():
    names = [route.name for route in routes()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if not route.is_admin])
def test_every_view_says_whom_it_is_for(name):
    view = ROUTES[name].view
    is_public = getattr(view, "login_required", True) is False
    assert is_public or hasattr(view, "needs"), (
        f"{name}: decorate it with needs(), signed_in or login_not_required"
    )
    assert not (is_public and hasattr(view, "needs"))


PUBLIC = {"login", "healthz", "readyz", "admin:login"}
# Behind the square code on a resident's paper: a secret address and a second factor instead of an account.
PUBLIC |= {f"public-{one}" for one in ("link", "agreement", "confirm", "dispute", "close")}
# What hangs at a service point for everybody to read, and the booking of a seat there.
PUBLIC |= {f"public-point{one}" for one in ("", "-book", "-book-slot", "-booking", "-booking-cancel")}
# The public site: places, teams, letters, how to sign; nothing of any resident.
PUBLIC |= {
    f"public-{one}"
    for one in ("home", "find", "township", "village", "grid", "team", "letter", "guide", "short")
}
# The monthly disclosures, and the map of teams and points.
PUBLIC |= {
    f"public-{one}" for one in ("bulletin", "bulletin-archive", "bulletin-picture", "map", "map-township")
}
# Behind a link to one resident: a secret address and a second factor instead of an account.
PUBLIC |= {f"public-{one}" for one in ("personal", "personal-code", "mine", "mine-close")}
# Whether the server is there and the telephone still signed in: says nothing else.
PUBLIC |= {"grid-ping"}


def test_what_is_public_is_named_here():
    assert {
        name for name, route in ROUTES.items() if not getattr(route.view, "login_required", True)
    } == PUBLIC


class Undo(Exception):
    """Takes back whatever a call changed."""


def call(browser: Client, route: Route, method: str, half, user) -> int:
    """The status of one cell; the database is as before afterwards."""
    status = 0
    address = half.address(route, user)
    try:
        with transaction.atomic():
            answer = browser.generic(method, address, content_type="application/x-www-form-urlencoded")
            status = answer.status_code
            if user is None and status == 302:
                assert answer.url.startswith("/login/"), f"{route.name} sends strangers to {answer.url}"
            raise Undo
    except Undo:
        return status


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_every_cell_answers_as_the_table_says(role, persons, half_a, capsys):
    user = persons[role]
    browser = Client(raise_request_exception=False)
    if user is not None:
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = browser.cookies.copy()
    seen = {}
    for name, route in ROUTES.items():
        for method in METHODS:
            browser.cookies = cookie.copy()
            seen[name, method] = call(browser, route, method, half_a, user)
    if folder := os.environ.get("PERMISSIONS_SEEN"):
        text = "".join(f"{name},{method},{status}\n" for (name, method), status in seen.items())
        Path(folder, f"{role}.csv").write_text(text)
    table = expected()
    wrong = [
        f"{name} {method}: {status}, the table says {table[name, method][role]}"
        for (name, method), status in seen.items()
        if (name, method) in table and status != table[name, method][role]
    ]
    with capsys.disabled():
        print(f"\npermission table: {role}: {len(seen)} cells of {len(ROUTES)} URLs called", end="")
    assert not wrong, "\n".join(wrong)
