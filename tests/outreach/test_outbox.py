"""What the outbox of a telephone is told: who is signed in, what arrived, what is wrong; and whose entries it may send."""

import datetime as dt
import json
from uuid import UUID, uuid4

import pytest
import time_machine
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import Client, RequestFactory
from django.urls import reverse

from outreach.forms.outbox import OutboxForm
from outreach.mobile.answers import is_outbox, refused, saved
from tests.factories.teams import PASSWORD

AT = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)


def asked(*, outbox: bool):
    request = RequestFactory().post("/g/x/", headers={"X-Outbox": "1"} if outbox else {})
    request.session = {}
    request._messages = FallbackStorage(request)
    return request


class NeedForm(OutboxForm):
    count = forms.IntegerField(max_value=9, error_messages={"max_value": "最多填 9。"})
    name = forms.CharField(required=False)

    def clean(self):
        if not self.cleaned_data.get("name"):
            self.add_error(None, "请填姓名或住址。")
        return self.cleaned_data


def test_a_browser_is_led_on_with_a_message():
    request = asked(outbox=False)
    answer = saved(request, "已收到。", "grid-home")
    assert (answer.status_code, answer.url) == (302, reverse("grid-home"))
    assert [str(one) for one in get_messages(request)] == ["已收到。"]


def test_the_outbox_is_told_where_to_go_and_leaves_no_message_behind():
    request = asked(outbox=True)
    answer = saved(request, "已收到。", "inbox-message", 7)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert b'"then": "/inbox/7/"' in answer.content
    assert not list(get_messages(request))


def test_the_outbox_is_told_every_reason_by_field():
    form = NeedForm({"client_token": str(uuid4()), "count": "10"})
    assert not form.is_valid()
    answer = refused(asked(outbox=True), form, "outreach/none.html", {})
    assert answer.status_code == 422
    told = json.loads(answer.content)
    assert told == {"state": "refused", "errors": {"": ["请填姓名或住址。"], "count": ["最多填 9。"]}}


@pytest.mark.parametrize(("header", "is_marked"), [("1", True), ("0", False), ("", False)])
def test_only_the_mark_itself_counts(header, is_marked):
    assert is_outbox(RequestFactory().get("/", headers={"X-Outbox": header})) is is_marked


def test_each_page_has_a_token_of_its_own():
    first, second = (NeedForm()["client_token"].value() for _ in range(2))
    assert UUID(str(first))
    assert first != second


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-11-22T04:00:00.000Z", AT),
        ("2026-11-22T12:00:00+08:00", AT),
        ("2026-11-22T12:00", AT),
        ("2031-01-01T00:00:00Z", dt.datetime(2031, 1, 1, tzinfo=dt.UTC)),
        ("", None),
        ("昨天", None),
        ("0001-01-01T00:00:00+09:00", None),
        ("9999-12-31T23:59:59-09:00", None),
    ],
)
def test_the_telephones_clock_refuses_nothing(typed, moment):
    form = NeedForm({"client_token": str(uuid4()), "count": "1", "name": "老李", "typed_at": typed})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["typed_at"] == moment


# ---- who is there ----


def test_the_ping_tells_a_stranger_nothing_but_a_token(client, db):
    told = client.get(reverse("grid-ping")).json()
    assert told["user"] == ""
    assert len(told["csrf"]) == 64


def test_the_ping_tells_who_is_signed_in_and_is_kept_nowhere(cast, sign_in):
    answer = sign_in(cast.sun).get(reverse("grid-ping"))
    assert answer.json()["user"] == str(cast.sun.pk)
    assert "no-store" in answer["Cache-Control"]


def test_the_ping_is_no_sign_of_life(cast, client, settings):
    """A page left open must not keep somebody signed in who is not a grid worker on his own telephone."""
    client.post(reverse("login"), {"username": "sun", "password": PASSWORD})
    with time_machine.travel(
        dt.datetime.now(dt.UTC) + dt.timedelta(seconds=settings.SESSION_IDLE_SECONDS - 60), tick=False
    ) as clock:
        assert client.get(reverse("grid-ping")).json()["user"] == str(cast.sun.pk)
        clock.shift(120)
        assert client.get(reverse("grid-ping")).json()["user"] == ""


def test_the_ping_costs_little(cast, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.sun)
    client.get(reverse("grid-ping"))
    with django_assert_max_num_queries(6):
        client.get(reverse("grid-ping"))


# ---- whose entries ----


def post(client, owner="", **headers):
    marks = {"X-Outbox": "1", "Accept": "application/json"} | headers
    if owner != "":
        marks["X-Outbox-Owner"] = str(owner)
    return client.post(reverse("grid-large-type"), {"large": "1"}, headers=marks)


def test_another_accounts_entry_is_not_taken(cast, sign_in):
    answer = post(sign_in(cast.sun), owner=cast.li.pk)
    assert (answer.status_code, answer.json()) == (409, {"state": "other_account"})
    cast.sun.refresh_from_db()
    assert not cast.sun.large_type


@pytest.mark.parametrize("owner", ["", "x", "0"])
def test_an_entry_of_nobody_is_not_taken(cast, sign_in, owner):
    assert post(sign_in(cast.sun), owner=owner).status_code == 409


def test_ones_own_entry_is_taken(cast, sign_in):
    assert post(sign_in(cast.sun), owner=cast.sun.pk).status_code == 302
    cast.sun.refresh_from_db()
    assert cast.sun.large_type


def test_an_ordinary_form_needs_no_mark(cast, sign_in):
    assert sign_in(cast.sun).post(reverse("grid-large-type"), {"large": "1"}).status_code == 302


def test_a_session_that_is_over_is_told_as_such(client, cast):
    answer = post(client, owner=cast.sun.pk)
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in"


def test_a_token_of_before_the_sign_in_is_refused_and_the_next_ping_brings_a_good_one(cast):
    client = Client(enforce_csrf_checks=True)
    old = client.get(reverse("grid-ping")).json()["csrf"]
    client.force_login(cast.sun, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("login"), {"username": "sun", "password": PASSWORD}, headers={"X-CSRFToken": old})
    client.cookies["fdcs-csrf"] = "x" * 32  # the sign-in in another window has made a new one
    assert post(client, cast.sun.pk, **{"X-CSRFToken": old}).status_code == 403
    new = client.get(reverse("grid-ping")).json()["csrf"]
    assert post(client, cast.sun.pk, **{"X-CSRFToken": new}).status_code == 302


def test_the_pages_carry_the_account_and_the_panel(cast, sign_in, district):
    page = sign_in(cast.sun).get(reverse("grid-home")).content.decode()
    assert f'data-outbox-owner="{cast.sun.pk}"' in page
    assert f'data-outbox-ping="{reverse("grid-ping")}"' in page
    assert f'data-outbox-leave="{reverse("logout")}"' in page
    assert "data-outbox-panel" in page
    for script in ("store", "send", "form", "leave"):
        assert f"js/outbox-{script}.js" in page


@pytest.mark.parametrize(("who", "is_there"), [("sun", True), ("li", False)])
def test_whoever_reports_can_leave_from_his_account_page(cast, sign_in, who, is_there):
    page = sign_in(getattr(cast, who)).get(reverse("account")).content.decode()
    assert ("js/outbox-leave.js" in page) is is_there
    assert (f'data-outbox-leave="{reverse("logout")}"' in page) is is_there
