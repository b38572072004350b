"""How long a session lasts, and how the end is told to a page, a fragment and a program."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from teams.models import LoginRecord, Session, User
from teams.sessions import Limits, begin, is_over, note_seen
from tests.factories.teams import PASSWORD, RoleAssignmentFactory

MORNING = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
MINUTE, HOUR, DAY = 60, 3600, 86_400
LIMITS = Limits(idle=dt.timedelta(minutes=30), total=dt.timedelta(hours=12))


class Fake(dict):
    """Enough of a session for the rules."""

    def set_expiry(self, seconds: int) -> None:
        self["expiry"] = seconds


@pytest.mark.parametrize(("after", "over"), [(0, False), (1800, False), (1801, True)])
def test_idle_limit_counts_from_the_last_sign_of_life(after, over):
    session = Fake()
    begin(session, at=MORNING, keep=False, has_code=False, ip=None, agent="")
    assert is_over(session, LIMITS, at=MORNING + dt.timedelta(seconds=after)) is over


@pytest.mark.parametrize(("after", "over"), [(12 * HOUR, False), (12 * HOUR + 1, True)])
def test_total_limit_counts_from_the_sign_in(after, over):
    session = Fake()
    begin(session, at=MORNING, keep=False, has_code=False, ip=None, agent="")
    now = MORNING + dt.timedelta(seconds=after)
    session["seen_at"] = int(now.timestamp())
    assert is_over(session, LIMITS, at=now) is over
    assert is_over(session, Limits(LIMITS.idle, None), at=now) is False


def test_sign_of_life_is_written_once_a_minute():
    session = Fake()
    begin(session, at=MORNING, keep=False, has_code=False, ip=None, agent="")
    first = session["seen_at"]
    note_seen(session, LIMITS, at=MORNING + dt.timedelta(seconds=59))
    assert session["seen_at"] == first
    note_seen(session, LIMITS, at=MORNING + dt.timedelta(seconds=60))
    assert session["seen_at"] == first + 60
    assert "expiry" not in session


@pytest.fixture
def clock(db):
    with time_machine.travel(MORNING, tick=False) as travelling:
        yield travelling


def enter(username: str, **extra) -> Client:
    User.objects.update(password_changed_at=MORNING - dt.timedelta(days=1))
    browser = Client()
    assert browser.post("/login/", {"username": username, "password": PASSWORD, **extra}).status_code == 302
    return browser


def is_in(browser: Client) -> bool:
    return browser.get(reverse("account")).status_code == 200


def test_half_an_hour_without_a_page_ends_the_session(clock, cast):
    browser = enter("li")
    clock.shift(30 * MINUTE)
    assert is_in(browser)
    clock.shift(30 * MINUTE + 1)
    answer = browser.get(reverse("account"))
    assert answer.url == "/login/?next=/account/&reason=timeout"
    assert "长时间没有操作" in browser.get(answer.url).content.decode()
    assert not Session.objects.filter(user=cast.li).exists()
    assert LoginRecord.objects.last().outcome == "idle"


def test_twelve_hours_end_the_session_however_busy_it_is(clock, cast):
    browser = enter("li")
    for _ in range(12 * 4):
        clock.shift(15 * MINUTE)
        assert is_in(browser)
    clock.shift(1)
    assert not is_in(browser)


def test_grid_worker_on_his_own_phone_stays_for_thirty_days_without_a_page(clock, cast):
    browser = enter("sun", keep="on")
    clock.shift(30 * DAY - 1)
    assert is_in(browser)
    clock.shift(30 * DAY - 1)
    assert is_in(browser)
    assert browser.cookies["fdcs"]["max-age"] == 30 * DAY
    clock.shift(20 * DAY)
    assert is_in(browser)
    clock.shift(30 * DAY + 1)
    assert not is_in(browser)


def test_grid_worker_on_a_strange_phone_does_not(clock, cast):
    browser = enter("sun")
    clock.shift(31 * MINUTE)
    assert not is_in(browser)


def test_kept_session_becomes_an_ordinary_one_with_a_further_role(clock, cast):
    browser = enter("sun", keep="on")
    clock.shift(DAY)
    assert is_in(browser)
    RoleAssignmentFactory(user=cast.sun, role="bureau", area_code="371002")
    clock.shift(20 * MINUTE)
    assert not is_in(browser)


def test_old_password_ends_the_kept_session_s_ease(clock, cast):
    browser = enter("sun", keep="on")
    for _ in range(3):
        clock.shift(29 * DAY)
        assert is_in(browser)
    clock.shift(3 * DAY)
    assert browser.get(reverse("account")).url.startswith("/account/password/")


def test_fragment_is_told_to_load_the_login_page_whole(client, cast):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/residents/?q=a&b=1"}
    answer = client.get(reverse("account"), headers=headers)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/login/?next=/residents/%3Fq%3Da%26b%3D1"


def test_program_is_told_in_json(client, cast):
    answer = client.get(reverse("account"), headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json() == {"code": "sign_in", "message": "请先登录。"}


def test_what_was_posted_cannot_be_opened_again(client, cast):
    assert client.post(reverse("sessions-end")).url == "/login/"


def test_program_and_fragment_are_told_of_a_timeout_and_of_a_due_password(clock, cast):
    browser = enter("li")
    clock.shift(HOUR)
    answer = browser.get(reverse("account"), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "timed_out")
    browser = enter("li")
    User.objects.filter(pk=cast.li.pk).update(must_change_password=True)
    answer = browser.get(reverse("account"), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "password_change")
    answer = browser.get(reverse("account"), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith("/account/password/")


def test_public_pages_stay_open_to_a_session_that_is_over(clock, cast):
    browser = enter("li")
    clock.shift(HOUR)
    assert browser.get("/login/").status_code == 200
    assert not Session.objects.filter(user=cast.li).exists()


def test_own_sessions_are_listed_and_the_others_can_be_ended(cast):
    here, there = Client(headers={"User-Agent": "Here/1"}), Client(headers={"User-Agent": "There/2"})
    for browser in (here, there):
        browser.post("/login/", {"username": "li", "password": PASSWORD})
    page = here.get(reverse("account")).content.decode()
    assert "Here/1" in page
    assert "There/2" in page
    assert here.post(reverse("sessions-end")).url == reverse("account")
    assert is_in(here)
    assert not is_in(there)
    assert LoginRecord.objects.last().outcome == "ended"


def test_account_page_costs_the_same_however_much_happened(cast, django_assert_max_num_queries):
    browser = Client()
    for _ in range(12):
        Client().post("/login/", {"username": "li", "password": PASSWORD})
    browser.post("/login/", {"username": "li", "password": PASSWORD})
    with django_assert_max_num_queries(16):
        assert browser.get(reverse("account")).status_code == 200
