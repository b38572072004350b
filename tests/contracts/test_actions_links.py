"""The link on the resident's paper: guessed at, locked, expired, revoked."""

import datetime as dt

import pytest
from django.db import connection

from contracts.actions import CannotLink, link_for_paper, open_link, revoke_link
from contracts.models import ResidentLink
from contracts.policy import policy_on
from contracts.queries.links import link_behind
from core.models import WrongTries
from residents.choices import IdKind
from residents.models import Guardian, Resident
from tests.contracts.own_side import NOW, TODAY, family, secret_of, sign_family
from tests.factories.contracts import both_signatures, sign_agreement
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def signed(resident, cast):
    return sign_agreement(resident, cast.team_a, cast.li, on=TODAY)


@pytest.fixture
def knock(signed):
    """knock(answer, minutes later, address) -> code of the objection, or None."""
    secret_of(signed)

    def ask(answer: str, after: int = 0, address: str = "198.51.100.7", agreement=signed) -> str | None:
        link = ResidentLink.objects.get(agreement=agreement, revoked_at=None)
        objection = open_link(
            link=link, answer=answer, address=address, at=NOW + after * MINUTE, policy=policy_on(TODAY)
        )
        return objection.code if objection else None

    return ask


def test_the_secret_is_long_random_to_others_and_kept_nowhere(signed):
    secret = secret_of(signed)
    assert len(secret) == 32  # 192 bits
    assert link_behind(secret).agreement == signed
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM contracts_residentlink")
        assert secret not in str(cursor.fetchall())


def test_every_copy_carries_the_same_link(signed):
    assert secret_of(signed) == secret_of(signed)
    assert ResidentLink.objects.count() == 1


def test_each_agreement_has_its_own(signed, cast, district):
    other = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=TODAY)
    assert secret_of(signed) != secret_of(other)


@pytest.mark.parametrize("wrong", ["", "x", "A" * 32, "../admin", "%00"])
def test_a_made_up_secret_leads_nowhere(signed, wrong):
    secret_of(signed)
    assert link_behind(wrong) is None


def test_number_or_phone_open_it(knock, resident):
    assert knock(resident.id_number[-4:]) is None
    assert knock("5678") is None


def test_the_right_answer_of_another_person_is_wrong(knock, district):
    other = ResidentFactory(grid=district.grid_a, phone="13911110000")
    assert knock(other.id_number[-4:]) == "wrong"
    assert knock("0000") == "wrong"


def test_the_birthday_opens_it_only_for_who_has_nothing_else(knock, resident, signed):
    assert knock("19500101") == "wrong"
    Resident.objects.filter(pk=resident.pk).update(
        id_kind=IdKind.NONE, id_number="", id_index=None, phone="", phone_index=None
    )
    assert knock("19500101") is None
    Resident.objects.filter(pk=resident.pk).update(born_on=None)
    assert knock("") == "unanswerable"


def test_of_a_household_only_the_representative_opens_it(knock, district, cast, wording):
    head, wife = family(district.grid_a, None, None)
    agreement = sign_family([head, wife], cast.team_a, cast.li)
    secret_of(agreement)
    assert knock(wife.phone[-4:], agreement=agreement) == "wrong"
    assert knock(head.phone[-4:], agreement=agreement) is None


def test_a_guardian_opens_it_with_his_own_phone(knock, district, cast, wording):
    child = ResidentFactory(
        grid=district.grid_a,
        born_on=dt.date(2020, 1, 1),
        phone="",
        phone_index=None,
        id_number="37109920200101001X",
    )
    Guardian.objects.create(
        resident=child, name="王某", relation="父亲", phone="13900002468", starts_on=dt.date(2020, 1, 1)
    )
    signatures = both_signatures(child, cast.li, party="guardian", guardian="王某")
    agreement = sign_agreement(child, cast.team_a, cast.li, on=TODAY, signatures=signatures)
    secret_of(agreement)
    assert knock("2468", agreement=agreement) is None


def test_five_wrong_answers_lock_it_even_for_the_right_one(knock):
    assert [knock("1111") for _ in range(5)] == ["wrong"] * 4 + ["locked"]
    assert knock("5678") == "locked"
    assert knock("5678", after=29) == "locked"
    assert knock("5678", after=31) is None


def test_who_goes_on_guessing_waits_longer_each_time(knock):
    for _ in range(5):
        knock("1111")
    assert [knock("1111", after=31) for _ in range(5)][-1] == "locked"
    assert knock("5678", after=31 + 59) == "locked"
    assert knock("5678", after=31 + 61) is None


def test_a_right_answer_begins_anew(knock):
    for _ in range(4):
        knock("1111")
    assert knock("5678") is None
    assert [knock("1111") for _ in range(4)] == ["wrong"] * 4


def test_one_address_may_not_try_link_after_link(knock, district, cast):
    """Twenty wrong answers from one place close every link to it, and to nobody else."""
    agreements = [
        sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=TODAY)
        for _ in range(5)
    ]
    for one in agreements:
        secret_of(one)
        for _ in range(4):
            knock("zzzz", agreement=one)
    assert knock("5678") == "locked"
    assert knock("5678", address="203.0.113.9") is None
    assert knock("5678", after=31) is None
    assert "198.51.100.7" not in str(list(WrongTries.objects.values())), "an address is kept as a digest only"


def test_it_closes_some_days_after_the_agreement(knock, signed):
    days = policy_on(TODAY).link_days_after_end
    last = (signed.ends_on - TODAY).days + days
    day = 24 * 60
    assert knock("5678", after=last * day) is None
    assert knock("5678", after=(last + 1) * day) == "expired"
    later = NOW + dt.timedelta(days=last + 1)
    assert link_for_paper(agreement=signed, at=later, policy=policy_on(TODAY)) == ""


def test_a_revoked_link_is_dead_and_the_next_paper_has_another(knock, signed, cast):
    old, row = secret_of(signed), ResidentLink.objects.get()
    assert revoke_link(by=cast.wang, on=TODAY, now=NOW, agreement=signed) == 1
    assert link_behind(old) is None
    objection = open_link(link=row, answer="5678", address="", at=NOW, policy=policy_on(TODAY))
    assert objection.code == "expired"
    assert secret_of(signed) != old
    assert knock("5678") is None
    assert revoke_link(by=cast.wang, on=TODAY, now=NOW, agreement=signed) == 1
    assert revoke_link(by=cast.wang, on=TODAY, now=NOW, agreement=signed) == 0


def test_another_team_revokes_nothing(signed, cast):
    secret_of(signed)
    with pytest.raises(CannotLink, match="本团队"):
        revoke_link(by=cast.zhao, on=TODAY, now=NOW, agreement=signed)


def test_a_void_agreement_gets_no_link(signed):
    signed.state = "void"
    assert secret_of(signed) == ""
