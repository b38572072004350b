import dataclasses
import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from core.models import ReadLog
from residents import actions
from residents.choices import Evidence, IdKind, LifeStatus, Population, Relation, Sex
from residents.models import Household, PastIdentifier, PopulationFlag, Resident, ResidentEvent
from tests.factories.residents import HouseholdFactory, ResidentFactory, id_number
from tests.residents.conftest import POLICY, TODAY

DAY = dt.timedelta(days=1)
NUMBER = id_number(dt.date(1960, 1, 1), 300, Sex.FEMALE)
Kind = ResidentEvent.Kind


def kinds_of(resident) -> set[str]:
    return set(PopulationFlag.objects.running().filter(resident=resident).values_list("kind", flat=True))


def events_of(resident) -> list[str]:
    return list(ResidentEvent.objects.filter(resident=resident).order_by("pk").values_list("kind", flat=True))


def register(cast, district, **facts):
    given = {
        "name": "林桂芳", "id_kind": IdKind.ID_CARD, "id_number": NUMBER, "grid": district.grid_a, "policy": POLICY,
        "by": cast.li, "on": TODAY,
    }  # fmt: skip
    return actions.register_resident(**given | facts)


class TestRegister:
    def test_sex_birth_and_searchable_forms_come_from_the_number(self, cast, district):
        found = register(cast, district, id_number=NUMBER.lower(), phone="138 1234 5678", name="林 桂芳")
        found.refresh_from_db()
        assert (found.name, found.sex, found.born_on) == ("林桂芳", Sex.FEMALE, dt.date(1960, 1, 1))
        assert (found.id_number, found.phone, found.initials) == (NUMBER, "13812345678", "lgf")
        assert Resident.objects.with_number(NUMBER).get() == found
        assert Resident.objects.with_phone_tail("5678").get() == found
        assert found.confirmed_on == TODAY
        assert events_of(found) == [Kind.REGISTERED]

    def test_who_registers_does_not_take_into_care(self, cast, district):
        assert register(cast, district).managing_team is None

    def test_founding_a_household_makes_a_head_and_a_number_of_the_village(self, cast, district):
        first = register(cast, district, founds_household=True, address="和平路1号")
        other = register(cast, district, founds_household=True, id_number=id_number(dt.date(1961, 1, 1), 300))
        assert first.relation == Relation.HEAD
        assert [first.household.number, other.household.number] == [
            "371002001001F00001",
            "371002001001F00002",
        ]
        assert (first.household.address, first.household.registered_on) == ("和平路1号", TODAY)

    def test_joining_a_household(self, cast, district, person):
        found = register(cast, district, household=person.household, relation=Relation.SPOUSE)
        assert (found.household, found.relation) == (person.household, Relation.WIFE)

    def test_age_kinds_are_set_at_once(self, cast, district):
        assert kinds_of(register(cast, district)) == {Population.ELDERLY_65}

    def test_a_newborn_without_document(self, cast, district):
        found = register(
            cast, district, id_kind=IdKind.NONE, id_number="", sex=Sex.FEMALE, born_on=dt.date(2026, 11, 1)
        )
        assert (found.id_index, found.id_kind) == (None, IdKind.NONE)
        assert kinds_of(found) == {Population.CHILD_0_6}

    @pytest.mark.parametrize(
        ("facts", "code", "field"),
        [
            ({"name": " "}, "name_missing", "name"),
            ({"name": "林桂芳2"}, "name_digits", "name"),
            ({"id_number": NUMBER[:-1] + "A"}, "id_characters", "id_number"),
            ({"id_number": ""}, "id_missing", "id_number"),
            ({"sex": Sex.MALE}, "sex_disagrees", "sex"),
            ({"born_on": dt.date(1960, 1, 2)}, "birth_disagrees", "born_on"),
            ({"phone": "1234"}, "phone_form", "phone"),
            ({"phone": "13800000000"}, "phone_placeholder", "phone"),
            ({"id_kind": IdKind.NONE}, "number_without_kind", "id_kind"),
            ({"id_kind": IdKind.NONE, "id_number": "", "sex": Sex.MALE}, "birth_missing", "born_on"),
            (
                {"id_kind": IdKind.NONE, "id_number": "", "sex": Sex.MALE, "born_on": TODAY + DAY},
                "birth_future",
                "born_on",
            ),
            ({"id_kind": IdKind.PASSPORT, "id_number": "E1234567", "born_on": TODAY}, "sex_missing", "sex"),
        ],
    )
    def test_what_cannot_be_used_is_refused_at_its_field(self, cast, district, facts, code, field):
        with pytest.raises(actions.CannotRegister) as refused:
            register(cast, district, **facts)
        assert (refused.value.code, refused.value.field) == (code, field)
        assert not Resident.objects.exists()

    def test_a_taken_number_names_the_holder_in_scope_masked(self, cast, district, person):
        with pytest.raises(actions.CannotRegister) as refused:
            register(cast, district, id_number=person.id_number)
        assert refused.value.code == "number_taken"
        assert "王*国" in refused.value.sentence
        assert "王建国" not in refused.value.sentence

    def test_a_taken_number_out_of_scope_tells_nothing_of_the_holder(self, cast, district, neighbor):
        with pytest.raises(actions.CannotRegister) as refused:
            register(cast, district, id_number=neighbor.id_number)
        assert refused.value.code == "number_taken_elsewhere"
        assert not any(word in refused.value.sentence for word in ("赵", "海波", "菊花顶", "鲸园"))

    def test_a_former_number_is_taken_too(self, cast, district, person):
        former = person.id_number
        actions.correct_number(
            resident=person,
            id_kind=IdKind.ID_CARD,
            id_number=NUMBER,
            reason="填错",
            policy=POLICY,
            by=cast.li,
            on=TODAY,
        )
        with pytest.raises(actions.CannotRegister, match="已登记"):
            register(cast, district, id_number=former)

    def test_one_head_in_a_household(self, cast, district, person):
        with pytest.raises(actions.CannotRegister) as refused:
            register(cast, district, household=person.household, relation=Relation.HEAD)
        assert (refused.value.code, refused.value.field) == ("head_exists", "relation")

    def test_a_member_lives_in_the_grid_of_the_household(self, cast, district, neighbor):
        with pytest.raises(actions.CannotRegister) as refused:
            register(cast, district, household=neighbor.household, relation=Relation.SON)
        assert refused.value.code == "household_elsewhere"


class TestUpdate:
    def change(self, person, cast, **facts):
        given = {
            "name": person.name, "phone": None, "grid": person.grid, "address": person.address,
            "registration": person.registration, "remark": person.remark, "relation": person.relation,
        }  # fmt: skip
        return actions.update_resident(resident=person, **given | facts, by=cast.li, on=TODAY)

    def test_changed_fields_are_written_and_named_without_values(self, cast, person):
        self.change(person, cast, name="王建军", phone="13700001234", remark="搬到二楼")
        person.refresh_from_db()
        assert (person.name, person.phone, person.remark, person.initials) == (
            "王建军",
            "13700001234",
            "搬到二楼",
            "wjj",
        )
        assert Resident.objects.with_phone("13700001234").get() == person
        assert not Resident.objects.with_phone("13912345678").exists()
        assert ResidentEvent.objects.get(resident=person).note == "修改：姓名、联系电话、备注"

    def test_nothing_changed_is_no_event(self, cast, person):
        self.change(person, cast)
        assert events_of(person) == []

    def test_none_keeps_the_phone_and_empty_removes_it(self, cast, person):
        self.change(person, cast, remark="x")
        person.refresh_from_db()
        assert person.phone == "13912345678"
        self.change(person, cast, phone="")
        person.refresh_from_db()
        assert (person.phone, person.phone_index, person.phone_tail) == ("", None, None)

    def test_a_member_does_not_leave_the_grid_of_his_household(self, cast, district, person):
        with pytest.raises(actions.CannotUpdate) as refused:
            self.change(person, cast, grid=district.grid_b)
        assert (refused.value.code, refused.value.field) == ("household_elsewhere", "grid")

    def test_without_household_the_grid_may_change(self, cast, district):
        alone = ResidentFactory(grid=district.grid_a, household=None, relation=Relation.NON_RELATIVE)
        assert self.change(alone, cast, grid=district.grid_b).grid == district.grid_b

    def test_the_head_is_not_changed_from_here(self, cast, person):
        with pytest.raises(actions.CannotUpdate) as refused:
            self.change(person, cast, relation=Relation.SON)
        assert refused.value.code == "use_change_head"

    def test_the_former_row_stays_in_the_history_with_the_person_who_changed_it(self, cast, person):
        self.change(person, cast, remark="新备注")
        former = person.history.order_by("-pgh_id").first()
        assert former.remark == ""
        assert former.pgh_context.metadata["user"] == cast.li.pk


class TestCorrectNumber:
    def correct(self, person, cast, number=NUMBER, **facts):
        given = {"id_kind": IdKind.ID_CARD, "id_number": number, "reason": "登记时填错"}
        return actions.correct_number(resident=person, **given | facts, policy=POLICY, by=cast.li, on=TODAY)

    def test_the_person_stays_and_is_found_by_both_numbers(self, cast, person):
        former = person.id_number
        self.correct(person, cast)
        person.refresh_from_db()
        assert (person.id_number, person.born_on, person.sex) == (NUMBER, dt.date(1960, 1, 1), Sex.FEMALE)
        assert (
            Resident.objects.with_number(NUMBER).get() == Resident.objects.with_number(former).get() == person
        )
        past = PastIdentifier.objects.get()
        assert (past.id_number, past.replaced_on, past.reason) == (former, TODAY, "登记时填错")
        assert events_of(person) == [Kind.NUMBER_CHANGED]

    def test_age_kinds_follow_the_new_birth_date(self, cast, district):
        child = register(cast, district, id_number=id_number(dt.date(2020, 5, 5), 300))
        assert kinds_of(child) == {Population.CHILD_0_6}
        self.correct(child, cast)
        assert kinds_of(child) == {Population.ELDERLY_65}

    def test_who_had_no_document_gets_one_without_a_past(self, cast, district):
        baby = ResidentFactory(grid=district.grid_a, id_kind=IdKind.NONE, id_number="", household=None)
        self.correct(baby, cast)
        assert not PastIdentifier.objects.exists()

    def test_a_correction_can_be_taken_back(self, cast, person):
        former = person.id_number
        self.correct(person, cast)
        self.correct(person, cast, former)
        person.refresh_from_db()
        assert person.id_number == former

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"reason": " "}, "reason_missing"),
            ({"number": "123"}, "id_length"),
            ({"id_kind": IdKind.NONE}, "number_needed"),
        ],
    )
    def test_refused(self, cast, person, facts, code):
        with pytest.raises(actions.CannotCorrectNumber) as refused:
            self.correct(person, cast, **facts)
        assert refused.value.code == code

    def test_same_and_taken_numbers_are_refused(self, cast, person, neighbor):
        with pytest.raises(actions.CannotCorrectNumber, match="相同"):
            self.correct(person, cast, person.id_number)
        with pytest.raises(actions.CannotCorrectNumber, match="其他辖区"):
            self.correct(person, cast, neighbor.id_number)
        assert not PastIdentifier.objects.exists()


class TestHouseholds:
    def test_the_number_is_taken_from_the_village(self, cast, district):
        made = actions.create_household(grid=district.grid_b, address=" 和平路 2号 ", by=cast.zhao, on=TODAY)
        assert made.number == "371002002001F00001"
        assert made.address == "和平路 2号"

    def test_moving_brings_grid_and_address_and_closes_the_empty_household(self, cast, district, person):
        former, there = person.household, HouseholdFactory(grid=district.grid_b, address="昆明路5号")
        moved = actions.move_member(
            resident=person, household=there, relation=Relation.HEAD, by=cast.li, on=TODAY
        )
        assert (moved.household, moved.grid, moved.address) == (there, district.grid_b, "昆明路5号")
        former.refresh_from_db()
        assert former.closed_on == TODAY
        assert events_of(person) == [Kind.HOUSEHOLD_CHANGED]

    def test_a_head_does_not_leave_members_behind(self, cast, district, person):
        ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.WIFE)
        with pytest.raises(actions.CannotMove) as refused:
            actions.move_member(resident=person, household=None, by=cast.li, on=TODAY)
        assert refused.value.code == "head_leaves"

    def test_a_member_founds_a_household_of_his_own(self, cast, district, person):
        son = ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON)
        moved = actions.move_member(resident=son, household=None, founds_household=True, by=cast.li, on=TODAY)
        assert moved.relation == Relation.HEAD
        assert moved.household.number == "371002001001F00001"
        person.household.refresh_from_db()
        assert person.household.closed_on is None

    def test_out_of_any_household(self, cast, person):
        moved = actions.move_member(resident=person, household=None, by=cast.li, on=TODAY)
        assert (moved.household, moved.relation) == (None, Relation.NON_RELATIVE)

    def test_same_closed_or_headed_households_are_refused(self, cast, district, person):
        wife = ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.WIFE)
        closed = HouseholdFactory(grid=district.grid_a, closed_on=TODAY)
        headed = ResidentFactory(grid=district.grid_a).household
        for household, relation, code in [
            (person.household, Relation.SON, "same_household"),
            (closed, Relation.SON, "household_closed"),
            (headed, Relation.HEAD, "head_exists"),
        ]:
            with pytest.raises(actions.CannotMove) as refused:
                actions.move_member(
                    resident=wife, household=household, relation=relation, by=cast.li, on=TODAY
                )
            assert refused.value.code == code

    def test_a_new_head_and_new_relations(self, cast, district, person):
        wife = ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.WIFE, sex=Sex.FEMALE
        )
        son = ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON)
        actions.change_head(
            household=person.household, head=son, by=cast.li, on=TODAY,
            relations={person.pk: Relation.FATHER, wife.pk: Relation.MOTHER},
        )  # fmt: skip
        found = dict(Resident.objects.values_list("pk", "relation"))
        assert found == {son.pk: Relation.HEAD, person.pk: Relation.FATHER, wife.pk: Relation.MOTHER}

    def test_a_head_needs_every_relation_and_must_be_a_member(self, cast, district, person, neighbor):
        wife = ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.WIFE)
        for head, relations, code in [
            (wife, {}, "relation_missing"),
            (wife, {person.pk: Relation.HEAD}, "second_head"),
            (person, {wife.pk: Relation.WIFE}, "same_head"),
            (neighbor, {}, "not_a_member"),
        ]:
            with pytest.raises(actions.CannotChangeHead) as refused:
                actions.change_head(
                    household=person.household, head=head, relations=relations, by=cast.li, on=TODAY
                )
            assert refused.value.code == code
        assert actions.households.head_of(person.household) == person

    def test_the_database_refuses_a_second_head(self, district, person):
        with pytest.raises(IntegrityError, match="one_head_per_household"), transaction.atomic():
            ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.HEAD)


class TestStatus:
    def set(self, person, cast, status, since=TODAY, reason=""):
        return actions.set_status(
            resident=person, status=status, since=since, reason=reason, by=cast.li, on=TODAY
        )

    def test_death_is_dated_and_told(self, cast, person):
        now = self.set(person, cast, LifeStatus.DECEASED, TODAY - DAY)
        assert (now.life_status, now.life_status_on) == (LifeStatus.DECEASED, TODAY - DAY)
        assert "在册 → 死亡（2026-11-21）" in ResidentEvent.objects.get(resident=person).note

    def test_lost_and_found(self, cast, person):
        self.set(person, cast, LifeStatus.LOST)
        found = self.set(person, cast, LifeStatus.PRESENT)
        assert (found.life_status, found.life_status_on) == (LifeStatus.PRESENT, None)

    def test_taking_back_a_death_needs_a_reason(self, cast, person):
        self.set(person, cast, LifeStatus.DECEASED)
        with pytest.raises(actions.CannotSetStatus) as refused:
            self.set(person, cast, LifeStatus.PRESENT)
        assert refused.value.code == "reason_missing"
        assert self.set(person, cast, LifeStatus.PRESENT, reason="同名误登").life_status == LifeStatus.PRESENT

    def test_who_returns_to_another_head_is_head_no_more(self, cast, district, person):
        son = ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON)
        self.set(person, cast, LifeStatus.MOVED_OUT)
        actions.change_head(household=person.household, head=son, relations={}, by=cast.li, on=TODAY)
        back = self.set(person, cast, LifeStatus.PRESENT)
        assert back.relation == Relation.NON_RELATIVE
        assert "请重新填写" in ResidentEvent.objects.filter(resident=person).order_by("-pk").first().note

    def test_confirming_dates_the_entry(self, cast, person):
        assert actions.confirm_resident(resident=person, by=cast.li, on=TODAY).confirmed_on == TODAY
        self.set(person, cast, LifeStatus.DECEASED)
        with pytest.raises(actions.CannotUpdate, match="死亡"):
            actions.confirm_resident(resident=person, by=cast.li, on=TODAY)


class TestGuardians:
    def test_a_resident_or_somebody_else(self, cast, district, person):
        child = ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.GRANDCHILD
        )
        own = actions.add_guardian(resident=child, guardian=person, relation="祖父", by=cast.li, on=TODAY)
        assert (own.name, own.phone, own.starts_on) == ("王建国", "13912345678", TODAY)
        other = actions.add_guardian(
            resident=child, name="丛 丽", relation="母亲", phone="0631-5231234", by=cast.li, on=TODAY
        )
        assert (other.name, other.phone) == ("丛丽", "0631-5231234")
        assert "丛*" in ResidentEvent.objects.filter(resident=child).order_by("-pk").first().note

    def test_refused(self, cast, person):
        for facts, code in [
            ({"guardian": person, "relation": "本人"}, "own_guardian"),
            ({"name": "", "relation": "母亲"}, "name_missing"),
            ({"name": "丛丽", "relation": " "}, "relation_missing"),
            ({"name": "丛丽", "relation": "母亲", "phone": "12"}, "phone_form"),
        ]:
            with pytest.raises(actions.CannotChangeGuardian) as refused:
                actions.add_guardian(resident=person, **facts, by=cast.li, on=TODAY)
            assert refused.value.code == code

    def test_twice_and_ended(self, cast, person):
        facts = {"resident": person, "name": "丛丽", "relation": "女儿", "by": cast.li, "on": TODAY}
        guardian = actions.add_guardian(**facts)
        with pytest.raises(actions.CannotChangeGuardian, match="不用重复"):
            actions.add_guardian(**facts)
        assert (
            actions.end_guardian(guardian=guardian, by=cast.li, on=TODAY + 3 * DAY).ends_on == TODAY + 2 * DAY
        )
        with pytest.raises(actions.CannotChangeGuardian, match="已经结束"):
            actions.end_guardian(guardian=guardian, by=cast.li, on=TODAY)


class TestFlags:
    def flag(self, person, cast, kind=Population.HYPERTENSION, evidence=Evidence.SCREENING, since=TODAY):
        return actions.flag_population(
            resident=person, kind=kind, evidence=evidence, starts_on=since, by=cast.li, on=TODAY
        )

    @pytest.mark.parametrize(
        "standing", [Evidence.GRID_REPORT, Evidence.ROSTER, Evidence.SCREENING, Evidence.MEDICAL_RECORD]
    )
    @pytest.mark.parametrize(
        "said", [Evidence.GRID_REPORT, Evidence.ROSTER, Evidence.SCREENING, Evidence.MEDICAL_RECORD]
    )
    def test_lower_evidence_never_overrides_higher(self, cast, person, standing, said):
        self.flag(person, cast, evidence=standing, since=TODAY - 10 * DAY)
        if said < standing:
            with pytest.raises(actions.CannotFlag) as refused:
                self.flag(person, cast, evidence=said)
            assert refused.value.code == "lower_evidence"
        else:
            self.flag(person, cast, evidence=said)
        flag = PopulationFlag.objects.get(resident=person)
        assert flag.evidence == max(said, standing)
        assert flag.starts_on == TODAY - 10 * DAY

    def test_ending_needs_equal_evidence_and_a_reason(self, cast, person):
        flag = self.flag(person, cast, evidence=Evidence.MEDICAL_RECORD, since=TODAY - 10 * DAY)
        for evidence, reason, code in [
            (Evidence.SCREENING, "复查正常", "lower_evidence"),
            (Evidence.MEDICAL_RECORD, " ", "reason_missing"),
        ]:
            with pytest.raises(actions.CannotFlag) as refused:
                actions.unflag_population(flag=flag, evidence=evidence, reason=reason, by=cast.li, on=TODAY)
            assert refused.value.code == code
        ended = actions.unflag_population(
            flag=flag, evidence=Evidence.MEDICAL_RECORD, reason="误诊", by=cast.li, on=TODAY
        )
        assert ended.ends_on == TODAY - DAY
        assert kinds_of(person) == set()
        assert self.flag(person, cast).ends_on is None  # may begin again

    def test_age_kinds_are_not_set_by_hand(self, cast, person):
        with pytest.raises(actions.CannotFlag) as refused:
            self.flag(person, cast, kind=Population.ELDERLY_65)
        assert refused.value.code == "by_age"

    def test_no_flag_from_tomorrow(self, cast, person):
        with pytest.raises(actions.CannotFlag, match="还没有到"):
            self.flag(person, cast, since=TODAY + DAY)

    def test_restricted_kinds_are_not_named_in_the_events(self, cast, person):
        flag = self.flag(person, cast, kind=Population.SMI)
        actions.unflag_population(flag=flag, evidence=Evidence.SCREENING, reason="x", by=cast.li, on=TODAY)
        notes = " ".join(ResidentEvent.objects.values_list("note", flat=True))
        assert "受限人群标识" in notes
        assert "精神" not in notes


class TestAgeRefresh:
    def test_birthdays_begin_and_end_flags_and_a_second_run_changes_nothing(self, district):
        child = ResidentFactory(grid=district.grid_a, born_on=dt.date(2019, 11, 22))
        near = ResidentFactory(grid=district.grid_a, born_on=dt.date(1961, 12, 31))
        dead = ResidentFactory(
            grid=district.grid_a,
            born_on=dt.date(1940, 1, 1),
            life_status=LifeStatus.DECEASED,
            life_status_on=TODAY,
        )
        actions.refresh_age_flags(policy=POLICY, on=dt.date(2025, 12, 31))
        assert (kinds_of(child), kinds_of(near), kinds_of(dead)) == (
            {Population.CHILD_0_6}, {Population.ELDERLY_60_64}, set(),
        )  # fmt: skip
        done = actions.refresh_age_flags(policy=POLICY, on=TODAY)
        assert (done.begun, done.ended) == (1, 2)
        assert (kinds_of(child), kinds_of(near)) == (set(), {Population.ELDERLY_65})
        ended = dict(PopulationFlag.objects.filter(ends_on__isnull=False).values_list("kind", "ends_on"))
        assert ended == {
            Population.CHILD_0_6: dt.date(2026, 11, 21),
            Population.ELDERLY_60_64: dt.date(2025, 12, 31),
        }
        again = actions.refresh_age_flags(policy=POLICY, on=TODAY)
        assert (again.begun, again.ended) == (0, 0)

    def test_a_dry_run_only_counts(self, district):
        ResidentFactory(grid=district.grid_a, born_on=dt.date(1940, 1, 1))
        done = actions.refresh_age_flags(policy=POLICY, on=TODAY, dry_run=True)
        assert done.begun == 2
        assert not PopulationFlag.objects.exists()

    def test_what_a_doctor_said_is_left_alone(self, cast, person):
        TestFlags().flag(person, cast)
        actions.refresh_age_flags(policy=POLICY, on=TODAY)
        assert Population.HYPERTENSION in kinds_of(person)


class TestReveal:
    def reveal(self, person, cast, reason="联系居民", policy=POLICY):
        return actions.reveal_resident(
            resident=person,
            reason=reason,
            policy=policy,
            by=cast.li,
            on=TODAY,
            ip="10.0.0.7",
            page="resident-reveal",
        )

    @pytest.mark.usefixtures("today")
    def test_shown_and_logged(self, cast, person):
        shown = self.reveal(person, cast)
        assert (shown.name, shown.id_number, shown.phone) == ("王建国", person.id_number, "13912345678")
        row = ReadLog.objects.get()
        assert (row.action, row.subject_ids, row.reason, row.user_id, row.ip) == (
            "reveal", [person.pk], "联系居民", cast.li.pk, "10.0.0.7",
        )  # fmt: skip

    def test_no_reason_no_data(self, cast, person):
        with pytest.raises(actions.CannotReveal):
            self.reveal(person, cast, " ")
        assert not ReadLog.objects.exists()

    def test_no_log_no_data(self, cast, person, monkeypatch):
        monkeypatch.setattr(ReadLog.objects, "create", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            self.reveal(person, cast)

    def test_bounded_by_the_day(self, cast, person):
        policy = dataclasses.replace(POLICY, reveals_per_day=2)
        # The log is dated by the database, so the day is the real one here.
        today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()

        def reveal(by):
            return actions.reveal_resident(
                resident=person, reason="联系居民", policy=policy, by=by, on=today, ip=None, page=""
            )

        reveal(cast.li)
        reveal(cast.li)
        with pytest.raises(actions.CannotReveal) as refused:
            reveal(cast.li)
        assert refused.value.code == "reveals_used_up"
        assert reveal(cast.wang).name == "王建国"  # everybody has his own bound


def test_events_are_never_changed_nor_deleted(cast, person):
    actions.confirm_resident(resident=person, by=cast.li, on=TODAY)
    for change in (lambda rows: rows.update(note="x"), lambda rows: rows.delete()):
        with pytest.raises(InternalError, match="append_only"), transaction.atomic():
            change(ResidentEvent.objects.all())


def test_numbers_and_phones_do_not_stand_in_the_database_in_clear(person):
    with connection.cursor() as cursor:
        cursor.execute("SELECT residents_resident::text FROM residents_resident")
        row = cursor.fetchone()[0]
    assert person.id_number not in row
    assert person.phone not in row
    assert person.id_number.encode().hex() not in row


def test_a_household_number_has_five_digits(cast, district):
    from residents.actions.households import CannotFoundHousehold

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO core_numbersequence VALUES ('household:371002001001', 99999)")
    with pytest.raises(CannotFoundHousehold):
        actions.create_household(grid=district.grid_a, address="", by=cast.li, on=TODAY)
    assert not Household.objects.exists()
