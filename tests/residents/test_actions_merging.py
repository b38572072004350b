import datetime as dt

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.urls import reverse
from django.utils import timezone

from contracts.models import Signature
from core.rows import is_append_only, links_to
from residents.actions import (
    CannotMergeResidents,
    CannotUndoMerge,
    merge_residents,
    preview_merge,
    undo_merge,
)
from residents.actions.merging_moves import LEFT
from residents.choices import DuplicateState, Evidence, IdKind, LifeStatus, Population, Relation
from residents.models import (
    ContactPhone,
    DuplicatePair,
    Guardian,
    Household,
    PastIdentifier,
    PopulationFlag,
    Resident,
    ResidentEvent,
    ResidentMerge,
)
from residents.queries import search
from residents.rules.merging import Part
from residents.searchable import phone_index, phone_tail
from tests.factories.contracts import sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.rowbook import rowbook

AT = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)


def merge(kept, dropped, *, by, take=(), reason="电话核实，确为同一人"):
    return merge_residents(
        kept=kept, dropped=dropped, take=take, reason=reason, policy=POLICY, by=by, at=AT, on=TODAY
    )


def look(kept, dropped, *, by, take=()):
    return preview_merge(kept=kept, dropped=dropped, take=take, policy=POLICY, by=by, at=AT, on=TODAY)


@pytest.fixture
def double(cast, district):
    """The second entry of the person, alone in a household of his own."""
    return ResidentFactory(
        name="王建国",
        born_on=dt.date(1950, 1, 1),
        phone="13912340002",
        grid=district.grid_a,
        managing_team=None,
    )


def test_the_dropped_entry_becomes_a_shell_that_points_at_the_kept_one(cast, person, double):
    done = merge(person, double, by=cast.li)
    double.refresh_from_db()
    assert (double.life_status, double.life_status_on, double.merged_into) == (
        LifeStatus.MERGED,
        TODAY,
        person,
    )
    assert (double.id_number, double.id_index, double.id_kind) == ("", None, IdKind.NONE)
    assert (double.household, double.managing_team) == (None, None)
    assert (done.kept, done.dropped, done.merged_by) == (person, double, cast.li)
    assert {one.kind for one in ResidentEvent.objects.filter(resident__in=[person, double])} >= {"merged"}


def test_what_is_not_taken_is_kept_as_former_number_and_further_phone(cast, person, double):
    number = double.id_number
    merge(person, double, by=cast.li)
    assert [one.id_number for one in PastIdentifier.objects.filter(resident=person)] == [number]
    assert [one.phone for one in ContactPhone.objects.filter(resident=person)] == ["13912340002"]
    assert list(search(cast.li, number)) == [person]


def test_parts_are_taken_as_chosen(cast, person, double):
    mine, number = person.id_number, double.id_number
    merge(person, double, by=cast.li, take={Part.IDENTITY, Part.PHONE})
    person.refresh_from_db()
    assert (person.id_number, person.phone) == (number, "13912340002")
    assert [one.id_number for one in PastIdentifier.objects.filter(resident=person)] == [mine]
    assert list(search(cast.li, "13912340002")) == [person]
    assert list(search(cast.li, mine)) == [person]


def test_a_merged_entry_is_seen_nowhere(cast, person, double):
    merge(person, double, by=cast.li)
    assert double not in Resident.objects.visible_to(cast.li)
    assert double not in Resident.objects.present()
    assert list(search(cast.li, "王建国")) == [person]


def test_what_hangs_on_the_dropped_entry_goes_over(cast, person, double):
    agreement = sign_agreement(double, cast.team_a, cast.li, on=TODAY)
    Guardian.objects.create(resident=double, name="王小明", relation="子", phone="", starts_on=TODAY)
    ward = ResidentFactory(
        name="王小花", grid=person.grid, household=person.household, relation=Relation.GRANDCHILD
    )
    Guardian.objects.create(
        resident=ward, guardian=double, name="王建国", relation="祖父", phone="", starts_on=TODAY
    )
    flag = PopulationFlagFactory(resident=double, kind=Population.HYPERTENSION)
    done = merge(person, double, by=cast.li)
    assert agreement.enrollments.get().resident == person
    assert person.guardians.get().name == "王小明"
    assert person.wards.get().resident == ward
    assert person.flags.get(kind=Population.HYPERTENSION) == flag
    assert done.moved["contracts.Enrollment.resident"] == [agreement.enrollments.get().pk]


def test_what_may_never_be_changed_stays_and_its_pages_still_open(cast, person, double, sign_in):
    """A signature is evidence: it keeps pointing at the entry that signed, the agreement goes over."""
    agreement = sign_agreement(double, cast.team_a, cast.li, on=TODAY)
    own = agreement.signatures.order_by("pk").first()
    kept = {one.name: getattr(own, one.attname) for one in Signature._meta.fields if one.name != "id"}
    Signature.objects.create(**{one: kept[one] for one in kept if not Signature._meta.get_field(one).is_relation} | {
        "agreement": agreement, "resident": double,
    })  # fmt: skip
    done = merge(person, double, by=cast.li)
    assert agreement.enrollments.get().resident == person
    assert "contracts.Signature.resident" not in done.moved
    assert Signature.objects.get(resident=double).agreement == agreement
    client = sign_in(cast.li)
    for name, pk in (("agreement-detail", agreement.pk), ("resident-detail", person.pk)):
        assert client.get(reverse(name, args=[pk])).status_code == 200
    undo_merge(merge=done, by=cast.li, at=AT)
    assert agreement.enrollments.get().resident == double


@pytest.mark.parametrize(
    ("mine", "theirs", "stays"),
    [
        (Evidence.MEDICAL_RECORD, Evidence.ROSTER, Evidence.MEDICAL_RECORD),
        (Evidence.ROSTER, Evidence.MEDICAL_RECORD, Evidence.MEDICAL_RECORD),
    ],
)
def test_of_two_flags_the_stronger_evidence_stands(cast, person, double, mine, theirs, stays):
    PopulationFlagFactory(resident=person, evidence=mine, starts_on=dt.date(2020, 1, 1))
    PopulationFlagFactory(resident=double, evidence=theirs, starts_on=dt.date(2019, 1, 1))
    merge(person, double, by=cast.li)
    flag = person.flags.running().get()
    assert flag.evidence == stays
    if stays == theirs:
        assert flag.starts_on == dt.date(2019, 1, 1)


def test_two_running_enrollments_stand_in_the_way(cast, person, double):
    sign_agreement(person, cast.team_a, cast.li, on=TODAY)
    sign_agreement(double, cast.team_a, cast.li, on=TODAY)
    before = rowbook()
    seen = look(person, double, by=cast.li)
    assert (
        len(seen.obstacles) == 1 and "签约人" in seen.obstacles[0] and "只能签一个团队" in seen.obstacles[0]
    )
    with pytest.raises(CannotMergeResidents) as refusal:
        merge(person, double, by=cast.li)
    assert refusal.value.sentence == seen.obstacles[0]
    assert rowbook() == before


def test_a_preview_changes_nothing(cast, person, double):
    sign_agreement(double, cast.team_a, cast.li, on=TODAY)
    before = rowbook(with_stories=True)
    seen = look(person, double, by=cast.li)
    assert seen.moving["签约人"] == 1 and not seen.obstacles
    assert rowbook(with_stories=True) == before


def test_each_guards_the_other(cast, person, double):
    Guardian.objects.create(
        resident=person, guardian=double, name="甲", relation="兄", phone="", starts_on=TODAY
    )
    assert "不能做自己的监护人" in look(person, double, by=cast.li).obstacles[0]


class TestHouseholds:
    def test_one_left_empty_is_closed(self, cast, person, double):
        left = double.household
        merge(person, double, by=cast.li)
        left.refresh_from_db()
        assert left.closed_on == TODAY

    def test_a_head_does_not_leave_others_behind(self, cast, person, double):
        ResidentFactory(household=double.household, grid=double.grid, relation=Relation.SON)
        with pytest.raises(CannotMergeResidents, match="户主"):
            merge(person, double, by=cast.li)

    def test_but_the_kept_entry_may_take_his_place(self, cast, person, double):
        home = double.household
        ResidentFactory(household=home, grid=double.grid, relation=Relation.SON)
        merge(person, double, by=cast.li, take={Part.HOME})
        person.refresh_from_db()
        assert (person.household, person.relation) == (home, Relation.HEAD)

    def test_a_kept_head_does_not_leave_others_behind_either(self, cast, person, double):
        ResidentFactory(household=person.household, grid=person.grid, relation=Relation.SON)
        with pytest.raises(CannotMergeResidents, match="户主"):
            merge(person, double, by=cast.li, take={Part.HOME})

    def test_who_was_head_of_the_same_household_remains_head(self, cast, person):
        double = ResidentFactory(
            name="王建国", grid=person.grid, household=person.household, relation=Relation.NON_RELATIVE
        )
        merge(double, person, by=cast.li)
        double.refresh_from_db()
        assert double.relation == Relation.HEAD

    def test_the_steward_is_the_kept_entry_where_it_stays(self, cast, person):
        double = ResidentFactory(
            name="王建国", grid=person.grid, household=person.household, relation=Relation.NON_RELATIVE
        )
        Household.objects.filter(pk=person.household_id).update(steward=double)
        merge(person, double, by=cast.li)
        assert Household.objects.get(pk=person.household_id).steward == person

    def test_a_household_that_is_left_loses_its_steward(self, cast, person, double):
        home = double.household
        ResidentFactory(household=home, grid=double.grid, relation=Relation.SON)
        Resident.objects.filter(pk=double.pk).update(relation=Relation.FATHER)
        Household.objects.filter(pk=home.pk).update(steward=double)
        before = rowbook()
        done = merge(person, double, by=cast.li)
        assert Household.objects.get(pk=home.pk).steward is None
        undo_merge(merge=done, by=cast.li, at=AT)
        assert rowbook() == before


class TestRefusals:
    def test_not_with_itself(self, cast, person):
        with pytest.raises(CannotMergeResidents):
            merge(person, person, by=cast.li)

    def test_not_twice(self, cast, person, double):
        merge(person, double, by=cast.li)
        with pytest.raises(CannotMergeResidents) as refusal:
            merge(person, double, by=cast.li)
        assert refusal.value.code == "merged_already"

    def test_not_without_a_reason(self, cast, person, double):
        with pytest.raises(CannotMergeResidents) as refusal:
            merge(person, double, by=cast.li, reason="  ")
        assert refusal.value.field == "reason"


class TestUndo:
    def test_everything_stands_as_before(self, cast, person, double):
        sign_agreement(double, cast.team_a, cast.li, on=TODAY)
        PopulationFlagFactory(resident=person, evidence=Evidence.ROSTER)
        PopulationFlagFactory(resident=double, evidence=Evidence.MEDICAL_RECORD)
        DuplicatePair.objects.create(first=person, second=double, score=90, reasons=[], found_on=TODAY)
        before = rowbook()
        done = merge(person, double, by=cast.li, take={Part.IDENTITY, Part.PHONE, Part.NAME})
        assert DuplicatePair.objects.get().state == DuplicateState.MERGED
        undo_merge(merge=done, by=cast.zhou, at=AT)
        assert rowbook() == before
        done.refresh_from_db()
        assert (done.undone_by, done.undone_at) == (cast.zhou, AT)

    def test_what_came_since_stays_with_the_kept_entry(self, cast, person, double):
        done = merge(person, double, by=cast.li)
        flag = PopulationFlagFactory(resident=person, kind=Population.TUMOR)
        Resident.objects.filter(pk=person.pk).update(address="新住址", confirmed_on=TODAY)
        undo_merge(merge=done, by=cast.li, at=AT)
        person.refresh_from_db()
        assert (flag.resident, person.address, person.confirmed_on) == (person, "新住址", TODAY)

    def test_what_nobody_can_tell_apart_is_counted(self, cast, person, double):
        PopulationFlagFactory(resident=double, kind=Population.TUMOR)
        done = merge(person, double, by=cast.li, take={Part.NAME, Part.PHONE})
        Resident.objects.filter(pk=person.pk).update(phone_index=phone_index("13900000009"))
        PopulationFlag.objects.filter(kind=Population.TUMOR).delete()
        with pytest.raises(CannotUndoMerge) as refusal:
            undo_merge(merge=done, by=cast.li, at=AT)
        assert "居民 1 处" in refusal.value.sentence and "人群标识 1 处" in refusal.value.sentence

    def test_not_twice(self, cast, person, double):
        done = merge(person, double, by=cast.li)
        undo_merge(merge=done, by=cast.li, at=AT)
        with pytest.raises(CannotUndoMerge) as refusal:
            undo_merge(merge=done, by=cast.li, at=AT)
        assert refusal.value.code == "undone_already"

    def test_not_into_a_household_that_has_another_head_by_now(self, cast, person, double):
        home = double.household
        done = merge(person, double, by=cast.li)
        Household.objects.filter(pk=home.pk).update(closed_on=TODAY)
        ResidentFactory(household=home, grid=home.grid, relation=Relation.HEAD)
        before = rowbook()
        with pytest.raises(CannotUndoMerge) as refusal:
            undo_merge(merge=done, by=cast.li, at=AT)
        assert "户主" in refusal.value.sentence
        assert rowbook() == before


def test_chains_are_flat_and_come_apart_in_the_opposite_order(cast, person, double):
    third = ResidentFactory(name="王建国", grid=person.grid)
    numbers = [person.id_number, double.id_number, third.id_number]
    start = rowbook()
    first = merge(double, person, by=cast.li)
    middle = rowbook()
    second = merge(third, double, by=cast.li)
    assert {one.merged_into for one in Resident.objects.filter(pk__in=[person.pk, double.pk])} == {third}
    assert [list(search(cast.li, one)) for one in numbers] == [[third]] * 3
    with pytest.raises(CannotUndoMerge) as refusal:
        undo_merge(merge=first, by=cast.li, at=AT)
    assert refusal.value.code == "merged_on"
    undo_merge(merge=second, by=cast.li, at=AT)
    assert rowbook() == middle
    undo_merge(merge=first, by=cast.li, at=AT)
    assert rowbook() == start


def test_a_birth_date_that_is_taken_brings_its_age_flags(cast, person, district):
    young = ResidentFactory(name="王建国", born_on=dt.date(2024, 5, 5), grid=district.grid_a)
    merge_before = rowbook()
    done = merge(person, young, by=cast.li, take={Part.IDENTITY})
    assert [one.kind for one in person.flags.running()] == [Population.CHILD_0_6]
    undo_merge(merge=done, by=cast.li, at=AT)
    assert rowbook() == merge_before


def test_phones_that_both_have_stay_single(cast, person, double):
    for one in (person, double):
        ContactPhone.objects.create(
            resident=one,
            phone="13911110000",
            phone_index=phone_index("13911110000"),
            phone_tail=phone_tail("0000"),
        )
    before = rowbook()
    done = merge(person, double, by=cast.li)
    assert sorted(one.phone for one in person.contact_phones.all()) == ["13911110000", "13912340002"]
    undo_merge(merge=done, by=cast.li, at=AT)
    assert rowbook() == before


def test_every_foreign_key_to_a_resident_is_walked():
    links = {link.label for link in links_to(Resident)}
    assert {
        "contracts.Enrollment.resident",
        "residents.Guardian.guardian",
        "residents.Household.steward",
    } <= links
    assert links >= LEFT
    assert not any("History" in one or one.endswith("Event.resident") for one in links)
    assert is_append_only(ResidentEvent) and not is_append_only(Resident)


def test_the_snapshot_is_sealed(cast, person, double):
    done = merge(person, double, by=cast.li)
    with connection.cursor() as cursor:
        cursor.execute("SELECT snapshot FROM residents_residentmerge WHERE id = %s", [done.pk])
        assert "王建国".encode() not in bytes(cursor.fetchone()[0])
    assert "王建国" in ResidentMerge.objects.get().snapshot


def test_one_standing_merge_holds_in_the_database(cast, person, double):
    done = merge(person, double, by=cast.li)
    with pytest.raises(IntegrityError):
        ResidentMerge.objects.create(
            kept=person,
            dropped=double,
            reason="再来",
            snapshot="",
            merged_by=cast.li,
            merged_at=timezone.now(),
        )
    assert done.pk
