"""A resident objects, somebody who did not sign answers."""

import pytest

from contracts.actions import CannotDispute, answer_dispute, raise_dispute
from contracts.choices import ReviewKind
from contracts.models import Dispute, ReviewFlag
from contracts.rules.review import reason_of
from tests.contracts.own_side import NOW, TODAY
from tests.factories.contracts import sign_agreement
from tests.factories.teams import TeamMembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(resident, cast):
    return sign_agreement(resident, cast.team_a, cast.li, on=TODAY)


def object_to(signed, text="没见过这位医生"):
    return raise_dispute(on=TODAY, agreement=signed, complaint="我没有签过这份协议", text=text)


def answer(dispute, by, **changes):
    asked = {"outcome": "refused", "answer": "与居民当面核实，是本人签名。"}
    return answer_dispute(by=by, on=TODAY, now=NOW, dispute=dispute, **asked | changes)


def refused(action, *arguments, **named) -> str:
    with pytest.raises(CannotDispute) as met:
        action(*arguments, **named)
    return met.value.code


def test_it_is_written_flagged_and_told(signed):
    made = object_to(signed, "  没见过\u200b这位医生 <b>")
    assert (made.text, made.state) == ("我没有签过这份协议。没见过这位医生 <b>", "open")
    flag = ReviewFlag.objects.get()
    assert (flag.kind, flag.agreement, flag.facts) == ("disputed", signed, {})
    event = signed.events.latest("pk")
    assert (event.kind, event.by, event.note) == ("disputed", None, "我没有签过这份协议")


def test_one_open_at_a_time(signed, cast):
    first = object_to(signed)
    assert refused(object_to, signed) == "open_already"
    answer(first, cast.qian)
    object_to(signed)
    assert Dispute.objects.count() == ReviewFlag.objects.count() == 2


def test_bounded(signed):
    assert refused(object_to, signed, "长" * 401) == "too_long"
    assert object_to(signed, "长" * 400).text.endswith("长" * 400)


def test_who_signed_it_does_not_answer(signed, cast):
    assert refused(answer, object_to(signed), cast.li) == "own_signing"


def test_who_may_answer(resident, cast):
    doctor = UserFactory(name="同队医生", institution=cast.institution_a)
    TeamMembershipFactory(team=cast.team_a, user=doctor)
    signed = sign_agreement(resident, cast.team_a, doctor, on=TODAY)
    made = object_to(signed)
    assert refused(answer, made, cast.wang) == "not_yours"
    assert refused(answer, made, cast.zhao) == "not_yours"
    done = answer(made, cast.li, answer=" 已核实 ")
    assert (done.state, done.answer, done.answered_by, done.answered_at) == (
        "refused",
        "已核实",
        cast.li,
        NOW,
    )
    assert signed.events.latest("pk").kind == "reviewed"


@pytest.mark.parametrize("who", ["qian", "zhou"])
def test_stewards_and_the_bureau_answer(signed, cast, who):
    assert answer(object_to(signed), getattr(cast, who), outcome="accepted").state == "accepted"


def test_answered_once_and_in_words(signed, cast):
    made = object_to(signed)
    assert refused(answer, made, cast.qian, answer=" ") == "no_answer"
    answer(made, cast.qian)
    assert refused(answer, made, cast.qian) == "answered"


def test_the_finding_says_no_more_than_he_did():
    """A service that was not given is no forged signature."""
    assert "没有这样签约" not in reason_of(ReviewKind.DISPUTED, {})
