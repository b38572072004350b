"""Refusals to sign: written down, asked again, converted by a later signing."""

import datetime as dt

import pytest

from contracts.actions import CannotRecordRefusal, record_refusal
from contracts.actions.refusals import convert_refusals
from contracts.choices import AgreementState, RefusalReason
from contracts.models import Agreement, Refusal
from contracts.queries.refusals import (
    due_count,
    latest_refusals,
    refusal_counts,
    refusal_page,
    refusals_in,
    refusals_of,
)
from residents.actions import record_death
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


def refuse(cast, resident, *, on=DAY, again=None, by=None, team=None, **changes):
    asked = {
        "reason": RefusalReason.NOT_NEEDED,
        "refused_on": on,
        "ask_again_on": again or on + 180 * ONE,
    }
    return record_refusal(
        by=by or cast.wang, on=on, resident=resident, team=team or cast.team_a, **asked | changes
    )


def due(on):
    return [one.resident for one in refusals_in(Refusal.objects.all(), "due", on=on)]


def test_it_is_due_on_its_day_and_stays_due(cast, resident):
    refuse(cast, resident, again=DAY + 10 * ONE)
    assert due(DAY + 9 * ONE) == []
    assert due(DAY + 10 * ONE) == [resident]
    assert due(DAY + 40 * ONE) == [resident]
    assert due_count(cast.li, on=DAY + 10 * ONE) == 1
    assert due_count(cast.zhao, on=DAY + 10 * ONE) == 0


def test_a_team_that_lost_the_grid_asks_nobody_there(cast, district, resident):
    refuse(cast, resident, again=DAY + ONE)
    district.grid_a.responsibilities.update(team=cast.team_b)
    assert due_count(cast.li, on=DAY + ONE) == 0
    assert [one.resident for one in Refusal.objects.visible_to(cast.zhao)] == [resident]


def test_only_the_newest_is_asked_about_again(cast, resident):
    refuse(cast, resident, on=DAY - 50 * ONE, again=DAY)
    second = refuse(cast, resident, again=DAY + 90 * ONE, reason=RefusalReason.PRIVACY)
    assert due(DAY) == []
    assert [one.pk for one in refusals_in(Refusal.objects.all(), "due", on=DAY + 90 * ONE)] == [second.pk]
    assert len(refusals_of(resident.pk)) == 2
    assert latest_refusals([resident.pk]) == {resident.pk: second}


def test_who_is_signed_does_not_refuse(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 400 * ONE)
    refuse(cast, resident)  # that one ran out
    sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    with pytest.raises(CannotRecordRefusal) as caught:
        refuse(cast, resident)
    assert caught.value.code == "already_signed"


def test_it_is_recorded_for_ones_own_team(cast, resident):
    with pytest.raises(CannotRecordRefusal) as caught:
        refuse(cast, resident, team=cast.team_b)
    assert (caught.value.code, caught.value.field) == ("not_own_team", "team")
    assert not Refusal.objects.exists()


def test_a_signing_converts_every_refusal_of_the_person(cast, district, resident):
    other = ResidentFactory(grid=district.grid_a)
    refuse(cast, resident, on=DAY - 200 * ONE, again=DAY - ONE)
    refuse(cast, resident, on=DAY - 100 * ONE, again=DAY - ONE)
    refuse(cast, other, on=DAY - 100 * ONE, again=DAY - ONE)
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    convert_refusals(residents=[resident.pk], agreement=agreement)
    assert set(Refusal.objects.values_list("resident", "converted_by")) == {
        (resident.pk, agreement.pk), (other.pk, None),
    }  # fmt: skip
    assert due(DAY) == [other]
    counts = refusal_counts(Refusal.objects.all(), on=DAY)
    assert (counts.refused, counts.converted, counts.due) == (2, 1, 1)


def test_a_void_signing_converts_nobody(cast, resident):
    refuse(cast, resident, on=DAY - 100 * ONE, again=DAY - ONE)
    wrong = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    convert_refusals(residents=[resident.pk], agreement=wrong)
    Agreement.objects.filter(pk=wrong.pk).update(state=AgreementState.VOID)
    wrong.enrollments.update(state=AgreementState.VOID)
    assert due(DAY) == [resident]
    assert refusal_counts(Refusal.objects.all(), on=DAY).converted == 0
    right = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    convert_refusals(residents=[resident.pk], agreement=right)
    assert Refusal.objects.get().converted_by == right


def test_nobody_asks_the_dead(cast, resident):
    refuse(cast, resident, on=DAY - 100 * ONE, again=DAY)
    record_death(resident=resident, by=cast.li, on=DAY, since=DAY)
    assert due(DAY) == []


def test_pages_go_on_where_the_last_ended(cast, district, wording, monkeypatch):
    monkeypatch.setattr("contracts.queries.refusals.PAGE_SIZE", 2)
    people = ResidentFactory.create_batch(5, grid=district.grid_a)
    for place, one in enumerate(people):
        refuse(cast, one, on=DAY - 10 * ONE, again=DAY - (place % 2) * ONE)
    found, after = [], ""
    while True:
        page = refusal_page(refusals_in(Refusal.objects.all(), "due", on=DAY), bucket="due", after=after)
        found += page.rows
        after = page.next_after
        if not after:
            break
    assert [one.ask_again_on for one in found] == sorted(one.ask_again_on for one in found)
    assert {one.resident_id for one in found} == {one.pk for one in people}
