"""When residents count as told, and which pictures show the same."""

import datetime as dt
from io import BytesIO

import pytest
from PIL import Image

from outreach.choices import DisclosureChannel, DisclosureState, ProofState
from outreach.disclosures.base import Month
from outreach.rules.fingerprints import bits_apart, difference_hash
from outreach.rules.proofs import (
    DECISIONS,
    WITHDRAWABLE,
    Asked,
    Standing,
    Told,
    object_to_decision,
    object_to_posting,
    object_to_withdrawal,
    verdict_of,
)
from tests.outreach.posting import picture

D = dt.date
NOVEMBER = Month(D(2026, 11, 1))
ASKED = Asked(items=10, channels=2, due_on=D(2026, 11, 10))
BOARD, GROUP, LIFT = (
    DisclosureChannel.NOTICE_BOARD,
    DisclosureChannel.WECHAT_GROUP,
    DisclosureChannel.LIFT_SCREEN,
)
EARLY, FIFTH = D(2026, 11, 3), D(2026, 11, 5)
PUBLISHED = DisclosureState.PUBLISHED


def told(channels, *, items=10, state=PUBLISHED, flagged=0, published=EARLY):
    return Told(state, published, items, channels, flagged)


def judged(one, on=FIFTH, asked=ASKED):
    return verdict_of(one, asked, month=NOVEMBER, on=on)


class TestExampleEight:
    """Section 12 of the domain."""

    def test_two_groups_are_one_kind_of_channel(self):
        verdict = judged(told({GROUP: D(2026, 11, 4)}))
        assert not verdict.is_met
        assert verdict.missing == ("公开形式少 1 种",)

    def test_a_notice_and_a_group_pass(self):
        verdict = judged(told({GROUP: D(2026, 11, 4), BOARD: D(2026, 11, 5)}))
        assert (verdict.standing, verdict.met_on) == (Standing.MET, D(2026, 11, 5))

    def test_nine_items_fail(self):
        verdict = judged(told({GROUP: D(2026, 11, 4), BOARD: D(2026, 11, 5)}, items=9))
        assert not verdict.is_met
        assert verdict.missing == ("内容少 1 项",)


@pytest.mark.parametrize(
    ("day", "counts"),
    [(D(2026, 10, 31), False), (D(2026, 11, 1), True), (D(2026, 11, 30), True), (D(2026, 12, 1), False)],
)
def test_only_postings_dated_in_the_month_count(day, counts):
    verdict = judged(told({BOARD: D(2026, 11, 2), GROUP: day}, published=D(2026, 11, 1)), on=D(2026, 12, 5))
    assert verdict.is_met is counts
    assert verdict.kinds == 1 + counts


@pytest.mark.parametrize(
    ("second", "standing"),
    [(D(2026, 11, 10), Standing.MET), (D(2026, 11, 11), Standing.MET_LATE)],
)
def test_in_time_until_the_due_day(second, standing):
    verdict = judged(told({BOARD: D(2026, 11, 4), GROUP: second, LIFT: D(2026, 11, 20)}), on=D(2026, 12, 5))
    assert (verdict.standing, verdict.met_on) == (standing, second)
    assert verdict.is_late is (standing == Standing.MET_LATE)


@pytest.mark.parametrize(
    ("on", "standing"),
    [
        (D(2026, 11, 10), Standing.OPEN),
        (D(2026, 11, 11), Standing.LATE),
        (D(2026, 11, 30), Standing.LATE),
        (D(2026, 12, 1), Standing.FAILED),
    ],
)
def test_what_is_missing_is_open_then_late_then_failed(on, standing):
    assert judged(Told(), on=on).standing == standing


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        (None, "尚未生成"),
        (DisclosureState.DRAFT, "待团队长确认"),
        (DisclosureState.CONFIRMED, "待机构审核发布"),
    ],
)
def test_before_it_is_published_the_next_step_is_named_and_nothing_counts(state, missing):
    verdict = judged(told({BOARD: D(2026, 11, 4), GROUP: D(2026, 11, 4)}, state=state))
    assert verdict.missing == (missing,)
    assert not verdict.is_met


def test_what_waits_for_a_decision_is_named_only_where_it_is_needed():
    assert judged(told({BOARD: D(2026, 11, 4)}, flagged=2)).missing == (
        "公开形式少 1 种",
        "疑似重复待核 2 条",
    )
    assert judged(told({BOARD: D(2026, 11, 4), GROUP: D(2026, 11, 4)}, flagged=2)).is_met


def test_other_numbers_of_the_policy():
    three = Asked(items=9, channels=3, due_on=D(2026, 11, 20))
    both = {BOARD: D(2026, 11, 4), GROUP: D(2026, 11, 15)}
    assert not judged(told(both, items=9), asked=three).is_met
    assert judged(told(both | {LIFT: D(2026, 11, 20)}, items=9), asked=three).standing == Standing.MET
    none = Asked(items=10, channels=0, due_on=D(2026, 11, 10))
    assert judged(told({}), asked=none).met_on == D(2026, 11, 3)


@pytest.mark.parametrize(
    ("state", "published", "posted", "code"),
    [
        (DisclosureState.CONFIRMED, None, D(2026, 11, 5), "not_published"),
        (PUBLISHED, D(2026, 11, 5), D(2026, 11, 4), "posted_before"),
        (PUBLISHED, D(2026, 11, 5), D(2026, 11, 5), None),
        (PUBLISHED, D(2026, 11, 5), D(2026, 11, 9), None),
        (PUBLISHED, D(2026, 11, 5), D(2026, 11, 10), "posted_ahead"),
    ],
)
def test_nobody_posts_before_it_is_published_or_tomorrow(state, published, posted, code):
    found = object_to_posting(
        state=state, published_on=published, posted_on=posted, on=D(2026, 11, 9), backdate_days=14
    )
    assert (found.code if found else None) == code


@pytest.mark.parametrize(("days", "is_late"), [(0, False), (14, False), (15, True), (40, True)])
def test_a_month_is_not_filled_in_afterwards(days, is_late):
    on = D(2026, 12, 20)
    found = object_to_posting(
        state=DisclosureState.PUBLISHED, published_on=D(2026, 11, 1), posted_on=on - dt.timedelta(days=days), on=on,
        backdate_days=14,
    )  # fmt: skip
    assert (found.code == "posted_long_ago") if is_late else found is None


def test_decisions_are_a_table():
    for state in ProofState:
        for verdict in ProofState:
            assert (object_to_decision(state, verdict) is None) is (verdict in DECISIONS[state])
        assert (object_to_withdrawal(state) is None) is (state in WITHDRAWABLE)
    assert not DECISIONS[ProofState.WITHDRAWN]


class TestFingerprints:
    def test_the_same_scene_smaller_and_saved_worse_is_near(self):
        first = difference_hash(picture(1, size=(1200, 900), quality=95))
        again = difference_hash(picture(1, size=(400, 300), quality=40))
        assert bits_apart(first, again) <= 6

    def test_other_scenes_are_far(self):
        hashes = [difference_hash(picture(seed)) for seed in range(8)]
        far = [bits_apart(one, other) for at, one in enumerate(hashes) for other in hashes[:at]]
        assert min(far) > 10

    def test_it_fits_a_signed_column(self):
        for seed in range(20):
            assert -(2**63) <= difference_hash(picture(seed)) < 2**63

    def test_every_bit_and_its_sign(self):
        def falling(step):
            image = Image.new("L", (9, 8))
            image.putdata([128 + step * column for _ in range(8) for column in range(9)])
            kept = BytesIO()
            image.resize((900, 800), Image.Resampling.NEAREST).save(kept, "JPEG", quality=95)
            return difference_hash(kept.getvalue())

        assert falling(-12) == -1  # darker to the right everywhere: all bits set
        assert falling(12) == 0
        assert bits_apart(-1, 0) == 64
        assert bits_apart(-(2**63), 0) == 1
