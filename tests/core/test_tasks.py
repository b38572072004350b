"""Housekeeping may run at any time, and twice."""

import datetime as dt

import pytest
from axes.models import AccessAttempt

from core.housekeeping import Cleared, clear_sessions
from teams.models import Session

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)


def test_sessions_that_are_over_and_old_failures_are_deleted():
    for key, hours in (("over", -1), ("open", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=NOW + dt.timedelta(hours=hours))
    for name, hours in (("old", 25), ("new", 23)):
        attempt = AccessAttempt.objects.create(username=name, failures_since_start=5)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=NOW - dt.timedelta(hours=hours))
    assert [clear_sessions(at=NOW) for _ in range(2)] == [Cleared(1, 1), Cleared(0, 0)]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["new"]
