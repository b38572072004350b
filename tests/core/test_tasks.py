"""Housekeeping may run at any time, and twice."""

import datetime as dt

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from core.tasks import clear_sessions
from teams.models import Session

pytestmark = pytest.mark.django_db


def test_sessions_that_are_over_and_old_failures_are_deleted():
    now = timezone.now()
    for key, hours in (("over", -1), ("open", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + dt.timedelta(hours=hours))
    for name, hours in (("old", 25), ("new", 23)):
        attempt = AccessAttempt.objects.create(username=name, failures_since_start=5)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=now - dt.timedelta(hours=hours))
    for _ in range(2):
        clear_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["new"]
