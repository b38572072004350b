import datetime as dt

import pytest

from residents.choices import LifeStatus
from residents.rules.standing import CHANGES, check_status

ON = dt.date(2026, 11, 22)
S = LifeStatus


@pytest.mark.parametrize("now", list(LifeStatus))
@pytest.mark.parametrize("wanted", list(LifeStatus))
def test_only_the_changes_of_the_table_pass(now, wanted):
    fault = check_status(now, wanted, ON, born_on=None, on=ON)
    assert (fault is None) == (wanted in CHANGES[now])


def test_a_status_is_dated_between_birth_and_today():
    born_on = dt.date(1950, 1, 1)
    one = dt.timedelta(days=1)
    assert check_status(S.PRESENT, S.DECEASED, ON, born_on=born_on, on=ON) is None
    assert check_status(S.PRESENT, S.DECEASED, ON + one, born_on=born_on, on=ON).code == "status_future"
    assert check_status(S.PRESENT, S.DECEASED, born_on, born_on=born_on, on=ON) is None
    assert (
        check_status(S.PRESENT, S.DECEASED, born_on - one, born_on=born_on, on=ON).code
        == "status_before_birth"
    )


class TestReturn:
    GONE = dt.date(2026, 5, 1)

    def fault(self, now, since):
        return check_status(
            now, LifeStatus.PRESENT, since, born_on=None, on=dt.date(2026, 11, 22), gone_on=self.GONE
        )

    def test_nobody_is_back_before_he_left(self):
        for now in (LifeStatus.LOST, LifeStatus.MOVED_OUT):
            assert self.fault(now, self.GONE - dt.timedelta(days=1)).code == "status_before_leaving"
            assert self.fault(now, self.GONE) is None

    def test_a_death_taken_back_never_happened(self):
        assert self.fault(LifeStatus.DECEASED, self.GONE - dt.timedelta(days=30)) is None
