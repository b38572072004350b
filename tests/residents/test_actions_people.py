import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.utils import InternalError

from residents import actions
from residents.choices import IdKind, Population, Relation, Sex
from residents.models import PastIdentifier, Resident, ResidentEvent
from residents.queries import search
from residents.rules.quality import UPGRADED
from tests.factories.residents import ResidentFactory, id_number
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import DAY, NUMBER, events_of, kinds_of, register

Kind = ResidentEvent.Kind


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


def test_a_15_digit_number_is_kept_until_the_new_card_was_seen(cast, district):
    old = "371099600101301"
    found = register(cast, district, id_number=old)
    assert len(found.id_number) == 18
    past = PastIdentifier.objects.get(resident=found)
    assert (past.id_number, past.reason, past.replaced_on) == (old, UPGRADED, TODAY)


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

    @pytest.mark.parametrize(
        ("kind", "former", "kept"),
        [
            (IdKind.BIRTH_CERTIFICATE, "w370012345", "W370012345"),
            (IdKind.MOTHERS_NUMBER, f"{NUMBER}#2", f"{NUMBER}#2"),
            (IdKind.TEMPORARY, "ls-2026-0007", "LS20260007"),
        ],
    )
    def test_a_real_number_takes_the_place_of_a_provisional_one(self, cast, district, kind, former, kept):
        """In one action; the person is still found by what was written down first, and nobody else gets it."""
        born_on = dt.date(2026, 11, 1)
        facts = {"name": "林小宝", "sex": Sex.MALE, "born_on": born_on}
        baby = register(cast, district, id_kind=kind, id_number=former, **facts)
        assert (baby.id_number, baby.id_kind) == (kept, kind)
        real = id_number(born_on, 40)
        self.correct(baby, cast, real, reason="已上户口")
        baby.refresh_from_db()
        assert (baby.id_kind, baby.id_number, baby.born_on) == (IdKind.ID_CARD, real, born_on)
        past = PastIdentifier.objects.get(resident=baby)
        assert (past.id_kind, past.id_number, past.reason) == (kind, kept, "已上户口")
        assert [*search(cast.li, former)] == [*search(cast.li, real)] == [baby]
        with pytest.raises(actions.CannotRegister) as refused:
            register(cast, district, id_kind=kind, id_number=former, **facts | {"name": "林小贝"})
        assert refused.value.field == "id_number"

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
