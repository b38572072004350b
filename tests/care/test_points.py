"""The ledger of points: earned once, taken back once, never below zero, every transaction summing to zero."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from care.actions.earning import earn_for_records
from care.actions.expiring import expire_points
from care.actions.point_merging import follow_merged_points
from care.actions.points import earn, reverse
from care.actions.redeeming import CannotRedeem, cancel_redemption
from care.choices import AccountKind, PointKind, RecordState, TaskState
from care.models import (
    CareRule,
    PointAccount,
    PointEntry,
    PointRule,
    PointTransaction,
    Task,
)
from care.queries.points import holding, ranking, rules_on, statement
from core.rows import links_to
from residents.choices import LifeStatus, Relation
from residents.models import Resident
from tests.factories.contracts import NOON, sign_agreement
from tests.factories.points import earned, goods, own_account, points_are, redeemed, visited
from tests.factories.residents import HouseholdFactory, ResidentFactory

DAY = dt.date(2026, 11, 22)
NOW = dt.datetime.combine(DAY, NOON)
ONE = dt.timedelta(days=1)


@pytest.fixture
def signed(resident, cast):
    """王建国, signed with team A since a year ago."""
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - dt.timedelta(days=300))
    return resident


def again(record, by, on=DAY):
    return earn(record=record, by=by, on=on, now=NOW)


def booked(kind):
    return PointTransaction.objects.filter(kind=kind).count()


def books_are_right():
    """Every transaction sums to zero, and every balance is the sum of its entries."""
    sums = PointEntry.objects.values("transaction").annotate(total=Sum("points"))
    assert not [one for one in sums if one["total"]]
    for one in PointAccount.objects.filter(kind__in=[AccountKind.OWN, AccountKind.DEBT]):
        assert one.balance == (one.entries.aggregate(total=Sum("points"))["total"] or 0)


class TestEarning:
    def test_a_record_earns_once(self, signed, cast):
        record = earned(signed, cast.li, DAY)
        assert own_account(signed).balance == 10
        assert again(record, cast.li) == 0
        assert own_account(signed).balance == 10
        assert PointTransaction.objects.get().key == f"{record.key}:copd_follow_up"
        books_are_right()

    def test_nobody_earns_without_an_agreement(self, signed, cast):
        record = visited(signed, cast.li, DAY, enrollment=None)
        assert again(record, cast.li) == 0
        assert not PointAccount.objects.exists()

    def test_a_form_without_a_rule_opens_no_account(self, signed, cast):
        assert again(visited(signed, cast.li, DAY, form="consultation"), cast.li) == 0
        assert not PointAccount.objects.exists()

    def test_the_cap_counts_the_year_of_the_service(self, signed, cast):
        for months in range(5):
            earned(signed, cast.li, dt.date(2026, 3 + months, 1))
        assert own_account(signed).balance == 40
        earned(signed, cast.li, dt.date(2027, 1, 1))
        assert own_account(signed).balance == 50

    def test_a_taken_back_record_frees_its_place_under_the_cap(self, signed, cast):
        first = earned(signed, cast.li, dt.date(2026, 3, 1))
        for months in range(1, 5):
            earned(signed, cast.li, dt.date(2026, 3 + months, 1))
        reverse(key=first.key, by=cast.li, on=DAY, now=NOW)
        earned(signed, cast.li, DAY)
        assert own_account(signed).balance == 40

    def test_on_time_asks_for_a_task_done_in_its_window(self, signed, cast):
        rule = CareRule.objects.create(code="test.visit", program="hypertension", name="随访")
        facts = {"form": "htn_follow_up", "verdict": "unsatisfied"}
        late = visited(signed, cast.li, DAY, **facts)
        self._task(signed, cast, rule, late, TaskState.DONE_LATE)
        assert again(late, cast.li) == 0
        in_time = visited(signed, cast.li, DAY, **facts)
        self._task(signed, cast, rule, in_time, TaskState.DONE)
        assert again(in_time, cast.li) == 10

    def _task(self, resident, cast, rule, record, state):
        Task.objects.create(
            resident=resident, rule=rule, sequence=record.pk, team=cast.team_a, state=state, opens_on=DAY, anchor_on=DAY,
            due_on=DAY, closes_on=DAY, expires_on=DAY, done_on=DAY, record=record.key,
        )  # fmt: skip

    def test_the_mode_counts(self, signed, cast):
        PointRule.objects.create(
            code="home", name="入户", form="consultation", modes=["home"], points=3, source="测试",
            in_force_from=dt.date(2020, 1, 1),
        )  # fmt: skip
        assert again(visited(signed, cast.li, DAY, form="consultation"), cast.li) == 0
        assert again(visited(signed, cast.li, DAY, form="consultation", mode="home"), cast.li) == 3

    def test_the_rules_of_the_day_of_the_service_hold(self, signed, cast):
        old = PointRule.objects.get(code="copd_follow_up")
        facts = {"code": old.code, "name": old.name, "form": old.form, "source": "测试", "in_force_from": DAY}
        PointRule.objects.create(points=20, **facts)
        assert again(visited(signed, cast.li, DAY - ONE), cast.li) == 10
        assert again(visited(signed, cast.li, DAY), cast.li) == 20

    def test_zero_points_end_a_rule(self, signed, cast):
        assert "copd_follow_up" in rules_on(DAY)
        PointRule.objects.create(
            code="copd_follow_up",
            name="停",
            form="copd_follow_up",
            points=0,
            source="测试",
            in_force_from=DAY,
        )
        assert "copd_follow_up" not in rules_on(DAY)
        assert "copd_follow_up" in rules_on(DAY - ONE)

    def test_no_points_where_the_district_has_none(self, signed, cast):
        points_are(points_pool="none")
        assert again(visited(signed, cast.li, DAY), cast.li) == 0

    def test_a_family_earns_into_one_pool(self, cast, district, wording):
        points_are(points_pool="household")
        home = HouseholdFactory(grid=district.grid_a)
        both = [
            ResidentFactory(grid=district.grid_a, household=home, relation=relation)
            for relation in (Relation.HEAD, Relation.WIFE)
        ]
        for one in both:
            sign_agreement(one, cast.team_a, cast.li, on=DAY - ONE)
            earned(one, cast.li, DAY)
        pool = PointAccount.objects.own().get()
        assert (pool.household, pool.resident, pool.balance) == (home, None, 20)


class TestTakingBack:
    def test_a_voided_record_loses_its_points_once(self, signed, cast):
        record = earned(signed, cast.li, DAY)
        assert reverse(key=record.key, by=cast.li, on=DAY, now=NOW) == 10
        assert reverse(key=record.key, by=cast.li, on=DAY, now=NOW) == 0
        assert own_account(signed).balance == 0
        assert booked(PointKind.REVERSE) == 1
        books_are_right()

    def test_spent_points_stay_owed_and_are_paid_first(self, signed, cast):
        record = earned(signed, cast.li, DAY)
        redeemed(own_account(signed), signed, cast.qian, goods(6), on=DAY)
        assert reverse(key=record.key, by=cast.li, on=DAY, now=NOW) == 10
        held = holding(resident=signed, on=DAY, valid_years=2)
        assert (held.balance, held.owed) == (0, 6)
        earned(signed, cast.li, DAY)
        held = holding(resident=signed, on=DAY, valid_years=2)
        assert (held.balance, held.owed) == (4, 0)
        books_are_right()

    def test_what_paid_a_debt_is_taken_back_whole(self, signed, cast):
        first = earned(signed, cast.li, DAY)
        redeemed(own_account(signed), signed, cast.qian, goods(10), on=DAY)
        reverse(key=first.key, by=cast.li, on=DAY, now=NOW)
        second = earned(signed, cast.li, DAY)
        assert reverse(key=second.key, by=cast.li, on=DAY, now=NOW) == 10
        held = holding(resident=signed, on=DAY, valid_years=2)
        assert (held.balance, held.owed) == (0, 10)
        books_are_right()

    def test_a_correction_replaces_what_changed(self, signed, cast):
        record = visited(signed, cast.li, DAY, form="htn_follow_up", verdict="unsatisfied")
        assert again(record, cast.li) == 0
        record.verdict = "satisfied"
        assert again(record, cast.li) == 5
        record.verdict = "unsatisfied"
        assert again(record, cast.li) == -5
        record.verdict = "satisfied"
        assert again(record, cast.li) == 5
        keys = set(PointTransaction.objects.values_list("key", flat=True))
        assert f"{record.key}:htn_satisfied:2" in keys
        assert own_account(signed).balance == 5
        books_are_right()

    def test_a_voided_record_told_again_earns_nothing(self, signed, cast):
        record = earned(signed, cast.li, DAY)
        record.state = RecordState.VOIDED
        assert again(record, cast.li) == -10
        assert again(record, cast.li) == 0

    def test_points_come_back_from_the_account_they_went_to(self, signed, cast, district):
        record = earned(signed, cast.li, DAY)
        Resident.objects.filter(pk=signed.pk).update(household=HouseholdFactory(grid=district.grid_a))
        points_are(points_pool="household")
        assert reverse(key=record.key, by=cast.li, on=DAY, now=NOW) == 10
        assert own_account(signed).balance == 0
        books_are_right()


class TestSpending:
    def test_thirty_five_points_do_not_buy_what_costs_forty(self, signed, cast):
        for months in range(3):
            earned(signed, cast.li, dt.date(2026, 3 + months, 1))
        earned(signed, cast.li, DAY, form="htn_follow_up", verdict="satisfied")
        with pytest.raises(CannotRedeem) as refused:
            redeemed(own_account(signed), signed, cast.qian, goods(40), on=DAY)
        assert refused.value.code == "points_short"
        assert own_account(signed).balance == 35
        got = redeemed(own_account(signed), signed, cast.qian, goods(35), on=DAY)
        assert own_account(signed).balance == 0
        assert got.number == "DH202611220001"

    def test_the_same_form_twice_is_one_redemption(self, signed, cast):
        earned(signed, cast.li, DAY)
        token, what = uuid.uuid4(), goods(4, stock=9)
        first = redeemed(own_account(signed), signed, cast.qian, what, on=DAY, client_token=token)
        assert redeemed(own_account(signed), signed, cast.qian, what, on=DAY, client_token=token) == first
        what.refresh_from_db()
        assert (own_account(signed).balance, what.stock) == (6, 8)

    def test_cancelled_goods_and_points_come_back_once(self, signed, cast):
        earned(signed, cast.li, DAY)
        what = goods(4, stock=9)
        got = redeemed(own_account(signed), signed, cast.qian, what, on=DAY, quantity=2)
        cancel_redemption(by=cast.qian, on=DAY, now=NOW, redemption=got, note="登记错误")
        with pytest.raises(CannotRedeem) as refused:
            cancel_redemption(by=cast.qian, on=DAY, now=NOW, redemption=got, note="登记错误")
        assert refused.value.code == "redemption_cancelled"
        what.refresh_from_db()
        assert (own_account(signed).balance, what.stock) == (10, 9)
        books_are_right()

    def test_another_institution_neither_gives_nor_cancels(self, signed, cast):
        earned(signed, cast.li, DAY)
        there = goods(4, institution=cast.institution_b)
        with pytest.raises(CannotRedeem) as refused:
            redeemed(own_account(signed), signed, cast.qian, there, on=DAY)
        assert refused.value.code == "goods_elsewhere"
        got = redeemed(own_account(signed), signed, cast.qian, goods(4), on=DAY)
        with pytest.raises(CannotRedeem) as refused:
            cancel_redemption(by=cast.wu, on=DAY, now=NOW, redemption=got, note="x")
        assert refused.value.code == "redemption_elsewhere"

    def test_the_bureau_has_no_desk(self, signed, cast):
        earned(signed, cast.li, DAY)
        with pytest.raises(CannotRedeem) as refused:
            redeemed(own_account(signed), signed, cast.zhou, goods(4), on=DAY)
        assert refused.value.code == "no_redeem_desk"

    def test_only_the_holder_spends(self, signed, cast, district):
        earned(signed, cast.li, DAY)
        other = ResidentFactory(grid=district.grid_a)
        with pytest.raises(CannotRedeem) as refused:
            redeemed(own_account(signed), other, cast.qian, goods(4), on=DAY)
        assert refused.value.code == "points_of_others"


class TestTheDatabase:
    def test_it_refuses_entries_that_do_not_sum_to_zero(self, signed, cast):
        earned(signed, cast.li, DAY)
        bare = PointTransaction.objects.create(kind="earn", key="x", source="x", on=DAY, at=NOW)
        with pytest.raises(IntegrityError, match="sum to zero"), transaction.atomic():
            PointEntry.objects.create(transaction=bare, account=own_account(signed), points=5)

    def test_it_refuses_a_balance_below_zero(self, signed, cast):
        earned(signed, cast.li, DAY)
        own, issued = own_account(signed), PointAccount.objects.get(kind=AccountKind.ISSUED)
        bare = PointTransaction.objects.create(kind="redeem", key="x", source="x", on=DAY, at=NOW)
        rows = [
            PointEntry(transaction=bare, account=own, points=-11),
            PointEntry(transaction=bare, account=issued, points=11),
        ]
        with pytest.raises(IntegrityError, match="points_never_below_zero"), transaction.atomic():
            PointEntry.objects.bulk_create(rows)

    def test_a_transaction_is_taken_back_once(self, signed, cast):
        earned(signed, cast.li, DAY)
        told = PointTransaction.objects.get()
        facts = {"kind": "reverse", "source": "x", "on": DAY, "at": NOW, "reverses": told}
        PointTransaction.objects.create(key="a", **facts)
        with pytest.raises(IntegrityError), transaction.atomic():
            PointTransaction.objects.create(key="b", **facts)


class TestLapsing:
    def test_points_lapse_after_the_last_year_they_hold(self, signed, cast):
        earned(signed, cast.li, dt.date(2026, 3, 1))
        eve, year = dt.date(2028, 12, 31), dt.date(2029, 1, 1)
        assert holding(resident=signed, on=eve, valid_years=2).lapsing == 10
        assert expire_points(on=eve, now=NOW) == 0
        assert expire_points(on=year, now=NOW) == 10
        assert expire_points(on=year, now=NOW) == 0
        assert own_account(signed).balance == 0
        books_are_right()

    def test_later_points_stay(self, signed, cast):
        earned(signed, cast.li, dt.date(2026, 3, 1))
        earned(signed, cast.li, dt.date(2027, 1, 1))
        assert expire_points(on=dt.date(2029, 1, 1), now=NOW) == 10
        assert own_account(signed).balance == 10

    def test_what_was_spent_were_the_oldest(self, signed, cast):
        earned(signed, cast.li, dt.date(2026, 3, 1))
        earned(signed, cast.li, dt.date(2027, 1, 1))
        redeemed(own_account(signed), signed, cast.qian, goods(10), on=dt.date(2027, 2, 1))
        assert expire_points(on=dt.date(2029, 1, 1), now=NOW) == 0

    def test_points_never_lapse_where_the_district_says_so(self, signed, cast):
        earned(signed, cast.li, dt.date(2026, 3, 1))
        points_are(points_valid_years=0)
        assert expire_points(on=dt.date(2050, 1, 1), now=NOW) == 0


class TestPages:
    def test_a_statement_adds_up(self, signed, cast):
        earned(signed, cast.li, dt.date(2026, 10, 31))
        earned(signed, cast.li, DAY)
        redeemed(own_account(signed), signed, cast.qian, goods(4), on=DAY)
        november = statement(own_account(signed), DAY)
        assert (november.before, november.came, november.went, november.after) == (10, 10, -4, 16)
        assert november.after == own_account(signed).balance

    def test_a_restricted_service_is_not_named(self, signed, cast):
        earned(signed, cast.li, DAY, form="smi_follow_up", program="smi", is_restricted=True)
        (line,) = statement(own_account(signed), DAY).lines
        assert line.label == "服务得分：健康服务"

    def test_the_ranking_shows_who_agreed_and_no_small_number(self, cast, district, wording):
        people = [ResidentFactory(name=f"王{n}国", grid=district.grid_a) for n in "甲乙丙丁"]
        for place, one in enumerate(people):
            sign_agreement(one, cast.team_a, cast.li, on=DAY - ONE)
            for _ in range(1 + (place > 1)):
                earned(one, cast.li, DAY)
        PointAccount.objects.own().exclude(resident=people[0]).update(is_ranked=True)
        assert ranking(cast.team_a.pk, DAY, least=4).is_hidden
        shown = ranking(cast.team_a.pk, DAY, least=3)
        assert [(one.place, one.name, one.points) for one in shown.places] == [
            (1, "王*国", 20), (1, "王*国", 20), (3, "王*国", 10),
        ]  # fmt: skip
        assert ranking(cast.team_b.pk, DAY, least=3).is_hidden
        Resident.objects.filter(pk=people[3].pk).update(life_status=LifeStatus.DECEASED, life_status_on=DAY)
        assert ranking(cast.team_a.pk, DAY, least=3).is_hidden
        assert [one.points for one in ranking(cast.team_a.pk, DAY, least=2).places] == [20, 10]


def test_many_records_at_once_earn_what_one_by_one_does(cast, district, wording):
    people = [ResidentFactory(grid=district.grid_a) for _ in range(4)]
    for one in people:
        sign_agreement(one, cast.team_a, cast.li, on=dt.date(2026, 1, 1))
    forms = ["copd_follow_up", "elder_check_up", "htn_follow_up", "education", "consultation"]
    records = [
        visited(one, cast.li, dt.date(2026, 1 + n, 5), form=forms[(n + place) % 5], verdict="satisfied")
        for place, one in enumerate(people)
        for n in range(10)
    ]
    with transaction.atomic():
        for record in records:
            earn(record=record, by=cast.li, on=DAY, now=NOW)
        one_by_one = _booked()
        transaction.set_rollback(True)
    assert not PointEntry.objects.exists()
    assert earn_for_records(on=DAY, now=NOW) == len(one_by_one[0])
    assert _booked() == one_by_one
    assert earn_for_records(on=DAY, now=NOW) == 0
    books_are_right()


def _booked():
    told = set(PointTransaction.objects.values_list("key", "resident", "rule", "done_on", "team", "note"))
    return told, set(PointAccount.objects.own().values_list("resident", "balance"))


class TestMerging:
    def test_points_go_to_the_entry_that_stays_and_come_back(self, signed, cast, district):
        double = ResidentFactory(grid=district.grid_a)
        sign_agreement(double, cast.team_a, cast.li, on=DAY - ONE)
        earned(signed, cast.li, DAY)
        earned(double, cast.li, DAY)
        facts = {"life_status": "merged", "life_status_on": DAY, "merged_into": signed}
        Resident.objects.filter(pk=double.pk).update(**facts)
        assert follow_merged_points(ids=[signed.pk, double.pk], on=DAY) == 1
        assert follow_merged_points(ids=[signed.pk, double.pk], on=DAY) == 0
        assert (own_account(signed).balance, own_account(double).balance) == (20, 0)
        redeemed(own_account(signed), signed, cast.qian, goods(15), on=DAY)
        Resident.objects.filter(pk=double.pk).update(
            life_status="present", life_status_on=None, merged_into=None
        )
        assert follow_merged_points(ids=[signed.pk, double.pk], on=DAY) == 1
        assert follow_merged_points(ids=[signed.pk, double.pk], on=DAY) == 0
        held = holding(resident=signed, on=DAY, valid_years=2)
        assert (held.balance, held.owed, own_account(double).balance) == (0, 5, 10)
        books_are_right()

    def test_an_account_does_not_forbid_a_merge(self):
        assert PointAccount not in {one.model for one in links_to(Resident)}
