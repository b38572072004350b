import datetime as dt

import pytest

from contracts.actions import CannotChangeDoctor, accept_doctor, refuse_doctor, request_doctor
from contracts.choices import EventKind, RequestState
from core.models import PolicySetting
from tests.factories.contracts import NOON, sign_agreement
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamMembershipFactory, UserFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
NOW = dt.datetime.combine(DAY, NOON)


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY)


@pytest.fixture
def other(cast):
    """A second doctor of team A."""
    doctor = UserFactory(name="高医生", profession="gp", institution=cast.institution_a)
    TeamMembershipFactory(team=cast.team_a, user=doctor, profession="gp")
    return doctor


def ask(agreement, by, wanted=None, **changes):
    asked = {"by": by, "on": DAY, "agreement": agreement, "wanted": wanted, "reason": "想找女医生"}
    return request_doctor(**asked | {"requested_on": DAY} | changes)


def refused(call, *args, **changes):
    with pytest.raises(CannotChangeDoctor) as caught:
        call(*args, **changes)
    assert caught.value.sentence.endswith("。")
    return caught.value.code, caught.value.field


def decide(request, by, doctor):
    return accept_doctor(by=by, on=DAY, now=NOW, request=request, doctor=doctor)


def test_asked_and_accepted(cast, agreement, other):
    wish = ask(agreement, cast.wang, other)
    assert (wish.state, wish.recorded_by) == (RequestState.OPEN, cast.wang)
    agreement.refresh_from_db()
    assert agreement.doctor == cast.li  # until the leader says so
    decide(wish, cast.li, other)
    agreement.refresh_from_db()
    wish.refresh_from_db()
    assert (agreement.doctor, wish.state, wish.decided_by) == (other, RequestState.ACCEPTED, cast.li)
    event = agreement.events.get(kind=EventKind.DOCTOR)
    assert (event.by, event.on, event.note) == (cast.li, DAY, "签约医生由李医生更换为高医生（居民申请）")


def test_answered_with_no(cast, agreement, other):
    wish = ask(agreement, cast.wang, other)
    assert refused(refuse_doctor, by=cast.li, on=DAY, now=NOW, request=wish, answer=" ") == (
        "answer_missing", "answer",
    )  # fmt: skip
    refuse_doctor(by=cast.li, on=DAY, now=NOW, request=wish, answer="高医生下月调离")
    wish.refresh_from_db()
    assert (wish.state, wish.answer) == (RequestState.REFUSED, "高医生下月调离")
    assert not agreement.events.filter(kind=EventKind.DOCTOR).exists()
    ask(agreement, cast.wang, other)  # may be asked again


def test_sent_on_to_a_transfer(cast, agreement):
    wish = ask(agreement, cast.wang)
    refuse_doctor(by=cast.qian, on=DAY, now=NOW, request=wish, answer="请到新团队办理", to_transfer=True)
    wish.refresh_from_db()
    assert wish.state == RequestState.DONE


def test_what_may_be_asked_for(cast, agreement, other):
    assert refused(ask, agreement, cast.li, cast.li) == ("same_doctor", "wanted")
    assert refused(ask, agreement, cast.li, cast.zhao) == ("doctor_not_in_team", "wanted")
    assert refused(ask, agreement, cast.li, other, reason="") == ("reason_missing", "reason")
    assert refused(ask, agreement, cast.li, other, requested_on=DAY + ONE) == (
        "requested_in_future", "requested_on",
    )  # fmt: skip
    assert refused(ask, agreement, cast.zhao, other)[0] == "not_own_team"
    ask(agreement, cast.li, other)
    assert refused(ask, agreement, cast.li, other)[0] == "one_doctor_request_at_a_time"


def test_who_decides_and_for_whom(cast, agreement, other):
    wish = ask(agreement, cast.wang, other)
    assert refused(decide, wish, cast.wang, other)[0] == "not_own_team"  # a member, not the leader
    assert refused(decide, wish, cast.li, cast.li)[0] == "same_doctor"
    assert refused(decide, wish, cast.li, cast.wang)[0] == "doctor_post"  # a nurse does not sign
    assert refused(decide, wish, cast.li, cast.zhao)[0] == "doctor_not_in_team"
    decide(wish, cast.qian, other)
    assert refused(decide, wish, cast.li, other)[0] == "decided_already"


def test_a_full_panel_takes_nobody_more(cast, agreement, other, district):
    sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, other, on=DAY)
    PolicySetting.objects.create(
        room="contracts", payload={"max_residents_per_doctor": 1}, in_force_from=DAY, source="试点"
    )
    assert refused(decide, ask(agreement, cast.wang, other), cast.li, other)[0] == "panel_full"
