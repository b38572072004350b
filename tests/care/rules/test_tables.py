"""The shipped tables as a whole, and what a table must be to be used at all."""

import json
import tomllib
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from care.choices import Program
from care.formbook import current_forms
from care.rule_data import payload, shipped
from care.rules.conditions import holds, proves, read_condition
from care.rules.table_reading import (
    BadTable,
    changed_numbers,
    for_profile,
    read_table,
    with_numbers,
    with_policy,
)
from config.profiles.loading import names
from contracts.policy import ContractsPolicy
from residents.choices import Population, RiskColor, RiskKind
from tests.care.rules.tables import ALL_RULES, PROGRAMS, rule_of, table_of

COMPUTED = {"age", "balanced", "biased", "leaning"}
ITEMS = tomllib.loads(Path("contracts/data/items.toml").read_text(encoding="utf-8"))["items"]
FACTS = ("delivered_on", "discharged_on", "stopped_on")


def test_every_programme_has_its_table():
    assert sorted(Program.values) == PROGRAMS
    assert all(isinstance(shipped(one)["in_force_from"], date) for one in PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_number_is_used_and_has_its_source(program):
    raw = payload(shipped(program))
    text = json.dumps({key: value for key, value in raw.items() if key != "numbers"}, ensure_ascii=False)
    for name, one in table_of(program).numbers.items():
        assert one.source, name
        assert one.unit, name
        assert f"${name}" in text, f"{program}.{name} steers nothing"
        assert one.least <= one.value <= one.most


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_number_may_be_at_either_end_of_its_bounds_alone(program):
    """So that the form never takes a number that the table then refuses without naming it."""
    raw = payload(shipped(program))
    for name, one in table_of(program).numbers.items():
        for value in (one.least, one.most):
            stored = str(value) if isinstance(value, Decimal) else value
            try:
                read_table(with_numbers(raw, {name: {"value": stored}}))
            except BadTable as error:
                assert str(error).endswith("。"), name


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_stored_table_reads_as_the_file(program):
    raw = payload(shipped(program))
    assert read_table(json.loads(json.dumps(raw))) == table_of(program)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda one: one.code)
def test_names_in_a_rule_exist(rule):
    forms = current_forms()
    assert set(rule.forms) <= set(forms)
    assert rule.forms or rule.code == "contract.contact"
    assert set(rule.items) <= set(ITEMS), rule.code
    kind, _, rest = rule.trigger.partition(":")
    if kind in ("flag", "aged"):
        who, _, others = rest.partition(":")
        assert who in Population.values if kind == "flag" else who.isdigit()
        assert {one for one in others.split(",") if one} <= set(Population.values)
    elif kind == "tier":
        scheme, color = rest.split(":")
        assert scheme in RiskKind.values
        assert color in RiskColor.values
    elif kind == "episode":
        program, _, fact = rest.partition(":")
        assert program == rule.program
        assert not fact or fact in FACTS
    elif kind == "verdict":
        assert rest == rule.program
    else:
        assert rule.trigger in ("enrolled", "household", "born", "discharged", "reading:abnormal", "referral")
    for one in rule.needs:
        assert all(one.field in fields_of(form) for form in rule.forms)


def fields_of(form):
    return {one.key for one in current_forms()[form].asked}


@pytest.mark.parametrize("program", PROGRAMS)
def test_classes_ask_for_fields_that_the_form_has_and_codes_that_it_offers(program):
    table = table_of(program)
    for form, found in table.classes.items():
        schema = {one.key: one for group in current_forms()[form].groups for one in group.fields}
        for condition in (one for row in found.rows for one in (*row.any_of, *row.all_of)):
            assert condition.field in table.labels, condition.field
            if condition.field in COMPUTED:
                continue
            assert condition.field in schema, f"{form} does not ask {condition.field}"
            words = [one for one in condition.values if isinstance(one, str) and not one.startswith("@")]
            offered = {one.code for one in schema[condition.field].options}
            assert set(words) <= offered, condition


@pytest.mark.parametrize("profile", names())
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_profile_has_a_usable_table(profile, program):
    table = table_of(program, profile)
    changed = {new.name for _, new in changed_numbers(table_of(program), table)}
    assert changed == ({"fundus_per_year"} if (profile, program) == ("taihao", "diabetes") else set())


def test_taihao_asks_for_the_fundus_every_year():
    assert table_of("diabetes").rule("diabetes.fundus") is None
    rule = rule_of("diabetes.fundus", "taihao")
    assert rule.yearly_minimum == 1
    assert proves(rule, "check_up", "clinic", {"fundus": "normal"})
    assert not proves(rule, "check_up", "clinic", {"fundus": "none"})
    assert not proves(rule, "check_up", "clinic", {})


def test_a_call_is_no_face_to_face_visit():
    rule = rule_of("hypertension.routine")
    assert proves(rule, "htn_follow_up", "clinic", {})
    assert proves(rule, "htn_follow_up", "home", {})
    assert not proves(rule, "htn_follow_up", "phone", {})
    assert not proves(rule, "dm_follow_up", "clinic", {})
    assert proves(rule_of("hypertension.referral"), "referral_check", "phone", {})
    assert proves(rule_of("child.newborn"), "newborn_visit", "home", {})
    assert not proves(rule_of("child.newborn"), "newborn_visit", "clinic", {})
    assert not proves(rule_of("smi.routine"), "smi_follow_up", "home", {"is_reached": False})


def test_a_binary_fraction_is_taken_as_it_was_written():
    condition = read_condition("glucose < $limit", {"limit": table_of("diabetes").numbers["target_fasting"]})
    assert holds(condition, {"glucose": 6.9}, {})
    assert not holds(condition, {"glucose": 7.0}, {})


def test_the_policy_says_how_many_contacts():
    table = read_table(with_policy(payload(shipped("contract")), ContractsPolicy(contacts_per_quarter=2)))
    assert table.rule("contract.contact").schedule.times == 2
    none = read_table(with_policy(payload(shipped("contract")), ContractsPolicy(contacts_per_quarter=0)))
    assert none.rule("contract.contact") is None
    many = ContractsPolicy(contacts_per_quarter=90, household_assessments_per_year=12)
    assert (
        read_table(with_policy(payload(shipped("contract")), many)).rule("contract.household").schedule.times
        == 12
    )


def change(raw, path, value):
    found = deepcopy(raw)
    at = found
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        (("numbers", "target_sbp", "value"), 300, "控制目标"),
        (("numbers", "routine_before", "value"), -1, "可提前"),
        (("rules", 0, "schedule", "step_months"), "$nothing", "nothing"),
        (("rules", 0, "schedule", "step_months"), 0, "提前的天数"),
        (("rules", 0, "schedule", "kind"), "weekly", "weekly"),
        (("rules", 0, "code"), "diabetes.routine", "hypertension."),
        (("rules", 1, "code"), "hypertension.routine", "编码重复"),
        (("classes", 0, "rows", 0, "starts"), ["hypertension.nothing"], "nothing"),
        (("classes", 0, "rows", 0, "any"), ["sbp >>= 3"], "写法有误"),
        (("classes", 0, "rows", -1, "any"), ["sbp < 3"], "最后一行"),
        (("classes", 0, "rows", 0, "code"), "satisfied", "重复"),
        (("classes", 0, "rows", 0, "after"), ["nothing"], "nothing"),
        (("bands", "sbp_goal", 1, "when"), "age > 3", "最后一行"),
        (("classes", 0, "rows", 0, "any"), ["sbp > @nothing"], "nothing"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(path, value, word):
    raw = payload(shipped("hypertension"))
    wrong = change(raw, path, value)
    with pytest.raises(BadTable) as caught:
        read_table(wrong)
    assert word in str(caught.value)
    assert str(caught.value).endswith("。")


def test_windows_of_a_series_may_not_overlap():
    raw = payload(shipped("perinatal"))
    with pytest.raises(BadTable, match="时间重叠"):
        read_table(change(raw, ("rules", 0, "schedule", "points", 1, "to"), 150))
    with pytest.raises(BadTable, match="先后有误"):
        read_table(change(raw, ("rules", 0, "schedule", "points", 1, "to"), 100))


def test_numbers_that_a_table_does_not_have_are_refused():
    with pytest.raises(BadTable, match="没有这些数值"):
        with_numbers(payload(shipped("tb")), {"nothing": {"value": 1}})
    assert "profiles" not in for_profile(shipped("diabetes"), "taihao")
