import datetime as dt
from dataclasses import replace

import pytest

from contracts.choices import AgreementKind
from contracts.rules.renewing import Candidate, may_sign_on, next_term, object_to_renewal, was_reached

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
FREE = Candidate(
    kind=AgreementKind.INDIVIDUAL,
    present=1,
    is_taken=False,
    has_successor=False,
    has_transfer=False,
    is_team_active=True,
    has_doctor=True,
)
FAMILY = replace(FREE, kind=AgreementKind.HOUSEHOLD, present=3)


@pytest.mark.parametrize(
    ("ends", "years", "starts", "last"),
    [
        (dt.date(2026, 11, 22), 1, dt.date(2026, 11, 23), dt.date(2027, 11, 22)),
        (dt.date(2027, 12, 31), 3, dt.date(2028, 1, 1), dt.date(2030, 12, 31)),
        (dt.date(2028, 2, 28), 1, dt.date(2028, 2, 29), dt.date(2029, 2, 28)),  # begins on the leap day
        (dt.date(2029, 2, 28), 1, dt.date(2029, 3, 1), dt.date(2030, 2, 28)),
        (dt.date(2027, 2, 28), 1, dt.date(2027, 3, 1), dt.date(2028, 2, 29)),
    ],
)
def test_the_next_term_begins_the_day_after(ends, years, starts, last):
    assert next_term(ends, years) == (starts, last)


@pytest.mark.parametrize(("offset", "may"), [(-61, False), (-60, True), (0, True), (30, True), (31, False)])
def test_a_successor_is_signed_within_notice_and_grace(offset, may):
    assert may_sign_on(DAY, on=DAY + offset * ONE, notice_days=60, grace_days=30) == may


@pytest.mark.parametrize(
    ("days", "reached"),
    [
        ([], False),
        ([None, None], False),
        ([DAY - 10 * ONE], True),
        ([None, DAY], True),
        ([DAY - 11 * ONE], False),
        ([DAY + ONE], False),
    ],
)
def test_one_contact_inside_the_term_is_enough(days, reached):
    assert was_reached(days, starts_on=DAY - 10 * ONE, ends_on=DAY) == reached


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (FREE, None),
        (FAMILY, None),
        (replace(FREE, kind=AgreementKind.SUPPLEMENTARY), "supplementary"),
        (replace(FREE, has_successor=True), "renewed_already"),
        (replace(FREE, has_transfer=True), "transfer_open"),
        (replace(FREE, is_team_active=False), "team_not_active"),
        (replace(FREE, has_doctor=False), "doctor_not_in_team"),
        (replace(FREE, present=0), "nobody_present"),
        (replace(FREE, present=0, is_taken=True), "overlap"),
        (replace(FAMILY, is_taken=True), None),  # the others go on
        (replace(FAMILY, has_representative=False), "representative_gone"),
        (replace(FAMILY, present=2), None),
        (replace(FAMILY, present=1), "family_too_small"),
        (replace(FREE, packages_gone=["老年人服务包"]), "package_gone"),
        (replace(FREE, items_gone=["上门换药"]), "item_gone"),
        (replace(FREE, packages=0), "no_package"),
    ],
)
def test_what_stands_in_the_way(case, code):
    objection = object_to_renewal(case, least_members=2)
    assert (objection.code if objection else None) == code
    assert objection is None or objection.sentence.endswith("。")
