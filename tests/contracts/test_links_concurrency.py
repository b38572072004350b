"""Guesses sent at the same moment are counted one by one, on real connections."""

import threading

import pytest
from django.db import connection

from contracts.actions import CannotConfirm, confirm_by_code, open_link, send_code
from contracts.models import OneTimeCode, ResidentLink
from contracts.policy import policy_on
from core.models import WrongTries
from core.tasks import send_texts
from tests.contracts.own_side import NOW, TODAY, secret_of
from tests.factories.contracts import ensure_wording, sign_agreement
from tests.factories.residents import ResidentFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
GUESSES = 8


def at_once(guess) -> list[str]:
    """The answers of as many threads, sorted."""
    barrier, answers = threading.Barrier(GUESSES), []

    def run() -> None:
        try:
            barrier.wait(10)
            answers.append(guess())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(GUESSES)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return sorted(answers)


@pytest.fixture
def signed(cast, district):
    ensure_wording()
    return sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=TODAY)


def test_eight_wrong_answers_at_once_are_five_and_a_lock(signed):
    secret_of(signed)
    link = ResidentLink.objects.get()

    def guess() -> str:
        told = open_link(link=link, answer="zzzz", address="198.51.100.7", at=NOW, policy=policy_on(TODAY))
        return told.code

    assert at_once(guess) == ["locked"] * 4 + ["wrong"] * 4  # the fifth wrong one locks
    link.refresh_from_db()
    assert link.tries == 5
    assert WrongTries.objects.get().count == 5


def test_eight_wrong_codes_at_once_are_five(signed, cast, settings, tmp_path, monkeypatch):
    settings.SMS_SENDER, settings.SMS_FILE = "file", tmp_path / "texts.txt"
    monkeypatch.setattr(send_texts, "apply_async", lambda **options: None)
    send_code(by=cast.li, on=TODAY, now=NOW, agreement=signed)

    def guess() -> str:
        try:
            confirm_by_code(by=cast.li, on=TODAY, now=NOW, agreement=signed, code="x")
        except CannotConfirm as refusal:
            return refusal.code
        return "confirmed"

    assert at_once(guess) == ["too_many_tries"] * 3 + ["wrong_code"] * 5
    assert OneTimeCode.objects.get().tries == 5


def test_the_first_two_printings_at_once_make_one_link(signed):
    secrets = at_once(lambda: secret_of(signed))
    assert len(set(secrets)) == 1
    assert ResidentLink.objects.count() == 1
