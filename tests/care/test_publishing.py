"""New versions of rule tables: added, never changed; what holds on a day; profiles."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from care.actions.publishing import CannotPublish, edited, profile_changes, publish, publish_profile
from care.models import CareRule, RuleTable
from care.queries.rules import rulebook_on, rulebook_with, table_on, tables_on
from care.rule_data import load_tables, shipped_programs
from care.rules.table_reading import read_table
from core.models import PolicySetting

TODAY = dt.date(2026, 11, 22)
TOMORROW = TODAY + dt.timedelta(days=1)
YESTERDAY = TODAY - dt.timedelta(days=1)


@pytest.fixture
def standing(db):
    return table_on("hypertension", TODAY)


def put(standing, by=None, *, day=TODAY, on=TODAY, source="某文件", **numbers):
    table = edited(standing.table, numbers)
    return publish(by=by, on=on, program=standing.program, table=table, in_force_from=day, source=source)


def test_the_first_versions_are_there(db):
    assert [one.program for one in tables_on(TODAY)] == shipped_programs()
    assert {one.version for one in tables_on(TODAY)} == {1}
    assert "copd" not in {one.program for one in tables_on(dt.date(2024, 9, 12))}
    assert "copd" in {one.program for one in tables_on(dt.date(2024, 9, 13))}


def test_loading_them_again_adds_nothing(db):
    before = set(RuleTable.objects.values_list("pk")), set(CareRule.objects.values_list("pk"))
    load_tables(RuleTable, CareRule)
    assert (set(RuleTable.objects.values_list("pk")), set(CareRule.objects.values_list("pk"))) == before


def test_every_rule_has_its_number_and_only_mental_disorder_is_restricted(db):
    book = rulebook_on(TODAY)
    for table in book.tables.values():
        for rule in table.rules:
            assert book.rule(rule.code) == rule
    restricted = set(CareRule.objects.filter(is_restricted=True).values_list("program", flat=True))
    assert restricted == {"smi"}
    assert "diabetes.fundus" in book.ids, "known, though switched off"
    assert book.rule("diabetes.fundus") is None
    assert book.rule("nothing.at_all") is None


def test_the_rulebook_takes_three_queries(db, django_assert_num_queries):
    with django_assert_num_queries(3):
        rulebook_on(TODAY)


def test_a_new_version_holds_from_its_day_on(cast, standing):
    row = put(standing, cast.zhou, day=TOMORROW, target_sbp=130)
    assert (row.version, row.created_by, row.source) == (2, cast.zhou, "某文件")
    assert rulebook_on(TODAY).tables["hypertension"].number("target_sbp") == 140
    assert rulebook_on(TODAY).versions["hypertension"] == 1
    assert rulebook_on(TOMORROW).tables["hypertension"].number("target_sbp") == 130
    assert rulebook_on(TOMORROW).versions["hypertension"] == 2


def test_of_two_versions_from_one_day_the_later_one_holds(standing):
    put(standing, day=TOMORROW, target_sbp=130)
    put(standing, day=TOMORROW, target_sbp=135)
    assert table_on("hypertension", TOMORROW).version == 3


def test_a_version_before_a_planned_one_holds_until_then(standing):
    later = TODAY + dt.timedelta(days=30)
    put(standing, day=later, target_sbp=130)
    put(standing, day=TOMORROW, target_sbp=135)
    assert table_on("hypertension", TOMORROW).version == 3
    assert table_on("hypertension", later).version == 2


def test_what_was_published_stays_as_it_is(standing):
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleTable.objects.filter(pk=standing.pk).update(source="改")
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleTable.objects.filter(pk=standing.pk).delete()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target_sbp": 140}, "rule_table_same"),
        ({"target_sbp": 400}, "rule_table_bad"),
        ({"target_sbp": 130, "source": "  "}, "rule_table_no_source"),
    ],
)
def test_what_is_refused(standing, change, code):
    with pytest.raises(CannotPublish) as caught:
        put(standing, **change)
    assert caught.value.code == code
    assert RuleTable.objects.filter(program="hypertension").count() == 1


def test_another_programmes_table_is_refused(standing):
    with pytest.raises(CannotPublish) as caught:
        publish(by=None, on=TODAY, program="tb", table=standing.table, in_force_from=TODAY, source="某文件")
    assert caught.value.code == "rule_table_other_program"


def test_the_past_may_be_written_only_before_anything_was_put_in_force(standing):
    put(standing, day=dt.date(2025, 1, 1), target_sbp=130)
    with pytest.raises(CannotPublish) as caught:
        put(standing, day=YESTERDAY, target_sbp=135)
    assert (caught.value.code, caught.value.field) == ("rule_table_in_past", "in_force_from")
    put(standing, day=TODAY, target_sbp=135)


def test_contacts_per_quarter_follow_the_policy_of_the_day(db):
    PolicySetting.objects.create(
        room="contracts", payload={"contacts_per_quarter": 2}, in_force_from=TOMORROW, source="某文件"
    )
    assert rulebook_on(TODAY).rule("contract.contact").schedule.times == 1
    assert rulebook_on(TOMORROW).rule("contract.contact").schedule.times == 2


def test_the_book_as_if_another_table_held(standing):
    book = rulebook_on(TODAY)
    other = rulebook_with(book, read_table(edited(standing.table, {"routine_months": 2})))
    assert other.rule("hypertension.routine").schedule.step_months == 2
    assert book.rule("hypertension.routine").schedule.step_months == 3
    assert other.rule("diabetes.routine") == book.rule("diabetes.routine")


class TestProfiles:
    def publish(self, name, day=TODAY):
        return publish_profile(name, by=None, on=TODAY, in_force_from=day, source="测试")

    def test_a_profile_changes_its_numbers_once(self, db):
        [change] = self.publish("taihao")
        assert [(old.value, new.value, new.source) for old, new in change.numbers] == [(0, 1, "S4-13")]
        assert rulebook_on(TODAY).rule("diabetes.fundus") is not None
        [again] = self.publish("taihao")
        assert again.numbers == ()
        assert RuleTable.objects.filter(program="diabetes").count() == 2

    def test_the_next_profile_puts_it_back(self, db):
        self.publish("taihao")
        [change] = self.publish("huancui")
        assert [(old.value, new.value) for old, new in change.numbers] == [(1, 0)]
        assert rulebook_on(TODAY).rule("diabetes.fundus") is None

    def test_what_the_bureau_changed_itself_stays(self, db):
        put(table_on("diabetes", TODAY), target_fasting="7.2")
        self.publish("taihao")
        assert str(rulebook_on(TODAY).tables["diabetes"].number("target_fasting")) == "7.2"

    def test_a_profile_that_changes_nothing_adds_nothing(self, db):
        [change] = self.publish("huancui")
        assert change.numbers == ()
        assert RuleTable.objects.count() == len(shipped_programs())

    def test_the_difference_is_shown_without_being_made(self, db):
        [change] = profile_changes("taihao", on=TODAY)
        assert (change.title, len(change.numbers)) == ("2型糖尿病患者健康管理", 1)
        assert RuleTable.objects.count() == len(shipped_programs())
