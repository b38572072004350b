"""When a message may leave, and its words."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.reminders.wording import Line, outside_text, summary
from outreach.rules.sending import leaves_at, wait_after

SHANGHAI = ZoneInfo("Asia/Shanghai")


def weekday(day: dt.date) -> bool:
    return day.weekday() < 5


def leaves(at: dt.datetime, *, urgent: bool = False, always: bool = False) -> dt.datetime:
    return leaves_at(
        at, quiet_from=20, quiet_to=8, is_working=weekday, is_urgent=urgent, is_always=always, zone=SHANGHAI
    )


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("asked", "plain", "urgent"),
    [
        (at(23, 8), at(23, 8), at(23, 8)),  # Monday, the quiet hours are just over
        (at(23, 7, 59), at(23, 8), at(23, 8)),
        (at(23, 19, 59), at(23, 19, 59), at(23, 19, 59)),
        (at(23, 20), at(24, 8), at(24, 8)),
        (at(20, 20), at(23, 8), at(21, 8)),  # Friday evening
        (at(22, 12), at(23, 8), at(22, 12)),  # Sunday
        (at(22, 3), at(23, 8), at(22, 8)),
    ],
)
def test_quiet_hours_and_days_off(asked, plain, urgent):
    assert leaves(asked) == plain
    assert leaves(asked, urgent=True) == urgent
    assert leaves(asked, urgent=True, always=True) == asked


@given(st.integers(0, 365 * 24 * 60), st.booleans())
def test_it_is_allowed_then_and_asking_again_changes_nothing(minutes, urgent):
    moment = at(1, 0) + dt.timedelta(minutes=minutes)
    found = leaves(moment, urgent=urgent)
    assert found >= moment
    assert 8 <= found.hour < 20
    assert urgent or weekday(found.date())
    assert leaves(found, urgent=urgent) == found


def test_waits_grow_to_an_hour():
    assert [wait_after(n).total_seconds() / 60 for n in (1, 2, 3, 7, 8, 30)] == [1, 2, 4, 60, 60, 60]


def test_words_are_numbers():
    lines = [
        Line("服务任务", "到期待办 12 项", 12, 2, "/"),
        Line("服务任务", "超期 5 项", 5, 0, "/", ("东北村服务点",)),
    ]
    said = summary(lines, urgent=2, restricted=3)
    assert said == "到期待办 12 项，超期 5 项，另有 3 项，其中紧急 2 项"
    assert outside_text(said) == f"【家庭医生签约服务】{said}。请登录系统查看。"
    assert "有新的紧急事项" in outside_text(said, is_urgent=True)
