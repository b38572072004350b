import dataclasses
import datetime as dt

import pytest

from core.models import ReadLog
from residents import actions
from tests.residents.conftest import POLICY, TODAY


class TestReveal:
    def reveal(self, person, cast, reason="联系居民", policy=POLICY):
        return actions.reveal_resident(
            resident=person,
            reason=reason,
            policy=policy,
            by=cast.li,
            on=TODAY,
            ip="10.0.0.7",
            page="resident-reveal",
        )

    @pytest.mark.usefixtures("today")
    def test_shown_and_logged(self, cast, person):
        shown = self.reveal(person, cast)
        assert (shown.name, shown.id_number, shown.phone) == ("王建国", person.id_number, "13912345678")
        row = ReadLog.objects.get()
        assert (row.action, row.subject_ids, row.reason, row.user_id, row.ip) == (
            "reveal", [person.pk], "联系居民", cast.li.pk, "10.0.0.7",
        )  # fmt: skip

    def test_no_reason_no_data(self, cast, person):
        with pytest.raises(actions.CannotReveal):
            self.reveal(person, cast, " ")
        assert not ReadLog.objects.exists()

    def test_no_log_no_data(self, cast, person, monkeypatch):
        monkeypatch.setattr(ReadLog.objects, "create", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            self.reveal(person, cast)

    def test_bounded_by_the_day(self, cast, person):
        policy = dataclasses.replace(POLICY, reveals_per_day=2)
        # The log is dated by the database, so the day is the real one here.
        today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()

        def reveal(by):
            return actions.reveal_resident(
                resident=person, reason="联系居民", policy=policy, by=by, on=today, ip=None, page=""
            )

        reveal(cast.li)
        reveal(cast.li)
        with pytest.raises(actions.CannotReveal) as refused:
            reveal(cast.li)
        assert refused.value.code == "reveals_used_up"
        assert reveal(cast.wang).name == "王建国"  # everybody has his own bound
