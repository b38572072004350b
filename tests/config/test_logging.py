"""Log lines: JSON, who and which request, nothing personal, nothing forged."""

import json
import logging
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from config.logging import logging_config, without_personal_data
from core.paths import without_secret
from residents.models import Resident
from tests.factories.residents import ResidentFactory
from tests.factories.teams import PASSWORD
from tests.house.routes import routes

CANARY_ID = "371099199001010018"
CANARY_PHONE = "13912345678"
CANARY_NAME = "金丝雀某"


@pytest.fixture
def lines():
    """Everything that any logger says while the test runs, at the level of production and as production writes it."""
    stream = StringIO()
    config = logging_config("INFO")
    formatter = dict(config["formatters"]["json"])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root, django = logging.getLogger(), logging.getLogger("django")
    before = root.level, django.level
    root.addHandler(handler)
    root.setLevel("INFO")
    django.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before[0])
    django.setLevel(before[1])


@pytest.mark.django_db
def test_request_lines_name_the_request_and_the_person(lines, sign_in, cast):
    sign_in(cast.li).get("/account/?q=someone")
    finished = [line for line in lines() if line["event"] == "request_finished"]
    (line,) = finished
    assert line["user_id"] == cast.li.pk
    assert len(line["request_id"]) == 36
    assert line["request"] == "GET /account/"
    assert line["code"] == 200


@pytest.mark.django_db
def test_anonymous_lines_have_an_id_too(lines, client):
    client.get("/login/")
    assert all(line["request_id"] for line in lines() if line["event"].startswith("request_"))
    assert not any(line.get("user_id") for line in lines())


@pytest.mark.parametrize("path", ["/p/a/{}/", "/p/l/{}/code/", "/p/points/abcd2345/booked/{}/cancel/"])
def test_the_secret_of_a_residents_link_is_starred(path):
    secret = "2f1c0d3a-5b6e-4f70-8192-a3b4c5d6e7f8"
    assert without_secret(path.format(secret)) == path.format("***")


@pytest.mark.django_db
def test_what_is_typed_into_forms_never_reaches_the_log(lines, cast):
    browser = Client(raise_request_exception=False)
    typed = {
        "username": CANARY_ID,
        "password": CANARY_ID,
        "old_password": CANARY_ID,
        "new_password": CANARY_ID,
        "code": CANARY_ID,
        "name": CANARY_NAME,
        "id_number": CANARY_ID,
        "phone": CANARY_PHONE,
        "q": CANARY_ID,
        "next": f"/{CANARY_ID}/",
    }
    browser.post("/login/", typed)
    browser.post("/login/", {"username": "li", "password": PASSWORD})
    for route in routes():
        if not route.params and route.name != "logout":
            browser.post(reverse(route.name), typed)
            browser.get(reverse(route.name), {"q": CANARY_NAME, "phone": CANARY_PHONE})
    browser.get(f"/residents/{CANARY_ID}/")
    browser.get(f"/no-such-page/{CANARY_ID}/{CANARY_PHONE}")
    said = json.dumps(lines(), ensure_ascii=False)
    assert len(lines()) > 20
    for canary in (CANARY_ID, CANARY_PHONE, CANARY_NAME):
        assert canary not in said


@pytest.mark.django_db
def test_row_values_in_database_errors_are_dropped(lines, cast, district):
    resident = ResidentFactory(name=CANARY_NAME, grid=district.grid_a)
    log = logging.getLogger("residents")
    try:
        from django.db import IntegrityError, transaction

        with transaction.atomic():
            Resident.objects.filter(pk=resident.pk).update(life_status="deceased", life_status_on=None)
    except IntegrityError:
        log.exception("could not save")
    (line,) = [line for line in lines() if line["event"] == "could not save"]
    assert "resident_status_dated" in line["exception"]
    assert CANARY_NAME not in line["exception"]


@pytest.mark.django_db
def test_line_breaks_in_input_forge_no_line(lines, client):
    forged = 'li\n{"event": "request_finished", "user_id": 1, "level": "info"}\r\nx'
    client.get("/login/", headers={"User-Agent": forged.replace("\n", "\u2028"), "X-Request-Id": "forged-id"})
    client.post("/login/", {"username": forged, "password": "x"})
    logging.getLogger("x").warning("name %s", forged)
    found = lines()
    assert not any(line.get("user_id") == 1 for line in found)
    assert not any(line.get("request_id") == "forged-id" for line in found)
    assert [line["event"] for line in found if line["logger"] == "x"] == [f"name {forged}"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (CANARY_ID, False),
        (f"id={CANARY_ID}.", False),
        ("37109919900101001X", False),
        ("371099900101001", False),
        (f"tel {CANARY_PHONE},", False),
        ("0b6f1f4e-1390-4123-9123-139123456781", True),
        ("2026-11-22T08:00:00.123456Z", True),
        ("371002001001F00017", True),
        ("37100200100101", True),
        ("took 12345678901 ns", True),
    ],
)
def test_scrubbing_takes_identity_numbers_and_phones_only(text, kept):
    line = without_personal_data(None, "info", {"event": text, "more": [text], "deep": {"a": text}})
    assert (json.dumps(line).count(text) == 3) is kept


def test_cells_that_a_failed_copy_quotes_are_dropped():
    told = 'invalid input\nCONTEXT:  COPY roster_row, line 7, column row: "林桂芳"\nmore'
    line = without_personal_data(None, "error", {"event": told})
    assert line["event"] == "invalid input\nCONTEXT:  COPY roster_row, line 7, column row:***\nmore"
