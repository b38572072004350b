"""Loading a profile also puts its rules of care in force."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from care.models import RuleTable
from care.queries.rules import rulebook_on

DAY = dt.date(2026, 11, 22)


def run(*words: str) -> str:
    out = StringIO()
    call_command("load_profile", *words, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_taihao_asks_for_the_fundus_and_says_so():
    said = run("taihao", "--from", f"{DAY}")
    assert "2型糖尿病患者健康管理：每年眼底筛查 0 → 1 次" in said
    assert rulebook_on(DAY).rule("diabetes.fundus") is not None
    assert rulebook_on(DAY - dt.timedelta(days=1)).rule("diabetes.fundus") is None
    again = run("taihao", "--from", f"{DAY}")
    assert "2型糖尿病患者健康管理：规则没有不同，未改动" in again
    assert RuleTable.objects.filter(program="diabetes").count() == 2


@pytest.mark.django_db
def test_the_difference_is_shown_like_the_numbers():
    found = json.loads(run("taihao", "--from", f"{DAY}", "--dry-run"))
    assert [
        (one["program"], one["name"], one["before"], one["after"], one["source"]) for one in found["rules"]
    ] == [("diabetes", "fundus_per_year", "0", "1", "S4-13")]
    assert json.loads(run("huancui", "--from", f"{DAY}", "--dry-run"))["rules"] == []
    assert RuleTable.objects.filter(program="diabetes").count() == 1


@pytest.mark.django_db
def test_past_rules_stay_as_they_are():
    run("taihao", "--from", "2025-01-01")
    with pytest.raises(CommandError, match="过去的"):
        run("huancui", "--from", "2025-06-01")
    assert rulebook_on(dt.date(2025, 6, 1)).rule("diabetes.fundus") is not None
