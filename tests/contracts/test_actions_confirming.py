"""The resident's own word: codes guessed, replayed, of another agreement; what it puts in force."""

import datetime as dt
import re

import pytest

from contracts.actions import (
    CannotConfirm,
    confirm_by_code,
    confirm_by_document,
    confirm_by_link,
    send_code,
)
from contracts.choices import EvidenceKind
from contracts.models import Confirmation, OneTimeCode, SigningEvidence
from core.crypto import seal_bytes
from core.models import OutgoingText
from residents.models import Resident
from tests.contracts.own_side import NOW, TODAY, family, sign_family, wait_for_resident
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(resident, cast):
    return wait_for_resident(sign_agreement(resident, cast.team_a, cast.li, on=TODAY))


@pytest.fixture(autouse=True)
def channel(settings, tmp_path):
    settings.SMS_SENDER, settings.SMS_FILE = "file", tmp_path / "texts.txt"


def ask(agreement, by, at=NOW) -> str:
    """The code that was sent."""
    send_code(by=by, on=TODAY, now=at, agreement=agreement)
    return re.search(r"验证码 (\d{6})", OutgoingText.objects.latest("pk").text)[1]


def enter(agreement, code, by, at=NOW):
    return confirm_by_code(by=by, on=TODAY, now=at, agreement=agreement, code=code, ip="127.0.0.1")


def refused(action, *arguments, **named) -> str:
    with pytest.raises(CannotConfirm) as met:
        action(*arguments, **named)
    return met.value.code


def wrong_for(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_right_code_puts_it_in_force(waiting, cast, resident):
    code = ask(waiting, cast.li)
    enter(waiting, f" {code[:3]} {code[3:]}", cast.li)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.waits_for) == ("active", "")
    assert waiting.enrollments.get().state == "active"
    assert Resident.objects.get(pk=resident.pk).managing_team == cast.team_a
    event = waiting.events.latest("pk")
    assert (event.kind, event.by, event.note) == ("confirmed", cast.li, "短信验证码")
    word = Confirmation.objects.get()
    assert (word.way, word.recorded_by, word.ip) == ("code", cast.li, "127.0.0.1")


def test_code_and_phone_are_sealed_and_only_a_digest_stays(waiting, cast, resident):
    code = ask(waiting, cast.li)
    row = OneTimeCode.objects.values().get()
    assert code not in str(row)
    assert resident.phone not in str(row)
    text = OutgoingText.objects.get()
    assert (text.phone, text.useless_at) == (resident.phone, NOW + dt.timedelta(minutes=10))


def test_a_used_code_is_worth_nothing(resident, cast):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=TODAY)
    code = ask(agreement, cast.li)
    enter(agreement, code, cast.li)
    assert refused(enter, agreement, code, cast.li) == "confirmed"
    assert OneTimeCode.objects.get().used_at == NOW


def test_a_code_opens_nothing_a_second_time_even_without_the_first_word(waiting, cast):
    code = ask(waiting, cast.li)
    OneTimeCode.objects.update(used_at=NOW)
    assert refused(enter, waiting, code, cast.li) == "no_code"


def test_a_code_of_another_agreement_is_wrong(waiting, cast, district):
    other = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=TODAY)
    mine, theirs = ask(waiting, cast.li), ask(other, cast.li)
    if mine == theirs:  # one in a million
        theirs = wrong_for(mine)
    assert refused(enter, waiting, theirs, cast.li) == "wrong_code"


def test_five_wrong_codes_and_the_right_one_is_dead(waiting, cast):
    code = ask(waiting, cast.li)
    assert [refused(enter, waiting, wrong_for(code), cast.li) for _ in range(5)] == ["wrong_code"] * 5
    assert OneTimeCode.objects.get().tries == 5, "a wrong try is kept although the confirmation was refused"
    assert refused(enter, waiting, code, cast.li) == "too_many_tries"
    waiting.refresh_from_db()
    assert waiting.state == "pending_confirm"


def test_a_code_runs_out(waiting, cast):
    code = ask(waiting, cast.li)
    assert refused(enter, waiting, code, cast.li, NOW + dt.timedelta(minutes=10)) == "no_code"
    assert enter(waiting, code, cast.li, NOW + dt.timedelta(minutes=9, seconds=59))


def test_a_new_code_ends_the_one_before(waiting, cast):
    first = ask(waiting, cast.li)
    second = ask(waiting, cast.li, NOW + dt.timedelta(minutes=1))
    if first != second:
        assert refused(enter, waiting, first, cast.li, NOW + dt.timedelta(minutes=2)) == "wrong_code"
    assert enter(waiting, second, cast.li, NOW + dt.timedelta(minutes=2))


def test_five_codes_a_day(waiting, cast):
    for _ in range(5):
        ask(waiting, cast.li)
    assert refused(ask, waiting, cast.li) == "too_many_codes"


def test_no_code_was_sent(waiting, cast):
    assert refused(enter, waiting, "000000", cast.li) == "no_code"


def test_another_team_confirms_nothing(waiting, cast):
    code = ask(waiting, cast.li)
    assert refused(ask, waiting, cast.zhao) == "not_own_team"
    assert refused(enter, waiting, code, cast.zhao) == "not_own_team"
    assert refused(confirm_by_document, by=cast.zhao, on=TODAY, agreement=waiting) == "not_own_team"


def test_without_a_channel_the_page_is_told(waiting, cast, settings):
    settings.SMS_SENDER = "none"
    assert refused(ask, waiting, cast.li) == "no_sms"
    assert not OneTimeCode.objects.exists()


def test_a_landline_gets_no_code(waiting, cast, resident):
    Resident.objects.filter(pk=resident.pk).update(phone="06311234567")
    assert refused(ask, waiting, cast.li) == "no_phone"


def test_what_waits_for_approval_keeps_waiting_but_the_word_is_kept(waiting, cast):
    type(waiting).objects.filter(pk=waiting.pk).update(waits_for="approval")
    confirm_by_link(on=TODAY, agreement=waiting, ip=None)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.waits_for) == ("pending_confirm", "approval")
    assert Confirmation.objects.get().way == "link"


def test_an_agreement_in_force_only_gains_the_word(resident, cast):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=TODAY)
    confirm_by_link(on=TODAY, agreement=agreement)
    confirm_by_link(on=TODAY, agreement=agreement)
    assert Confirmation.objects.count() == 1
    assert agreement.events.filter(kind="confirmed").count() == 1
    agreement.refresh_from_db()
    assert agreement.state == "active"


def test_what_is_over_is_not_confirmed(resident, cast):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=TODAY)
    type(agreement).objects.filter(pk=agreement.pk).update(state="void")
    assert refused(confirm_by_link, on=TODAY, agreement=agreement) == "not_running"


def test_a_document_only_where_no_code_can_be_sent_and_with_its_photo(waiting, cast, settings):
    document = {"by": cast.li, "on": TODAY, "agreement": waiting}
    assert refused(confirm_by_document, **document) == "no_id_photo"
    SigningEvidence.objects.create(
        agreement=waiting,
        kind=EvidenceKind.ID_PHOTO,
        sealed=seal_bytes(b"x", purpose="test"),
        sha256="0" * 64,
        added_by=cast.li,
    )
    assert refused(confirm_by_document, **document) == "has_phone"
    settings.SMS_SENDER = "none"
    confirm_by_document(**document)
    waiting.refresh_from_db()
    assert waiting.state == "active"


def test_a_whole_household_begins_with_the_representatives_word(district, cast, wording):
    people = family(district.grid_a, None, None, None)
    agreement = wait_for_resident(sign_family(people, cast.team_a, cast.li))
    confirm_by_link(on=TODAY, agreement=agreement)
    assert set(agreement.enrollments.values_list("state", flat=True)) == {"active"}
    assert Resident.objects.filter(pk__in=[one.pk for one in people], managing_team=cast.team_a).count() == 3


def test_a_landline_leaves_the_document(waiting, cast, resident):
    Resident.objects.filter(pk=resident.pk).update(phone="06311234567")
    SigningEvidence.objects.create(
        agreement=waiting,
        kind=EvidenceKind.ID_PHOTO,
        sealed=seal_bytes(b"x", purpose="test"),
        sha256="0" * 64,
        added_by=cast.li,
    )
    confirm_by_document(by=cast.li, on=TODAY, agreement=waiting)
    waiting.refresh_from_db()
    assert waiting.state == "active"
