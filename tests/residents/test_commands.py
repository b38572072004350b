import datetime as dt

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from residents.models import PopulationFlag, RosterImport
from tests.factories import rosters
from tests.factories.residents import ResidentFactory


@pytest.fixture
def elder(district):
    return ResidentFactory(grid=district.grid_a, born_on=dt.date(1940, 1, 1))


def test_the_command_brings_age_flags_up_to_a_day(elder, capsys):
    call_command("refresh_age_flags", "--on", "2026-11-22", "--dry-run")
    assert "将新增标识 2 条" in capsys.readouterr().out
    assert not PopulationFlag.objects.exists()
    call_command("refresh_age_flags", "--on", "2026-11-22")
    assert "2026-11-22：已新增标识 2 条，已结束标识 0 条。" in capsys.readouterr().out
    call_command("refresh_age_flags")
    assert "已新增标识 0 条" in capsys.readouterr().out


def test_a_day_that_is_none_is_refused(db):
    with pytest.raises(CommandError, match="2026-13-01"):
        call_command("refresh_age_flags", "--on", "2026-13-01")


def test_old_uploads_are_erased_and_their_counts_stay(cast, capsys):
    kept, old, applied = rosters.checked(cast.li), rosters.checked(cast.li), rosters.applied(cast.li)
    for roster, days in ((kept, 30), (old, 31), (applied, 31)):
        at = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC) - dt.timedelta(days=days)
        RosterImport.objects.filter(pk=roster.pk).update(uploaded_at=at)
    call_command("clear_rosters", "--on", "2026-11-22", "--dry-run")
    assert "将清除 2 份" in capsys.readouterr().out
    call_command("clear_rosters", "--on", "2026-11-22")
    call_command("clear_rosters", "--on", "2026-11-22")
    assert "已清除 2 份" in (said := capsys.readouterr().out)
    assert "已清除 0 份" in said
    found = {one.pk: one for one in RosterImport.objects.all()}
    assert [found[one.pk].state for one in (kept, old, applied)] == ["checked", "cancelled", "applied"]
    assert [bool(found[one.pk].report) for one in (kept, old, applied)] == [True, False, False]


def test_the_night_does_the_same_and_may_run_twice(elder):
    for day in ("2026-11-22", "2026-11-23"):
        call_command("nightly", "--on", day, "--only", "refresh-age-flags", "--only", "clear-rosters")
    assert PopulationFlag.objects.filter(resident=elder).count() == 2
