"""Two-way referral: sent, answered, seen, handed down, taken over, closed; the clock; counts by level."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from care.actions.referral_sides import CannotRefer
from care.actions.referral_steps import (
    accept_referral,
    cancel_referral,
    close_referral,
    hand_down,
    return_referral,
    see_referred,
    take_over,
)
from care.actions.referrals import Letter
from care.choices import ReferralDirection, ReferralLevel, ReferralState, Urgency
from care.models import Plan, Referral, ReferralEvent
from care.queries.referrals import counts_by_level, overdue_referrals, targets_for
from contracts.models import Fulfillment, PackageItem, ServiceItem
from residents.models import Resident
from teams.choices import InstitutionLevel, InstitutionType
from tests.factories.contracts import NOON, package, sign_agreement
from tests.factories.moves import (
    accepted,
    of_class,
    officer_of,
    officers_take_over,
    sent_down,
    sent_up,
    staff_of,
)
from tests.factories.points import visited
from tests.factories.residents import ResidentFactory
from tests.factories.teams import DepartmentFactory, InstitutionFactory, TeamFactory

DAY = dt.date(2026, 11, 20)  # a Friday
ONE = dt.timedelta(days=1)
NOW = dt.datetime.combine(DAY, NOON)


def at(day):
    return {"on": day, "now": dt.datetime.combine(day, NOON)}


@pytest.fixture
def signed(resident, cast):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 10 * ONE)
    return resident


@pytest.fixture
def feng(cast):
    return staff_of(cast.hospital)


@pytest.fixture
def sent(signed, cast):
    return sent_up(signed, cast.wang, cast.hospital, on=DAY)


def seen(sent, feng):
    accept_referral(by=feng, **at(DAY), referral=sent, appointment_on=DAY)
    return see_referred(by=feng, **at(DAY), referral=sent, seen_on=DAY, findings="调整用药")


class TestSending:
    def test_up_with_levels_as_they_are(self, sent, cast):
        assert (sent.from_level, sent.to_level) == (ReferralLevel.CENTER, ReferralLevel.SECOND)
        assert (sent.from_institution, sent.team) == (cast.institution_a, cast.team_a)
        assert (sent.number, sent.state) == ("ZZ202611200001", ReferralState.SENT)
        assert ReferralEvent.objects.get().note == "连续两次控制不满意"

    def test_the_follow_up_is_planned_within_two_weeks(self, sent):
        plan = Plan.objects.select_related("rule").get(resident=sent.resident, rule__code="contract.referral")
        assert plan.closes_on <= DAY + 14 * ONE
        assert plan.started_by == sent.key

    def test_from_a_visit_the_programme_follows_up(self, signed, cast):
        record = visited(signed, cast.li, DAY, form="htn_follow_up", program="hypertension")
        made = sent_up(signed, cast.li, cast.hospital, on=DAY, record=record)
        assert (made.record, made.program) == (record, "hypertension")
        assert Plan.objects.filter(resident=signed, rule__code="hypertension.referral").exists()

    def test_the_same_form_twice_is_one_referral(self, signed, cast):
        token = uuid.uuid4()
        first = sent_up(signed, cast.li, cast.hospital, on=DAY, client_token=token)
        assert sent_up(signed, cast.li, cast.hospital, on=DAY, client_token=token) == first
        assert Referral.objects.count() == 1

    def test_no_second_one_while_the_first_waits(self, sent, signed, cast, feng):
        with pytest.raises(CannotRefer) as refused:
            sent_up(signed, cast.li, cast.hospital, on=DAY)
        assert refused.value.code == "referral_under_way"
        return_referral(by=feng, **at(DAY), referral=sent, return_reason="incomplete")
        sent_up(signed, cast.li, cast.hospital, on=DAY)

    @pytest.mark.parametrize("who", ["zhao", "wu", "zhou"])
    def test_only_the_persons_own_team_sends(self, signed, cast, who):
        with pytest.raises(CannotRefer) as refused:
            sent_up(signed, getattr(cast, who), cast.hospital, on=DAY)
        assert refused.value.code == "referral_not_own_team"

    def test_the_officer_who_follows_her_up_sends_too(self, signed, cast):
        officers_take_over()
        officer = officer_of(cast.institution_a)
        with pytest.raises(CannotRefer):
            sent_up(signed, officer, cast.hospital, on=DAY)
        of_class(signed, "disabled", DAY)
        accepted(signed, cast.team_a, cast.li, officer, on=DAY, population="disabled")
        assert sent_up(signed, officer, cast.hospital, on=DAY).sent_by == officer

    def test_not_to_the_same_level(self, signed, cast):
        with pytest.raises(CannotRefer) as refused:
            sent_up(signed, cast.li, cast.institution_b, on=DAY)
        assert (refused.value.code, refused.value.field) == ("referral_not_up", "institution")

    def test_not_to_a_department_of_another_house(self, signed, cast):
        elsewhere = DepartmentFactory(institution=cast.institution_b)
        with pytest.raises(CannotRefer) as refused:
            sent_up(signed, cast.li, cast.hospital, on=DAY, department=elsewhere)
        assert refused.value.code == "department_elsewhere"

    def test_a_station_sends_to_the_center_too(self, cast, district, wording):
        station = InstitutionFactory(
            type=InstitutionType.STATION, parent=cast.institution_a, area_code="371002001"
        )
        city = InstitutionFactory(
            type=InstitutionType.HOSPITAL, level=InstitutionLevel.THIRD, area_code="371002"
        )
        InstitutionFactory(type=InstitutionType.HOSPITAL, level=InstitutionLevel.THIRD, area_code="371003")
        places = targets_for(TeamFactory(institution=station))
        assert [one.pk for one in places] == [
            cast.institution_a.pk, cast.institution_b.pk, cast.hospital.pk, city.pk
        ]  # fmt: skip


class TestTheClock:
    def test_working_days_for_the_usual(self, sent):
        assert sent.reply_by == dt.datetime(2026, 11, 24, 23, 59, 59, tzinfo=NOW.tzinfo)

    def test_clock_hours_for_the_urgent(self, signed, cast):
        letter = Letter(("critical",), "胸痛", Urgency.URGENT)
        made = sent_up(signed, cast.li, cast.hospital, on=DAY, letter=letter)
        assert made.reply_by == NOW + dt.timedelta(hours=24)

    def test_overdue_until_it_is_answered(self, sent, feng):
        late = sent.reply_by + dt.timedelta(seconds=1)
        assert overdue_referrals(sent.reply_by) == []
        (one,) = overdue_referrals(late)
        assert (one.referral_id, one.to_institution_id) == (sent.pk, sent.to_institution_id)
        accept_referral(by=feng, **at(DAY), referral=sent, appointment_on=DAY)
        assert overdue_referrals(late) == []

    def test_handed_down_the_team_has_its_own_clock(self, sent, feng):
        seen(sent, feng)
        down = hand_down(by=feng, **at(DAY), referral=sent, plan="每周测血压")
        assert down.reply_by.date() == dt.date(2026, 11, 25)
        (one,) = overdue_referrals(down.reply_by + ONE)
        assert one.state == ReferralState.HANDED_DOWN


class TestTheHospital:
    def test_the_whole_way(self, sent, feng, cast):
        accept_referral(by=feng, **at(DAY), referral=sent, appointment_on=DAY + ONE, note="空腹")
        see_referred(by=feng, **at(DAY + ONE), referral=sent, seen_on=DAY + ONE, findings="调整用药")
        hand_down(by=feng, **at(DAY + ONE), referral=sent, plan="两周后复测")
        take_over(by=cast.wang, **at(DAY + ONE), referral=sent)
        close_referral(by=cast.wang, **at(DAY + 9 * ONE), referral=sent, outcome="continued")
        sent.refresh_from_db()
        assert (sent.state, sent.closed_on) == (ReferralState.CLOSED, DAY + 9 * ONE)
        assert [one.state for one in sent.events.order_by("pk")] == [
            "sent", "accepted", "seen", "handed_down", "taken_over", "closed"
        ]  # fmt: skip

    @pytest.mark.parametrize("who", ["li", "zhao", "qian"])
    def test_nobody_else_answers(self, sent, cast, who):
        with pytest.raises(CannotRefer) as refused:
            accept_referral(by=getattr(cast, who), **at(DAY), referral=sent, appointment_on=DAY)
        assert refused.value.code == "referral_not_own_side"

    def test_another_hospital_neither(self, sent):
        other = staff_of(InstitutionFactory(type=InstitutionType.HOSPITAL, area_code="371002"))
        with pytest.raises(CannotRefer):
            accept_referral(by=other, **at(DAY), referral=sent, appointment_on=DAY)

    def test_returned_with_a_reason(self, sent, feng):
        with pytest.raises(CannotRefer) as refused:
            return_referral(by=feng, **at(DAY), referral=sent, return_reason="other")
        assert refused.value.code == "return_note_missing"
        back = return_referral(by=feng, **at(DAY), referral=sent, return_reason="no_capacity")
        assert back.state == ReferralState.RETURNED
        with pytest.raises(CannotRefer) as refused:
            accept_referral(by=feng, **at(DAY), referral=sent, appointment_on=DAY)
        assert refused.value.code == "referral_wrong_state"

    def test_who_did_not_come_is_returned(self, sent, feng):
        accept_referral(by=feng, **at(DAY), referral=sent, appointment_on=DAY)
        assert return_referral(by=feng, **at(DAY), referral=sent, return_reason="no_show").state == "returned"

    def test_the_team_cancels_until_the_person_was_seen(self, sent, feng, cast):
        with pytest.raises(CannotRefer) as refused:
            cancel_referral(by=cast.li, **at(DAY), referral=sent, note=" ")
        assert refused.value.code == "referral_cancel_note_missing"
        seen(sent, feng)
        with pytest.raises(CannotRefer) as refused:
            cancel_referral(by=cast.li, **at(DAY), referral=sent, note="好转")
        assert refused.value.code == "referral_wrong_state"

    def test_the_database_asks_for_findings(self, sent):
        with pytest.raises(IntegrityError, match="referral_seen_with_findings"), transaction.atomic():
            Referral.objects.filter(pk=sent.pk).update(state="seen")


class TestDown:
    def test_to_the_team_of_the_agreement(self, signed, feng, cast):
        down = sent_down(signed, feng, cast.hospital, on=DAY)
        assert (down.direction, down.state) == (ReferralDirection.DOWN, ReferralState.HANDED_DOWN)
        assert (down.team, down.to_institution) == (cast.team_a, cast.institution_a)
        assert take_over(by=cast.li, **at(DAY), referral=down).state == ReferralState.TAKEN_OVER

    def test_the_team_sends_back_whom_it_does_not_know(self, signed, feng, cast):
        down = sent_down(signed, feng, cast.hospital, on=DAY)
        with pytest.raises(CannotRefer):
            return_referral(by=cast.zhao, **at(DAY), referral=down, return_reason="not_our_person")
        back = return_referral(by=cast.li, **at(DAY), referral=down, return_reason="not_our_person")
        assert back.state == ReferralState.RETURNED

    def test_nobody_is_sent_down_without_a_team(self, resident, feng, cast):
        with pytest.raises(CannotRefer) as refused:
            sent_down(resident, feng, cast.hospital, on=DAY)
        assert refused.value.code == "referral_not_signed"

    def test_not_from_a_house_that_is_not_ones_own(self, signed, feng, cast):
        other = InstitutionFactory(type=InstitutionType.HOSPITAL, area_code="371002")
        with pytest.raises(CannotRefer) as refused:
            sent_down(signed, feng, other, on=DAY)
        assert refused.value.code == "referral_not_own_institution"

    def test_without_a_plan_there_is_nothing_to_go_on_with(self, signed, feng, cast):
        with pytest.raises(CannotRefer) as refused:
            sent_down(signed, feng, cast.hospital, on=DAY, letter=Letter(("rehab",), "恢复期"))
        assert refused.value.code == "referral_plan_missing"


class TestFulfilment:
    @pytest.fixture
    def promised(self, resident, cast):
        """The basic package promises help with a referral, once a year."""
        found = package()
        help_ = ServiceItem.objects.get(code="referral_help", owner=None)
        if not PackageItem.objects.filter(package=found, item=help_).exists():
            pytest.skip("the basic package does not promise it")
        sign_agreement(resident, cast.team_a, cast.li, on=DAY - 10 * ONE)
        return resident

    def test_help_counts_once_when_it_is_closed(self, promised, cast):
        made = sent_up(promised, cast.li, cast.hospital, on=DAY)
        assert not Fulfillment.objects.exists()
        close_referral(by=cast.li, **at(DAY + ONE), referral=made, outcome="elsewhere")
        told = Fulfillment.objects.get()
        assert (told.key, told.done_on, told.proof) == (made.key, DAY, "referral")

    def test_who_did_not_go_was_not_helped(self, promised, cast):
        made = sent_up(promised, cast.li, cast.hospital, on=DAY)
        close_referral(by=cast.li, **at(DAY + ONE), referral=made, outcome="not_went")
        assert not Fulfillment.objects.exists()

    def test_what_was_not_promised_closes_all_the_same(self, resident, cast, feng):
        Resident.objects.filter(pk=resident.pk).update(managing_team=cast.team_a)
        made = sent_up(resident, cast.li, cast.hospital, on=DAY)
        assert close_referral(by=cast.li, **at(DAY), referral=made, outcome="seen").state == "closed"
        assert not Fulfillment.objects.exists()


class TestScope:
    def test_each_side_sees_it_and_nobody_else(self, sent, feng, cast):
        for user, sees in [
            (cast.li, True), (cast.wang, True), (cast.qian, True), (feng, True),
            (cast.zhao, False), (cast.wu, False), (cast.zhou, False), (cast.shen, False),
        ]:  # fmt: skip
            assert Referral.objects.visible_to(user).exists() is sees, user.name

    def test_a_restricted_one_is_for_the_named_roles_and_the_hospital(self, sent, feng, cast):
        Referral.objects.filter(pk=sent.pk).update(is_restricted=True)
        for user, sees in [(cast.li, True), (feng, True), (cast.qian, False), (cast.zhou, False)]:
            assert Referral.objects.visible_to(user).exists() is sees, user.name
        first, last = DAY, DAY
        assert counts_by_level(Referral.objects.countable_for(cast.zhou), first, last) == []


class TestCounts:
    def test_by_pair_of_levels_and_period(self, signed, cast, district, feng):
        up = sent_up(signed, cast.li, cast.hospital, on=DAY)
        close_referral(by=cast.li, **at(DAY), referral=up, outcome="seen")
        other = ResidentFactory(grid=district.grid_b)
        sign_agreement(other, cast.team_b, cast.zhao, on=DAY - ONE)
        back = sent_up(other, cast.zhao, cast.hospital, on=DAY)
        return_referral(by=feng, **at(DAY), referral=back, return_reason="not_needed")
        sent_down(signed, feng, cast.hospital, on=DAY)
        gone = sent_up(other, cast.zhao, cast.hospital, on=DAY)
        cancel_referral(by=cast.zhao, **at(DAY), referral=gone, note="好转")
        rows = counts_by_level(Referral.objects.countable_for(cast.zhou), DAY, DAY)
        shown = ("direction", "from_level", "to_level", "sent", "answered", "returned", "helped")
        assert [tuple(getattr(row, name) for name in shown) for row in rows] == [
            ("up", 2, 3, 2, 2, 1, 1),
            ("down", 3, 2, 1, 0, 0, 0),
        ]  # fmt: skip
        assert counts_by_level(Referral.objects.countable_for(cast.zhou), DAY + ONE, DAY + ONE) == []
        (own, _) = counts_by_level(Referral.objects.countable_for(cast.qian), DAY, DAY)
        assert own.sent == 1

    def test_a_house_that_rises_leaves_the_past_alone(self, sent, cast):
        type(cast.hospital).objects.filter(pk=cast.hospital.pk).update(level=InstitutionLevel.THIRD)
        (row,) = counts_by_level(Referral.objects.countable_for(cast.zhou), DAY, DAY)
        assert row.to_level == ReferralLevel.SECOND
