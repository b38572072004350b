"""The disclosures of the demonstration: drafted, published and posted as their rules allow, with their gaps."""

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction
from django.db.models import Count, F, Q

from outreach.choices import ClinicKind, DisclosureState, ItemState, LivestreamState, ProofState
from outreach.disclosures.content import Content, digest_of
from outreach.models import (
    ClinicHours,
    DisclosureItem,
    DisclosureNote,
    DisclosureProof,
    EducationRecord,
    Livestream,
    MonthlyDisclosure,
    PhotoTwin,
    PolicyNotice,
    ProofPhoto,
    Survey,
    SurveyAnswer,
    VaccineSupply,
)
from outreach.policy import policy_on
from outreach.rules.fingerprints import bits_apart
from outreach.rules.surveys import object_to_answers, read_questions
from tests.config.test_seed_district import ON, seed

MONTHS = [dt.date(2026, 9, 1), dt.date(2026, 10, 1), dt.date(2026, 11, 1)]


@pytest.fixture(scope="module")
def district_once(django_db_setup, django_db_blocker):
    """One district for the whole module, undone at its end; each test runs in a savepoint inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(residents=400)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(district_once, db):
    """The district as built."""


@pytest.fixture
def published(seeded):
    return list(MonthlyDisclosure.objects.published().order_by("pk"))


def test_three_months_in_every_state(seeded):
    assert sorted(set(MonthlyDisclosure.objects.values_list("month", flat=True))) == MONTHS
    assert set(MonthlyDisclosure.objects.values_list("state", flat=True)) == set(DisclosureState.values)
    shown = MonthlyDisclosure.objects.filter(
        team__memberships__user__username="li", team__memberships__is_leader=True
    )
    assert [one.state for one in shown.order_by("month")] == ["published", "published", "draft"]
    assert shown.get(month=MONTHS[2]).items.filter(state=ItemState.GAP).exists()


def test_all_ten_items_of_each(seeded):
    numbers = MonthlyDisclosure.objects.annotate(n=Count("items")).values_list("n", flat=True)
    assert set(numbers) == {10}
    season = DisclosureItem.objects.filter(number=1, disclosure__month=MONTHS[2]).first()
    assert "11月22日（周日）15:23小雪" in season.text
    told = set(DisclosureItem.objects.filter(state=ItemState.FILLED).values_list("number", flat=True))
    assert told == set(range(1, 11))


def test_what_was_published_is_whole_and_frozen(published):
    assert published
    for one in published:
        assert not one.items.filter(state=ItemState.GAP).exists()
        last = one.versions.order_by("-number").first()
        assert (last.step, last.digest) == ("published", one.digest)
        assert digest_of(last.content) == one.digest
        assert len(Content.from_json(last.content).items) == 10
        assert one.confirmed_by_id != one.published_by_id
        assert one.drafted_at < one.confirmed_at < one.published_at
    assert DisclosureNote.objects.filter(disclosure__in=published).exists()


def test_postings_after_publishing_within_the_month_by_several_channels(published):
    proofs = DisclosureProof.objects.select_related("disclosure")
    for one in proofs:
        assert one.disclosure.state == DisclosureState.PUBLISHED
        assert one.disclosure.published_at.date() - dt.timedelta(days=1) <= one.posted_on <= ON
        assert (one.posted_on.year, one.posted_on.month) == (
            one.disclosure.month.year,
            one.disclosure.month.month,
        )
    kinds = Counter(proofs.filter(state=ProofState.COUNTED).values_list("disclosure", flat=True))
    assert max(kinds.values()) >= policy_on(ON).disclosure_min_channels
    assert len(kinds) < len(published) or min(kinds.values()) == 1  # some have told too little
    assert not proofs.annotate(n=Count("photos")).filter(n=0).exists()


def test_one_photo_was_used_twice_and_no_other_looks_alike(seeded):
    twin = PhotoTwin.objects.get()
    assert twin.later.sha256 == twin.earlier.sha256
    assert twin.later.proof.state == ProofState.FLAGGED
    assert twin.later.proof.disclosure.month > twin.earlier.proof.disclosure.month
    prints = list(ProofPhoto.objects.exclude(pk=twin.later_id).values_list("fingerprint", flat=True))
    bits = policy_on(ON).photo_twin_bits
    assert all(bits_apart(one, other) > bits for at, one in enumerate(prints) for other in prints[at + 1 :])


def test_calendars_with_their_gaps(seeded):
    assert set(ClinicHours.objects.values_list("kind", flat=True)) == set(ClinicKind.values)
    seats = ClinicHours.objects.filter(specialist__isnull=False)
    assert seats.values("specialist").distinct().count() == seats.count()  # nobody in two places
    old = ON - dt.timedelta(days=14)
    assert VaccineSupply.objects.filter(updated_on__lt=old).exists()
    assert not VaccineSupply.objects.filter(
        Q(updated_on__gt=ON) | Q(program="free", price_yuan__isnull=False)
    ).exists()
    assert PolicyNotice.objects.filter(institution=None).count() == 3
    assert EducationRecord.objects.filter(visit__state="done").exists()
    assert not EducationRecord.objects.filter(visit__state__in=["missed", "cancelled"]).exists()


def test_streams_of_eight_weeks_and_those_to_come(seeded):
    held = Livestream.objects.filter(state=LivestreamState.HELD)
    assert held.filter(on__lt=ON - dt.timedelta(weeks=7)).exists()
    assert not held.filter(on__gte=ON).exists()
    assert Livestream.objects.filter(state=LivestreamState.MISSED).exists()
    assert held.filter(ended_at__lt=F("began_at") + dt.timedelta(minutes=30)).exists()
    ahead = Livestream.objects.filter(state=LivestreamState.PLANNED)
    assert ahead.exists()
    assert not ahead.filter(on__lt=ON).exists()


def test_answers_that_the_surveys_allow(seeded):
    assert Survey.objects.count() == 2
    assert Survey.objects.active_on(ON).count() == 1
    for one in SurveyAnswer.objects.select_related("survey", "resident"):
        assert object_to_answers(read_questions(one.survey.questions), one.answers) is None
        assert one.survey.starts_on <= one.answered_at.date() <= min(ON, one.survey.ends_on)
        assert one.team_id == one.resident.managing_team_id
