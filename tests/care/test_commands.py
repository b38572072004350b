"""The sweeps as commands: for a day, and as a rehearsal."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command

from care.models import Plan, Sweep, Task
from residents.choices import Population
from tests.factories.contracts import sign_agreement
from tests.factories.planning import ensure_rules, flagged

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 22)


def told(name: str, *options: str) -> str:
    out = StringIO()
    call_command(name, "--on", ON.isoformat(), *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def patient(resident, cast):
    ensure_rules()
    flagged(resident, Population.HYPERTENSION, ON)
    sign_agreement(resident, cast.team_a, cast.li, on=ON)
    return resident


@pytest.mark.parametrize("name", ["replan", "follow_changes"])
def test_replanning_for_a_day(patient, name):
    rehearsed = told(name, "--dry-run")
    assert "未修改" in rehearsed and not Plan.objects.exists()
    done = told(name)
    assert Plan.objects.filter(resident=patient).exists()
    assert rehearsed.replace("（未修改）", "") == done


@pytest.mark.parametrize("name", ["open_tasks", "miss_tasks", "apply_versions"])
def test_a_rehearsed_sweep_leaves_nothing(patient, name):
    told("replan")
    Task.objects.all().delete()
    assert "未修改" in told(name, "--dry-run")
    assert not Task.objects.exists() and not Sweep.objects.exists()


def test_what_was_rehearsed_is_done(patient):
    told("replan")
    Task.objects.all().delete()
    assert told("open_tasks", "--dry-run").replace("（未修改）", "") == told("open_tasks")
    assert Task.objects.filter(resident=patient).exists()
