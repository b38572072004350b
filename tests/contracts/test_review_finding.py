"""Which signings are flagged for a second look, which are not, and that each is flagged once."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from contracts.actions.reviewing import find_review_flags, raise_flag
from contracts.actions.signatures import SignedBy
from contracts.choices import EvidenceKind, ReviewKind, SignerParty
from contracts.models import Agreement, ReviewFlag, SigningEvidence
from contracts.rules.review import ADVICE, reason_of
from core.models import PolicySetting
from core.sql import rows_of
from residents.searchable import phone_index
from tests.factories.contracts import png, sign_agreement
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.factories.teams import UserFactory

DAY = dt.date(2026, 11, 20)
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
pytestmark = pytest.mark.django_db


def moment(hour: int, minute: int = 0, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI)


class Desk:
    """Signs one person after the other, each with ink of his own, entered at a given time."""

    def __init__(self, cast, grid):
        self.cast, self.grid, self.inks = cast, grid, 0

    def ink(self) -> bytes:
        self.inks += 1
        return png(300 + self.inks)

    def sign(self, at: dt.datetime, resident=None, **changes) -> Agreement:
        person = resident or ResidentFactory(grid=self.grid)
        signatures = [
            SignedBy(SignerParty.RESIDENT, person.name, self.ink()),
            SignedBy(SignerParty.DOCTOR, self.cast.li.name, self.ink()),
        ]
        asked = {"on": at.astimezone(SHANGHAI).date(), "signatures": signatures} | changes
        agreement = sign_agreement(person, self.cast.team_a, self.cast.li, **asked)
        Agreement.objects.filter(pk=agreement.pk).update(created_at=at)
        return agreement


@pytest.fixture
def desk(cast, district, wording):
    return Desk(cast, district.grid_a)


def found(on: dt.date = DAY, kind: ReviewKind | None = None) -> dict[int, ReviewFlag]:
    """After a search: agreement id -> its flag of that kind."""
    find_review_flags(on=on)
    return {one.agreement_id: one for one in ReviewFlag.objects.filter(kind=kind)}


class TestBurst:
    def entered(self, desk, minutes: list[int], **changes) -> list[int]:
        return [desk.sign(moment(9) + dt.timedelta(minutes=one), **changes).pk for one in minutes]

    def test_six_in_ten_minutes(self, desk):
        ids = self.entered(desk, [0, 2, 4, 6, 8, 10])
        flags = found(kind=ReviewKind.BURST)
        assert set(flags) == set(ids)
        assert {one.facts["count"] for one in flags.values()} == {6}

    def test_the_sixth_a_minute_later_is_none(self, desk):
        self.entered(desk, [0, 2, 4, 6, 8, 11])
        assert found(kind=ReviewKind.BURST) == {}

    def test_only_the_crowded_ones_of_a_day(self, desk):
        ids = self.entered(desk, [0, 60, 61, 62, 63, 64, 65, 120])
        assert set(found(kind=ReviewKind.BURST)) == set(ids[1:7])

    def test_two_people_at_work_are_no_burst(self, desk, cast):
        self.entered(desk, [0, 2, 4])
        self.entered(desk, [1, 3, 5], by=cast.qian)
        assert found(kind=ReviewKind.BURST) == {}

    def test_over_midnight(self, desk):
        late = [desk.sign(moment(23, 55 + one)) for one in range(3)]
        early = [desk.sign(moment(0, one, DAY + dt.timedelta(days=1))) for one in range(3)]
        flags = found(DAY + dt.timedelta(days=1), ReviewKind.BURST)
        assert set(flags) == {one.pk for one in (*late, *early)}

    def test_paper_is_told_as_paper(self, desk):
        ids = self.entered(desk, [0, 0, 0, 0, 0, 0], mode="paper")
        flag = found(kind=ReviewKind.BURST)[ids[0]]
        assert "纸质签名" in reason_of(ReviewKind.BURST, flag.facts)

    def test_void_ones_do_not_count(self, desk):
        ids = self.entered(desk, [0, 1, 2, 3, 4, 5])
        Agreement.objects.filter(pk=ids[0]).update(state="void")
        assert found(kind=ReviewKind.BURST) == {}

    def test_each_day_by_its_own_policy(self, desk):
        """A stricter number looks at the days from which it holds, never at those before."""
        before = self.entered(desk, [0, 1, 2])
        PolicySetting.objects.create(
            room="contracts",
            payload={"burst_signings": 3},
            in_force_from=DAY + dt.timedelta(days=1),
            source="测",
        )
        after = [desk.sign(moment(9, one, DAY + dt.timedelta(days=1))).pk for one in range(3)]
        flags = found(DAY + dt.timedelta(days=1), ReviewKind.BURST)
        assert set(flags) == set(after) and not set(flags) & set(before)

    @given(st.lists(st.integers(0, 90), max_size=14))
    def test_as_counted_one_by_one(self, minutes):
        """The window functions against a count by hand, on plain numbers."""
        assert _crowded_by_sql(minutes) == _crowded_by_hand(minutes)


def _crowded_by_hand(minutes: list[int], least: int = 6, window: int = 10) -> list[int]:
    ordered = sorted(minutes)
    spans = [[one for one in ordered if last - window <= one <= last] for last in ordered]
    crowded = {one for span in spans if len(span) >= least for one in span}
    return [one for one in ordered if one in crowded]


def _crowded_by_sql(minutes: list[int], least: int = 6, window: int = 10) -> list[int]:
    rows = rows_of(
        """
        WITH counted AS (SELECT at, count(*) OVER (ORDER BY at RANGE BETWEEN %(w)s PRECEDING AND CURRENT ROW) AS before
            FROM unnest(%(at)s::int[]) AS at),
        crowded AS (SELECT at, max(before) OVER (ORDER BY at RANGE BETWEEN CURRENT ROW AND %(w)s FOLLOWING) AS most
            FROM counted)
        SELECT at FROM crowded WHERE most >= %(least)s ORDER BY at
        """,
        {"w": window, "at": minutes, "least": least},
    )
    return [one for (one,) in rows]


class TestNight:
    @pytest.mark.parametrize(
        ("hour", "minute", "is_night"), [(21, 59, False), (22, 0, True), (5, 59, True), (6, 0, False)]
    )
    def test_hours(self, desk, hour, minute, is_night):
        signed = desk.sign(moment(hour, minute))
        flags = found(kind=ReviewKind.NIGHT)
        assert set(flags) == ({signed.pk} if is_night else set())
        if is_night:
            assert flags[signed.pk].facts["at"] == f"{hour:02d}:{minute:02d}"

    def test_paper_typed_in_at_night_was_not_signed_at_night(self, desk):
        desk.sign(moment(23), mode="paper")
        assert found(kind=ReviewKind.NIGHT) == {}

    def test_what_the_calendar_renewed_has_no_hour(self, desk):
        signed = desk.sign(moment(0, 20))
        Agreement.objects.filter(pk=signed.pk).update(renewal_kind="auto")
        assert found(kind=ReviewKind.NIGHT) == {}


class TestSameInk:
    def test_two_residents(self, desk):
        same = png(444)
        pair = []
        for _ in range(2):
            person = ResidentFactory(grid=desk.grid)
            doctor = SignedBy(SignerParty.DOCTOR, "李医生", desk.ink())
            own = SignedBy(SignerParty.RESIDENT, person.name, same)
            pair.append(desk.sign(moment(9), person, signatures=[own, doctor]).pk)
        other = desk.sign(moment(9))
        flags = found(kind=ReviewKind.SAME_INK)
        assert set(flags) == set(pair) and other.pk not in flags
        facts = flags[pair[0]].facts
        assert (facts["signers"], facts["agreements"], facts["party"]) == (2, 2, "resident")

    def test_an_old_paper_is_flagged_when_its_ink_comes_again(self, desk):
        same, later = png(445), DAY + dt.timedelta(days=2)
        people = ResidentFactory.create_batch(2, grid=desk.grid)
        papers = []
        for person, at in zip(people, (moment(9), moment(9, day=later)), strict=True):
            both = [
                SignedBy(SignerParty.RESIDENT, person.name, same),
                SignedBy(SignerParty.DOCTOR, "李医生", desk.ink()),
            ]
            papers.append(desk.sign(at, person, signatures=both).pk)
            find_review_flags(on=at.date())
        assert set(found(later, ReviewKind.SAME_INK)) == set(papers)

    def test_a_doctor_s_image_on_two_papers(self, desk):
        same = png(446)
        for _ in range(2):
            person = ResidentFactory(grid=desk.grid)
            own = SignedBy(SignerParty.RESIDENT, person.name, desk.ink())
            desk.sign(moment(9), person, signatures=[own, SignedBy(SignerParty.DOCTOR, "李医生", same)])
        facts = [one.facts for one in found(kind=ReviewKind.SAME_INK).values()]
        assert len(facts) == 2
        assert reason_of(ReviewKind.SAME_INK, facts[0]) == "医生的签名图像在2份协议上完全相同。"

    def test_one_hand_for_both_sides(self, desk):
        same, person = png(447), ResidentFactory(grid=desk.grid)
        both = [
            SignedBy(SignerParty.RESIDENT, person.name, same),
            SignedBy(SignerParty.DOCTOR, "李医生", same),
        ]
        signed = desk.sign(moment(9), person, signatures=both)
        assert set(found(kind=ReviewKind.SAME_INK)) == {signed.pk}

    def test_paper_has_no_ink(self, desk):
        for _ in range(2):
            person = ResidentFactory(grid=desk.grid)
            both = [SignedBy(SignerParty.RESIDENT, person.name), SignedBy(SignerParty.DOCTOR, "李医生")]
            desk.sign(moment(9), person, signatures=both, mode="paper")
        assert found(kind=ReviewKind.SAME_INK) == {}


class TestRegistry:
    def test_signed_after_the_death_that_became_known_later(self, desk):
        person = ResidentFactory(grid=desk.grid)
        signed = desk.sign(moment(9), person)
        assert found(kind=ReviewKind.AFTER_DEATH) == {}
        person.life_status, person.life_status_on = "deceased", DAY - dt.timedelta(days=3)
        person.save(update_fields=["life_status", "life_status_on"])
        flags = found(DAY + dt.timedelta(days=40), ReviewKind.AFTER_DEATH)
        assert flags[signed.pk].facts == {"days": 3}

    def test_signed_on_the_day_of_death_is_none(self, desk):
        person = ResidentFactory(grid=desk.grid)
        desk.sign(moment(9), person)
        person.life_status, person.life_status_on = "deceased", DAY
        person.save(update_fields=["life_status", "life_status_on"])
        assert found(kind=ReviewKind.AFTER_DEATH) == {}

    def test_one_phone_on_three_households(self, desk):
        phone = {"phone": "13911112222", "phone_index": phone_index("13911112222")}
        homes = HouseholdFactory.create_batch(3, grid=desk.grid)
        two = [
            desk.sign(moment(9), ResidentFactory(grid=desk.grid, household=one, **phone)) for one in homes[:2]
        ]
        assert found(kind=ReviewKind.SHARED_PHONE) == {}
        third = desk.sign(moment(9), ResidentFactory(grid=desk.grid, household=homes[2], **phone))
        flags = found(kind=ReviewKind.SHARED_PHONE)
        assert set(flags) == {one.pk for one in (*two, third)}
        assert flags[third.pk].facts == {"households": 3}

    def test_a_family_shares_its_phone(self, desk):
        phone = {"phone": "13911112223", "phone_index": phone_index("13911112223")}
        home = HouseholdFactory(grid=desk.grid)
        for relation in ("02", "10", "20", "30"):
            desk.sign(moment(9), ResidentFactory(grid=desk.grid, household=home, relation=relation, **phone))
        assert found(kind=ReviewKind.SHARED_PHONE) == {}

    def test_the_phone_of_staff(self, desk, cast):
        helper = UserFactory(name="赵员工", phone="13911113333")
        signed = desk.sign(moment(9), ResidentFactory(grid=desk.grid, phone=helper.phone))
        flag = found(kind=ReviewKind.STAFF_PHONE)[signed.pk]
        assert flag.facts == {"whose": "staff", "is_signer": False}

    def test_the_phone_of_who_signs(self, desk, cast):
        cast.li.phone = "139 1111 4444"
        cast.li.save(update_fields=["phone"])
        signed = desk.sign(moment(9), ResidentFactory(grid=desk.grid, phone="13911114444"))
        facts = found(kind=ReviewKind.STAFF_PHONE)[signed.pk].facts
        assert "签约医生或录入人" in reason_of(ReviewKind.STAFF_PHONE, facts)

    def test_staff_sign_for_themselves(self, desk):
        UserFactory(name="赵员工", phone="13911115555")
        desk.sign(moment(9), ResidentFactory(grid=desk.grid, name="赵员工", phone="13911115555"))
        assert found(kind=ReviewKind.STAFF_PHONE) == {}

    def test_the_phone_of_the_institution(self, desk, cast):
        signed = desk.sign(moment(9), ResidentFactory(grid=desk.grid, phone="0631-5200001"))
        cast.institution_a.phone = "0631-5200001"
        cast.institution_a.save(update_fields=["phone"])
        assert found(kind=ReviewKind.STAFF_PHONE)[signed.pk].facts["whose"] == "office"


class TestFarAway:
    def evidence(self, desk, latitude: float, accuracy: int | None = 20) -> int:
        agreement = desk.sign(moment(9))
        with time_machine.travel(moment(9), tick=False):
            SigningEvidence.objects.create(
                agreement=agreement, kind=EvidenceKind.PHOTO, sealed=b"x", sha256=uuid.uuid4().hex * 2,
                latitude=Decimal(str(latitude)), longitude=Decimal("122.1"), accuracy_m=accuracy,
                added_by=desk.cast.li,
            )  # fmt: skip
        return agreement.pk

    def test_far_from_the_middle_of_the_others(self, desk):
        near = [self.evidence(desk, 37.50 + one / 1000) for one in range(5)]
        far = self.evidence(desk, 37.60)
        flags = found(kind=ReviewKind.FAR_AWAY)
        assert set(flags) == {far} and not set(flags) & set(near)
        assert (flags[far].facts["others"], 10 < flags[far].facts["km"] < 11.2) == (5, True)

    def test_four_others_are_too_few(self, desk):
        for one in range(4):
            self.evidence(desk, 37.50 + one / 1000)
        self.evidence(desk, 37.60)
        assert found(kind=ReviewKind.FAR_AWAY) == {}

    def test_a_vague_place_is_not_held_against_anybody(self, desk):
        for one in range(5):
            self.evidence(desk, 37.50 + one / 1000)
        self.evidence(desk, 37.60, accuracy=8000)
        assert found(kind=ReviewKind.FAR_AWAY) == {}


class TestSearching:
    def test_a_second_run_finds_nothing(self, desk):
        desk.sign(moment(23))
        assert find_review_flags(on=DAY) == {ReviewKind.NIGHT: 1}
        assert find_review_flags(on=DAY) == {}

    def test_a_flag_that_was_cleared_does_not_come_back(self, desk):
        desk.sign(moment(23))
        find_review_flags(on=DAY)
        ReviewFlag.objects.update(state="cleared")
        assert find_review_flags(on=DAY + dt.timedelta(days=1)) == {}

    def test_missed_nights_are_caught_up(self, desk):
        desk.sign(moment(23))
        find_review_flags(on=DAY)
        desk.sign(moment(23, day=DAY + dt.timedelta(days=1)))
        desk.sign(moment(23, day=DAY + dt.timedelta(days=30)))
        assert find_review_flags(on=DAY + dt.timedelta(days=60)) == {ReviewKind.NIGHT: 2}

    def test_what_came_in_after_the_day_asked_is_left(self, desk):
        desk.sign(moment(23))
        assert find_review_flags(on=DAY - dt.timedelta(days=1)) == {}

    def test_dry_run_counts_and_writes_nothing(self, desk, capsys):
        desk.sign(moment(23))
        call_command("find_review_flags", "--on", DAY.isoformat(), "--dry-run")
        assert capsys.readouterr().out == "2026-11-20：将新增线索 1 条（夜间签约 1 条）。\n"
        assert not ReviewFlag.objects.exists()
        call_command("find_review_flags", "--on", DAY.isoformat())
        assert ReviewFlag.objects.count() == 1

    def test_statements_do_not_grow_with_the_agreements(self, desk, django_assert_max_num_queries):
        for one in range(4):
            desk.sign(moment(23, one))
        with django_assert_max_num_queries(22):
            find_review_flags(on=DAY)

    def test_a_dispute_is_raised_once_and_hides_no_day(self, desk):
        first = desk.sign(moment(23))
        later = DAY + dt.timedelta(days=9)
        asked = {"agreement": first, "kind": ReviewKind.DISPUTED, "key": "dispute:1", "on": later}
        assert raise_flag(**asked) and not raise_flag(**asked)
        assert find_review_flags(on=later) == {ReviewKind.NIGHT: 1}


def test_every_kind_has_a_reason_and_an_advice_and_accuses_nobody(db):
    facts = {
        "count": 7, "minutes": 10, "paper": True, "at": "23:11", "households": 3, "signers": 2, "agreements": 2,
        "party": "resident", "days": 4, "whose": "staff", "is_signer": True, "km": 12.5, "others": 9,
    }  # fmt: skip
    for kind in ReviewKind:
        told = reason_of(kind, facts)
        assert told.endswith("。") and ADVICE[kind].endswith("。")
        assert not any(word in told for word in ("造假", "虚假", "作弊", "违规", "冒签"))
