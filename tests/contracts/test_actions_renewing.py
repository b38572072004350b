"""The end of the term: renewed by hand, by the calendar, or run out. Many at once, however late."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.actions import (
    close_terms,
    draft_package_version,
    expire_ended,
    note_reached,
    publish_package,
    renew_automatically,
    set_contents,
    sign,
    withdraw_package,
    write_successors,
)
from contracts.actions.packages import Row
from contracts.choices import AgreementState as S
from contracts.choices import EventKind, RenewalKind, SignMode, WaitsFor
from contracts.models import Agreement, EnrolledPackage, Enrollment, Signature
from contracts.parties import loads
from contracts.queries.agreements import narrowed
from contracts.queries.renewing import plan_renewals
from core.models import PolicySetting
from residents.actions import record_death
from residents.choices import LifeStatus, Population
from residents.models import Resident
from tests.factories.contracts import (
    NOON,
    both_signatures,
    draft_package,
    family,
    household_signed,
    package,
    sign_agreement,
    supplement_signed,
)
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
START = DAY - 365 * ONE  # one year, ended the day before DAY


def at(day):
    return dt.datetime.combine(day, NOON)


def profile(**numbers):
    PolicySetting.objects.create(
        room="contracts", payload=numbers, in_force_from=dt.date(2020, 1, 1), source="试点"
    )


@pytest.fixture
def automatic(db):
    profile(renewal_mode="AUTO_UNLESS_TERMINATED", auto_renew_years=2)


@pytest.fixture
def over(cast, resident):
    """Ended yesterday."""
    made = sign_agreement(resident, cast.team_a, cast.li, on=START)
    assert made.ends_on == DAY - ONE
    return made


def reach(agreement, by, day):
    people = list(agreement.enrollments.values_list("resident", flat=True))
    note_reached(by=by, on=day, agreement=agreement, residents=people, day=day, how="phone")


def renewed(agreements, by, **changes):
    asked = {
        "by": by, "on": DAY, "now": at(DAY), "signed_on": DAY, "years": 1,
        "kind": RenewalKind.EXPLICIT, "mode": SignMode.PAPER, "note": "批量续签",
    }  # fmt: skip
    return write_successors([one.pk for one in agreements], **asked | changes)


# --- automatic --------------------------------------------------------------------------------------------------


def test_who_was_reached_goes_on(cast, resident, over, automatic):
    reach(over, cast.li, DAY - 50 * ONE)
    assert close_terms(on=DAY, now=at(DAY)) == (1, 1)
    over.refresh_from_db()
    new = over.successors.get()
    assert (over.state, over.enrollments.get().state) == (S.RENEWED, S.RENEWED)
    assert (new.state, new.renewal_kind, new.team, new.doctor) == (
        S.ACTIVE,
        RenewalKind.AUTO,
        over.team,
        over.doctor,
    )
    assert (new.signed_on, new.starts_on, new.ends_on, new.term_years) == (DAY, DAY, dt.date(2028, 11, 21), 2)
    assert new.number != over.number
    assert new.number.startswith("FD371002-")
    row = new.enrollments.get()
    assert (row.resident, row.state, row.last_reached_on) == (resident, S.ACTIVE, None)
    assert EnrolledPackage.objects.filter(enrollment=row).count() == 1
    assert loads(new.as_signed).b.name == "王建国"
    assert not new.signatures.exists()  # nobody signed
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_a


def test_both_stories_tell_it(cast, over, automatic):
    reach(over, cast.li, DAY - 50 * ONE)
    close_terms(on=DAY, now=at(DAY))
    new = over.successors.get()
    said = new.events.get()
    assert (said.kind, said.by, said.on) == (EventKind.SIGNED, None, DAY)
    assert said.note == f"到期自动续签；续签自 {over.number}"
    told = list(over.events.filter(kind=EventKind.RENEWED).order_by("pk"))
    assert [one.note for one in told] == [
        f"下一份协议 {new.number}，自2026年11月22日起",
        f"期满，由 {new.number} 接续",
    ]


@pytest.mark.parametrize("day", [START, DAY - ONE])
def test_first_and_last_day_of_the_term_count(cast, over, automatic, day):
    reach(over, cast.li, day)
    assert renew_automatically(on=DAY, now=at(DAY)) == 1


def test_whom_nobody_reached_runs_out_and_stands_on_the_list(cast, over, automatic):
    rows = Agreement.objects.all()

    def listed(on):
        return list(narrowed(rows, bucket="unreached", team_id=None, on=on, notice_days=60))

    assert listed(DAY - 62 * ONE) == []
    assert listed(DAY - 30 * ONE) == [over]
    assert close_terms(on=DAY, now=at(DAY)) == (0, 1)
    over.refresh_from_db()
    assert over.state == S.EXPIRED
    assert listed(DAY) == [over]  # still to be asked within the days of grace
    assert listed(over.ends_on + 30 * ONE) == [over]
    assert listed(over.ends_on + 31 * ONE) == []


def test_who_was_reached_is_not_on_the_list(cast, over, automatic):
    reach(over, cast.li, DAY - 50 * ONE)
    assert not narrowed(
        Agreement.objects.all(), bucket="unreached", team_id=None, on=DAY - 20 * ONE, notice_days=60
    ).exists()


def test_where_no_contact_is_asked_for_everybody_goes_on(cast, over):
    profile(renewal_mode="AUTO_UNLESS_TERMINATED", auto_renew_needs_contact=False)
    assert close_terms(on=DAY, now=at(DAY)) == (1, 1)


def test_the_other_profile_renews_nobody_by_itself(cast, over):
    reach(over, cast.li, DAY - 50 * ONE)
    assert close_terms(on=DAY, now=at(DAY)) == (0, 1)
    over.refresh_from_db()
    assert over.state == S.EXPIRED
    assert not narrowed(Agreement.objects.all(), bucket="unreached", team_id=None, on=DAY, notice_days=60)


def test_twice_changes_nothing(cast, over, automatic):
    reach(over, cast.li, DAY - 50 * ONE)
    close_terms(on=DAY, now=at(DAY))
    assert close_terms(on=DAY, now=at(DAY)) == (0, 0)
    assert Agreement.objects.count() == 2


def test_missed_nights_end_like_nights_that_were_not(cast, over, automatic):
    reach(over, cast.li, DAY - 50 * ONE)
    late = DAY + 20 * ONE
    assert close_terms(on=late, now=at(late)) == (1, 1)
    new = over.successors.get()
    assert (new.signed_on, new.starts_on) == (DAY, DAY)


def test_a_leap_day_in_the_middle_of_terms(cast, district, automatic, wording):
    leap = dt.date(2028, 2, 29)
    made = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=leap)
    assert made.ends_on == dt.date(2029, 2, 28)
    reach(made, cast.li, dt.date(2028, 6, 1))
    next_day = dt.date(2029, 3, 1)
    close_terms(on=next_day, now=at(next_day))
    new = made.successors.get()
    assert (new.starts_on, new.ends_on) == (next_day, dt.date(2031, 2, 28))


def test_a_supplement_ends_with_its_course(cast, resident, automatic):
    parent = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    course = supplement_signed(parent, resident, cast.li, on=DAY)
    after = course.ends_on + ONE
    assert close_terms(on=after, now=at(after)) == (0, 1)
    course.refresh_from_db()
    assert course.state == S.EXPIRED


# --- what is left out -------------------------------------------------------------------------------------------


def reasons(*agreements, on=DAY):
    plan = plan_renewals([one.pk for one in agreements], on=on, years=1)
    return {pk: objection.code for pk, objection in plan.left_out.items()}


def test_who_died_or_is_lost_is_left_out(cast, resident, over):
    assert reasons(over) == {}
    Resident.objects.update(life_status=LifeStatus.LOST, life_status_on=DAY)
    assert reasons(over) == {over.pk: "nobody_present"}


def test_a_package_that_is_not_offered_any_more(cast, over, today):
    withdraw_package(package=package(), by=cast.zhou, on=DAY)
    assert reasons(over) == {over.pk: "package_gone"}


def test_a_package_for_which_nobody_stands_any_more_is_dropped(cast, district, wording):
    woman = ResidentFactory(grid=district.grid_a)
    flag = PopulationFlagFactory(resident=woman, kind=Population.HYPERTENSION)
    made = sign_agreement(
        woman, cast.team_a, cast.li, on=START, packages=[package(on=START), package("hypertension", on=START)]
    )
    type(flag).objects.filter(pk=flag.pk).update(ends_on=DAY)
    new = Agreement.objects.get(pk=renewed([made], cast.li)[made.pk])
    assert [one.code for one in new.packages.all()] == ["basic"]
    assert "不再适用而未续" in new.events.get().note


def test_another_promise_in_the_new_term(cast, district, resident, over):
    Enrollment.objects.filter(agreement=over).update(state=S.EXPIRED)
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    Enrollment.objects.filter(agreement=over).update(state=S.ACTIVE)
    assert reasons(over) == {over.pk: "overlap"}


def test_a_household_goes_on_without_who_left(cast, district, wording):
    home = family(district.grid_a)
    made = household_signed(home, cast.team_a, cast.li, on=START)
    man, wife, child = home.members.order_by("relation", "born_on")
    Resident.objects.filter(pk=wife.pk).update(life_status=LifeStatus.LOST, life_status_on=DAY)
    new = Agreement.objects.get(pk=renewed([made], cast.li)[made.pk])
    assert (new.household, new.representative) == (home, man)
    assert list(new.enrollments.order_by("position").values_list("resident", "position")) == [
        (man.pk, 1), (child.pk, 2),
    ]  # fmt: skip
    assert [one.resident_id for one in loads(new.as_signed).members] == [man.pk, child.pk]
    Resident.objects.filter(pk=man.pk).update(life_status=LifeStatus.LOST, life_status_on=DAY)
    new.successors.update(previous=None)
    Agreement.objects.filter(previous=made).update(state=S.VOID)
    Enrollment.objects.filter(agreement=new).update(state=S.VOID)
    assert reasons(made) == {made.pk: "representative_gone"}


# --- many at once -----------------------------------------------------------------------------------------------


def many(cast, district, count):
    return [
        sign_agreement(one, cast.team_a, cast.li, on=START)
        for one in ResidentFactory.create_batch(count, grid=district.grid_a)
    ]


def test_as_many_statements_for_many_as_for_one(cast, district, wording):
    counts = []
    for count in (1, 5):
        made = many(cast, district, count)
        with CaptureQueriesContext(connection) as queries:
            assert len(renewed(made, cast.qian)) == count
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 36
    numbers = list(Agreement.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == 12


def test_an_explicit_renewal_on_paper_keeps_who_signed(cast, resident, over):
    new = Agreement.objects.get(pk=renewed([over], cast.qian)[over.pk])
    assert (new.created_by, new.renewal_kind, new.mode) == (cast.qian, RenewalKind.EXPLICIT, SignMode.PAPER)
    signed = Signature.objects.filter(agreement=new)
    assert {(one.party, one.signer_name, bytes(one.image), one.sha256) for one in signed} == {
        ("resident", "王建国", b"", ""),
        ("doctor", "李医生", b"", ""),
    }
    assert renewed([over], cast.qian) == {}  # it has its successor


# --- renewed early by signing -----------------------------------------------------------------------------------


def test_signed_early_both_hold_until_the_old_one_ends(cast, resident):
    old = sign_agreement(resident, cast.team_a, cast.li, on=START)
    day = old.ends_on - 10 * ONE
    new = sign(
        by=cast.li, on=day, now=at(day), resident=resident, team=cast.team_a, doctor=cast.li, term_years=3,
        starts_on=old.ends_on + ONE, signed_on=day, channel="clinic_visit", mode="electronic", packages=[package(on=day)],
        signatures=both_signatures(resident, cast.li), client_token="0b9d1a0e-6a0d-4a7e-9b3e-2f1f6a2f9b11",
    )  # fmt: skip
    assert (new.previous, new.renewal_kind) == (old, RenewalKind.EXPLICIT)
    expire_ended(on=old.ends_on)
    old.refresh_from_db()
    assert old.state == S.ACTIVE  # still owed
    expire_ended(on=old.ends_on + ONE)
    old.refresh_from_db()
    assert old.state == S.RENEWED
    assert Enrollment.objects.in_force_on(DAY).get(resident=resident).agreement == new


def test_a_void_successor_is_none(cast, over):
    new = renewed([over], cast.li)[over.pk]
    Agreement.objects.filter(pk=new).update(state=S.VOID)
    expire_ended(on=DAY)
    over.refresh_from_db()
    assert over.state == S.EXPIRED


def test_what_nobody_confirmed_as_long_as_it_was_to_last_is_void(cast, over):
    Agreement.objects.update(state=S.PENDING_CONFIRM, waits_for=WaitsFor.RESIDENT)
    Enrollment.objects.update(state=S.PENDING_CONFIRM)
    expire_ended(on=DAY - ONE)
    assert Agreement.objects.get().state == S.PENDING_CONFIRM
    expire_ended(on=DAY)
    one = Agreement.objects.get()
    assert (one.state, one.waits_for, one.enrollments.get().state) == (S.VOID, "", S.VOID)
    assert one.events.get(kind=EventKind.VOIDED).by is None


def test_who_dies_after_renewing_early_is_promised_nothing_more(cast, resident):
    from contracts.actions import follow_departures

    old = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 350 * ONE)
    new = Agreement.objects.get(pk=renewed([old], cast.li)[old.pk])
    record_death(resident=resident, since=DAY, by=cast.li, on=DAY)
    assert follow_departures(on=DAY) == 2
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state) == (S.TERMINATED, S.VOID)
    assert not Enrollment.objects.in_force_on(DAY + ONE).exists()


def test_a_service_gone_from_a_restricted_package_is_not_named(cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    items = ("regular_contact", "education_material")
    menu = draft_package("smi_menu", by=cast.zhou, items=items, populations=["smi"])
    menu.contents.update(is_required=False)
    menu = publish_package(package=menu, valid_from=DAY, by=cast.zhou, on=DAY)
    gone, kept = menu.contents.in_order()
    made = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, packages=[package(), menu], chosen=[gone, kept]
    )
    newer = draft_package_version(package=menu, by=cast.zhou, on=DAY)
    set_contents(package=newer, rows=[Row(kept.item, "year", 2)], by=cast.zhou, on=DAY)
    publish_package(package=newer, valid_from=DAY, by=cast.zhou, on=DAY)
    (objection,) = plan_renewals([made.pk], on=DAY, years=1).left_out.values()
    assert objection.code == "item_gone"
    assert "专项服务" in objection.sentence
    assert gone.item.name not in objection.sentence
