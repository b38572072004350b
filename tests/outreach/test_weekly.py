"""The weekly word of sentinels: counted once, late from Monday, leave excuses; and who is silent (S2-25)."""

import datetime as dt
import threading
from uuid import uuid4

import pytest
from django.db import connection, connections

from outreach.actions import raise_reminders
from outreach.actions.weekly import CannotReportZero, report_zero
from outreach.choices import ReportKind
from outreach.models import Reminder, SentinelLeave, ZeroReport
from outreach.policy import OutreachPolicy
from outreach.queries.weekly import (
    last_words,
    my_weeks,
    sentinels_on,
    silent_postings,
    villages_of_week,
    words_of,
)
from outreach.rules.weekly import WEEK, Word
from tests.factories.community import leader, sentinel
from tests.factories.grids import GridFactory
from tests.factories.reports import report_from

MONDAY = dt.date(2026, 11, 23)
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
POLICY = OutreachPolicy()
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


def zero(user, *, on: dt.date = MONDAY, week: dt.date | None = None):
    return report_zero(by=user, on=on, now=NOW, week_on=week)


def word(user, week: dt.date, *, on: dt.date) -> Word:
    (posting,) = user.postings.all()
    return words_of([posting], weeks=[week], on=on)[posting.pk, week]


def totals(week: dt.date, *, on: dt.date) -> dict[Word, int]:
    return villages_of_week(sentinels_on(MONDAY), week=week, on=on)[-1].counts


def away(user, first: dt.date, last: dt.date | None) -> None:
    SentinelLeave.objects.create(posting=user.postings.get(), starts_on=first, ends_on=last, entered_by=user)


class TestZero:
    def test_counted_once_however_often_it_is_sent(self, cast):
        assert zero(cast.sun).is_new
        assert not zero(cast.sun, on=MONDAY + 6 * DAY).is_new
        assert list(ZeroReport.objects.values_list("week_on", flat=True)) == [MONDAY]
        assert totals(MONDAY, on=MONDAY) == {Word.ZERO: 1}

    def test_any_day_of_the_week_means_the_week(self, cast):
        assert zero(cast.sun, on=MONDAY + 4 * DAY).week_on == MONDAY
        assert zero(cast.sun, on=MONDAY + 4 * DAY, week=MONDAY + 2 * DAY).week_on == MONDAY

    def test_last_week_is_late_but_heard_older_ones_are_over(self, cast):
        assert word(cast.sun, MONDAY - WEEK, on=MONDAY) == Word.LATE
        assert zero(cast.sun, week=MONDAY - WEEK).is_new
        assert word(cast.sun, MONDAY - WEEK, on=MONDAY) == Word.ZERO
        for week in (MONDAY - 2 * WEEK, MONDAY + WEEK):
            with pytest.raises(CannotReportZero) as over:
                zero(cast.sun, week=week)
            assert over.value.code == "week_over"

    def test_sent_again_after_weeks_is_the_same_answer(self, cast):
        zero(cast.sun)
        assert not zero(cast.sun, on=MONDAY + 60 * DAY, week=MONDAY).is_new

    def test_only_sentinels(self, cast, district):
        with pytest.raises(CannotReportZero) as found:
            zero(leader(district.grid_a).user)
        assert found.value.code == "not_sentinel"
        cast.sun.postings.update(ends_on=MONDAY - DAY)
        with pytest.raises(CannotReportZero):
            zero(cast.sun)

    def test_a_sentinel_of_two_grids_says_it_once_for_both(self, cast, district):
        sentinel(GridFactory(village=district.village_a), user=cast.sun)
        zero(cast.sun)
        assert ZeroReport.objects.count() == 2
        assert my_weeks(cast.sun, on=MONDAY).this == Word.ZERO


class TestWords:
    def test_late_from_monday(self, cast):
        assert word(cast.sun, MONDAY, on=MONDAY + 6 * DAY) == Word.NOT_DUE
        assert word(cast.sun, MONDAY, on=MONDAY + 7 * DAY) == Word.LATE

    def test_a_report_is_a_word_and_counts_once(self, cast):
        report_from(cast.sun, now=NOW)
        report_from(cast.sun, ReportKind.NEED, now=NOW + DAY)
        zero(cast.sun)
        assert totals(MONDAY, on=MONDAY + WEEK) == {Word.REPORTED: 1}

    def test_the_week_is_that_of_the_clock_on_the_wall(self, cast):
        """Sunday 23:50 belongs to this week, Monday 00:10 to the next; in UTC both are Sunday."""
        report_from(cast.sun, now=dt.datetime(2026, 11, 22, 16, 10, tzinfo=dt.UTC))
        assert word(cast.sun, MONDAY, on=MONDAY) == Word.REPORTED
        assert word(cast.sun, MONDAY - WEEK, on=MONDAY) == Word.LATE
        report_from(cast.sun, now=dt.datetime(2026, 11, 22, 15, 50, tzinfo=dt.UTC))
        assert word(cast.sun, MONDAY - WEEK, on=MONDAY) == Word.REPORTED

    def test_practice_is_no_word(self, cast):
        report_from(cast.sun, now=NOW, is_training=True)
        assert word(cast.sun, MONDAY, on=MONDAY + WEEK) == Word.LATE
        assert last_words([cast.sun.postings.get().pk]) == {}

    @pytest.mark.parametrize(
        ("first", "last", "expected"),
        [(0, 4, Word.EXCUSED), (3, None, Word.EXCUSED), (0, 2, Word.LATE), (-5, -1, Word.LATE)],
    )
    def test_on_leave_nobody_is_late(self, cast, first, last, expected):
        away(cast.sun, MONDAY + first * DAY, None if last is None else MONDAY + last * DAY)
        assert word(cast.sun, MONDAY, on=MONDAY + WEEK) == expected

    def test_who_was_not_in_post_all_week_is_not_asked(self, cast):
        cast.sun.postings.update(starts_on=MONDAY + DAY)
        assert word(cast.sun, MONDAY, on=MONDAY + WEEK) == Word.NOT_DUE
        cast.sun.postings.update(starts_on=MONDAY, ends_on=MONDAY + 5 * DAY)
        assert word(cast.sun, MONDAY, on=MONDAY + WEEK) == Word.NOT_DUE

    def test_last_word(self, cast):
        posting = cast.sun.postings.get()
        report_from(cast.sun, now=NOW - 9 * DAY)
        assert last_words([posting.pk]) == {posting.pk: MONDAY - 9 * DAY}
        zero(cast.sun)
        assert last_words([posting.pk]) == {posting.pk: MONDAY}

    def test_queries_do_not_grow(self, cast, district, django_assert_num_queries):
        for n in range(8):
            sentinel(district.grid_a, f"person{n}")
        people = list(sentinels_on(MONDAY))
        assert len(people) == 9
        with django_assert_num_queries(4):
            words_of(people, weeks=[MONDAY - WEEK, MONDAY], on=MONDAY)


class TestSilent:
    """Two weeks is the policy's number: nothing since the Monday two weeks before this one."""

    def silent(self, on: dt.date = MONDAY) -> set[str]:
        return {one.user.username for one in silent_postings(on=on, policy=POLICY)}

    def reminded(self, on: dt.date = MONDAY) -> int:
        """The reminder of the leader counts the same people."""
        raise_reminders(on=on)
        return sum(one.count for one in Reminder.objects.open().filter(source="silence"))

    @pytest.fixture
    def feng(self, district):
        return leader(district.grid_a).user

    def test_nothing_for_two_weeks(self, cast, feng):
        assert self.silent() == {"sun"}
        assert self.reminded() == 1
        row = Reminder.objects.open().get(source="silence")
        assert (row.user, row.due_on) == (feng, MONDAY)

    @pytest.mark.parametrize(("days", "is_silent"), [(0, False), (14, False), (15, True)])
    def test_a_report_within_them(self, cast, feng, days, is_silent):
        report_from(cast.sun, now=NOW - days * DAY)
        assert (self.silent() == {"sun"}) is is_silent
        assert self.reminded() == is_silent

    def test_a_zero_report_is_heard(self, cast, feng):
        zero(cast.sun, week=MONDAY - WEEK)
        assert self.silent() == set()
        assert self.reminded() == 0

    def test_practice_is_not(self, cast, feng):
        report_from(cast.sun, now=NOW, is_training=True)
        assert self.silent() == {"sun"}
        assert self.reminded() == 1

    def test_leave_within_them_excuses(self, cast, feng):
        away(cast.sun, MONDAY - 16 * DAY, MONDAY - 14 * DAY)
        assert (self.silent(), self.reminded()) == (set(), 0)
        SentinelLeave.objects.update(ends_on=MONDAY - 15 * DAY)
        assert (self.silent(), self.reminded()) == ({"sun"}, 1)

    def test_new_ones_have_their_time(self, cast, feng):
        cast.sun.postings.update(starts_on=MONDAY - 13 * DAY)
        assert (self.silent(), self.reminded()) == (set(), 0)
        cast.sun.postings.update(starts_on=MONDAY - 14 * DAY)
        assert (self.silent(), self.reminded()) == ({"sun"}, 1)

    def test_who_has_no_account_cannot_speak(self, cast, feng):
        cast.sun.postings.update(user=None, role_assignment=None)
        assert (self.silent(), self.reminded()) == (set(), 0)

    def test_a_word_ends_the_reminder(self, cast, feng):
        assert self.reminded() == 1
        zero(cast.sun)
        assert self.reminded() == 0


class TestPage:
    def send(self, client, week: dt.date, **headers):
        return client.post(
            "/g/weekly/", {"client_token": str(uuid4()), "typed_at": "", "week": f"{week}"}, headers=headers
        )

    def test_two_weeks_two_buttons(self, cast, sign_in):
        client = sign_in(cast.sun)
        page = client.get("/g/weekly/").content.decode()
        assert "本周平安，没有要报的" in page
        assert "补报：上周平安" in page
        assert self.send(client, MONDAY).status_code == 302
        assert self.send(client, MONDAY - WEEK).status_code == 302
        page = client.get("/g/weekly/").content.decode()
        assert "本周已报平安" in page
        assert "补报" not in page

    def test_from_the_outbox_the_week_it_was_typed_in(self, cast, sign_in):
        client = sign_in(cast.sun)
        headers = {"X-Outbox": "1", "X-Outbox-Owner": str(cast.sun.pk)}
        for _ in range(2):
            assert self.send(client, MONDAY - WEEK, **headers).json()["state"] == "saved"
        assert ZeroReport.objects.get().week_on == MONDAY - WEEK
        late = self.send(client, MONDAY - 5 * WEEK, **headers)
        assert late.json()["state"] == "refused"

    def test_practice_is_no_word(self, cast, sign_in):
        client = sign_in(cast.sun)
        client.post("/g/practice/", {"on": "1"})
        page = client.get("/g/weekly/")
        assert "练习：本周平安" in page.content.decode()
        typed = {
            "client_token": str(uuid4()),
            "week": f"{MONDAY}",
            "is_training": page.context["this_form"]["is_training"].value(),
        }
        said = client.post("/g/weekly/", typed, follow=True)
        assert "没有记为报平安" in said.content.decode()
        assert not ZeroReport.objects.exists()

    def test_refused_on_the_page(self, cast, sign_in):
        client = sign_in(cast.sun)
        assert "只能报本周" in self.send(client, MONDAY - 5 * WEEK).content.decode()
        assert client.post("/g/weekly/", {}).status_code == 200

    def test_who_is_no_sentinel_is_told_so(self, cast, district, sign_in):
        assert (
            "没有在任的哨兵身份" in sign_in(leader(district.grid_a).user).get("/g/weekly/").content.decode()
        )
        assert sign_in(cast.li).get("/g/weekly/").status_code == 403


class TestOverseers:
    def test_by_village_each_sentinel_once(self, cast, district, sign_in):
        sentinel(district.grid_a, "shi")
        sentinel(district.grid_b, "wei")
        zero(cast.sun, week=MONDAY - WEEK)
        rows = villages_of_week(sentinels_on(MONDAY), week=MONDAY - WEEK, on=MONDAY)
        assert [
            (one.village and one.village.name, one.people, [n for _, n in one.columns]) for one in rows
        ] == [
            ("东北村社区", 2, [0, 1, 0, 0, 1]),
            ("菊花顶社区", 1, [0, 0, 0, 0, 1]),
            (None, 3, [0, 1, 0, 0, 2]),
        ]
        page = sign_in(cast.zhou).get("/whistles/weekly/").content.decode()
        assert "东北村社区" in page
        assert "菊花顶社区" in page
        for who in (cast.he, cast.qian):  # their street, their teams' grids
            page = sign_in(who).get("/whistles/weekly/").content.decode()
            assert "东北村社区" in page
            assert "菊花顶社区" not in page

    def test_weeks_back_and_forth(self, cast, sign_in):
        client = sign_in(cast.zhou)
        assert client.get("/whistles/weekly/").context["week"] == MONDAY - WEEK
        assert client.get("/whistles/weekly/?week=2026-11-26").context["week"] == MONDAY
        for typed in ("gestern", "2027-01-04", "2026-13-40"):
            assert client.get(f"/whistles/weekly/?week={typed}").context["week"] == MONDAY - WEEK

    def test_only_overseers(self, cast, sign_in):
        for who in (cast.li, cast.sun, cast.shen):
            assert sign_in(who).get("/whistles/weekly/").status_code == 403

    def test_queries_do_not_grow(self, cast, district, sign_in, django_assert_max_num_queries):
        client = sign_in(cast.zhou)
        for n in range(6):
            sentinel(GridFactory(village=district.village_a), f"person{n}")
        client.get("/whistles/weekly/")
        with django_assert_max_num_queries(16):
            client.get("/whistles/weekly/")


@pytest.mark.django_db(transaction=True)
def test_sent_in_the_same_moment_it_is_one(cast):
    answers = []

    def send():
        try:
            answers.append(zero(cast.sun))
        finally:
            connections.close_all()

    senders = [threading.Thread(target=send) for _ in range(4)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    connection.close()
    assert len(answers) == 4
    assert ZeroReport.objects.count() == 1
