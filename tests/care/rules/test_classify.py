"""Every visit has exactly one class: boundaries by hand, all combinations against a second reading of the rules."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.rules.classify import classify
from care.rules.scoring import QUESTIONS
from tests.care.rules.tables import PROGRAMS, table_of

CALM = {"complication": "none", "reaction": False, "age": 50}
ALL_FORMS = [(program, form) for program in PROGRAMS for form in table_of(program).classes]


def htn(before=(), **values):
    return classify(table_of("hypertension"), "htn_follow_up", CALM | values, before).code


def dm(before=(), **values):
    return classify(table_of("diabetes"), "dm_follow_up", CALM | values, before).code


def smi(before=(), **values):
    calm = {
        "is_reached": True,
        "risk": "0",
        "insight": "full",
        "symptoms_grade": "none",
        "smi_reaction": "none",
    }
    return classify(table_of("smi"), "smi_follow_up", calm | values, before).code


class TestHypertension:
    @pytest.mark.parametrize(
        ("sbp", "dbp", "age", "expected"),
        [
            (139, 89, 64, "satisfied"),
            (140, 89, 64, "unsatisfied"),
            (139, 90, 64, "unsatisfied"),
            (140, 89, 65, "satisfied"),
            (149, 89, 65, "satisfied"),
            (150, 89, 65, "unsatisfied"),
            (149, 90, 65, "unsatisfied"),
            (179, 109, 65, "unsatisfied"),
            (180, 80, 65, "emergency"),
            (120, 110, 40, "emergency"),
        ],
    )
    def test_targets_by_age_and_the_emergency(self, sbp, dbp, age, expected):
        assert htn(sbp=sbp, dbp=dbp, age=age) == expected

    @pytest.mark.parametrize("former", ["unsatisfied", "reaction", "again", "emergency", "reaction_hard"])
    def test_the_second_time_in_succession_refers(self, former):
        assert htn([former, "satisfied"], sbp=150, dbp=80) == "again"
        assert htn([former], sbp=120, dbp=80, reaction=True) == "again"
        assert htn([former], sbp=120, dbp=80) == "satisfied"

    def test_not_in_succession_is_a_first_time(self):
        assert htn(["satisfied", "unsatisfied"], sbp=150, dbp=80) == "unsatisfied"
        assert htn([], sbp=150, dbp=80) == "unsatisfied"

    def test_a_complication_refers_at_any_pressure(self):
        assert htn(sbp=120, dbp=70, complication="new") == "complication"
        assert htn(sbp=120, dbp=70, complication="worse") == "complication"
        assert htn(sbp=200, dbp=70, complication="worse") == "emergency"

    def test_raised_pressure_in_pregnancy_is_referred_at_once(self):
        assert htn(sbp=140, dbp=80, pregnant=True) == "pregnant"
        assert htn(sbp=139, dbp=89, pregnant=True) == "satisfied"

    def test_symptoms_alone_are_an_emergency(self):
        assert htn(sbp=120, dbp=70, emergency=["chest"]) == "emergency"
        assert htn(sbp=120, dbp=70, emergency=[]) == "satisfied"

    def test_without_a_pressure_there_is_no_class(self):
        assert htn() == "incomplete"
        assert htn(sbp=120) == "incomplete"
        assert htn(sbp=190) == "emergency"

    def test_what_follows(self):
        table = table_of("hypertension")
        first = classify(table, "htn_follow_up", CALM | {"sbp": 150, "dbp": 80})
        assert (first.starts, first.refer) == (("hypertension.revisit",), False)
        assert "14 天内" in first.sentence
        again = classify(table, "htn_follow_up", CALM | {"sbp": 150, "dbp": 80}, ["unsatisfied"])
        assert (again.starts, again.refer) == (("hypertension.referral",), True)
        calm = classify(table, "htn_follow_up", CALM | {"sbp": 120, "dbp": 80})
        assert (calm.starts, calm.refer) == ((), False)

    def test_all_combinations_against_a_second_reading(self):
        pressures = [None, 120, 139, 140, 149, 150, 179, 180]
        lows = [None, 70, 89, 90, 109, 110]
        others = product(
            pressures, lows, [64, 65], ["none", "new"], [False, True], [None, False, True], [None, True]
        )
        for (sbp, dbp, age, complication, reaction, hard, pregnant), before in product(
            others, [(), ("satisfied",), ("unsatisfied",)]
        ):
            values = {"sbp": sbp, "dbp": dbp, "age": age, "complication": complication, "reaction": reaction}
            values |= {"reaction_hard": hard, "pregnant": pregnant}
            found = classify(table_of("hypertension"), "htn_follow_up", values, before)
            assert found.code == self.read_again(before, **values), values

    def read_again(self, before, *, sbp, dbp, age, complication, reaction, reaction_hard, pregnant):
        high, low = sbp or 0, dbp or 0
        goal = 150 if age >= 65 else 140
        if high >= 180 or low >= 110:
            return "emergency"
        if pregnant and (high >= 140 or low >= 90):
            return "pregnant"
        if complication != "none":
            return "complication"
        if reaction_hard:
            return "reaction_hard"
        is_high = high >= goal or low >= 90
        if (is_high or reaction) and before and before[0] == "unsatisfied":
            return "again"
        if reaction:
            return "reaction"
        if is_high:
            return "unsatisfied"
        return "satisfied" if sbp and dbp else "incomplete"


class TestDiabetes:
    @pytest.mark.parametrize(
        ("glucose", "expected"),
        [
            (3.8, "emergency"),
            (3.9, "emergency"),
            (4.0, "satisfied"),
            (6.9, "satisfied"),
            (7.0, "unsatisfied"),
            (16.6, "unsatisfied"),
            (16.7, "emergency"),
            ("6.9", "satisfied"),
            (Decimal("7.0"), "unsatisfied"),
        ],
    )
    def test_fasting_glucose(self, glucose, expected):
        assert dm(glucose_fasting=glucose) == expected

    @pytest.mark.parametrize("field", ["glucose_after", "glucose_random"])
    def test_any_glucose_may_be_an_emergency(self, field):
        assert dm(glucose_fasting=6.0, **{field: 16.7}) == "emergency"
        assert dm(glucose_fasting=6.0, **{field: 16.6}) == "satisfied"
        assert dm(**{field: 9.0}) == "incomplete"

    def test_other_emergencies(self):
        assert dm(glucose_fasting=6.0, heart_rate=101) == "emergency"
        assert dm(glucose_fasting=6.0, heart_rate=100) == "satisfied"
        assert dm(glucose_fasting=6.0, temperature=39.1) == "emergency"
        assert dm(glucose_fasting=6.0, temperature=39.0) == "satisfied"
        assert dm(glucose_fasting=6.0, sbp=180) == "emergency"
        assert dm(glucose_fasting=6.0, dbp=110) == "emergency"

    def test_second_time_refers(self):
        assert dm(["unsatisfied"], glucose_fasting=7.0) == "again"
        assert dm(["unsatisfied"], glucose_fasting=6.9) == "satisfied"
        assert dm(["reaction"], glucose_fasting=6.9, reaction=True) == "again"


class TestMentalDisorder:
    @pytest.mark.parametrize(
        ("risk", "expected"),
        [
            ("0", "stable"),
            ("1", "basic"),
            ("2", "basic"),
            ("3", "unstable"),
            ("4", "unstable"),
            ("5", "unstable"),
        ],
    )
    def test_by_risk(self, risk, expected):
        assert smi(risk=risk) == expected

    def test_risk_three_is_referred_and_seen_within_two_weeks(self):
        values = {"is_reached": True, "risk": "3"}
        found = classify(table_of("smi"), "smi_follow_up", values)
        assert found.refer
        assert found.starts == ("smi.unstable", "smi.referral")

    @pytest.mark.parametrize(
        "values",
        [
            {"insight": "none"},
            {"symptoms_grade": "obvious"},
            {"smi_reaction": "severe"},
            {"illness_severe": True},
        ],
    )
    def test_other_signs_of_being_unstable(self, values):
        assert smi(**values) == "unstable"

    @pytest.mark.parametrize(
        "values",
        [
            {"insight": "partial"},
            {"symptoms_grade": "some"},
            {"social_work": "poor"},
            {"smi_reaction": "mild"},
        ],
    )
    def test_not_stable_for_one_reason(self, values):
        assert smi(**values) == "basic"
        assert smi(["basic"], **values) == "still_basic", "still not stable after two weeks"
        assert smi(["stable", "basic"], **values) == "basic"

    def test_who_was_not_seen_has_no_class(self):
        assert smi(is_reached=False, risk="4") == "not_reached"
        assert smi(risk=None) == "incomplete"


class TestOthers:
    def test_tuberculosis(self):
        table = table_of("tb")
        assert classify(table, "tb_first_visit", {"found": False, "tries": 1}).code == "not_found"
        assert classify(table, "tb_first_visit", {"found": False, "tries": 2}).code == "report"
        assert (
            classify(table, "tb_first_visit", {"found": True, "tries": 1, "supervisor": "medical"}).code
            == "started"
        )
        visit = {"supervisor": "family", "phase": "intensive", "adherence": "regular", "reaction": False}
        assert classify(table, "tb_follow_up", visit).starts == ("tb.family",)
        assert classify(table, "tb_follow_up", visit | {"phase": "continuation"}).code == "regular"
        assert classify(table, "tb_follow_up", visit | {"reaction": True}).refer
        # Whoever takes his drugs badly is not visited less often than who takes them well.
        for worse in ({"reaction": True}, {"adherence": "none"}, {"adherence": "intermittent"}):
            assert "tb.family" in classify(table, "tb_follow_up", visit | worse).starts
            later = visit | worse | {"phase": "continuation"}
            assert "tb.family" not in classify(table, "tb_follow_up", later).starts
        closing = {"ending": "completed", "regular_rate": 90.0}
        assert classify(table, "tb_closing", closing).code == "regular"
        assert classify(table, "tb_closing", closing | {"regular_rate": 89.9}).code == "irregular"
        assert classify(table, "tb_closing", closing | {"ending": "lost"}).code == "stopped"

    def test_copd(self):
        table = table_of("copd")
        low = classify(table, "copd_follow_up", {"grade": "stable_low"})
        assert low.interval.months == 6
        assert classify(table, "copd_follow_up", {"grade": "stable_high"}).interval.months == 3
        assert classify(table, "copd_follow_up", {"grade": "acute"}).starts == ("copd.revisit",)
        assert classify(table, "copd_follow_up", {"grade": "acute"}, ["acute"]).refer
        assert classify(table, "copd_follow_up", {"grade": "stable_low", "spo2": 89}).code == "emergency"
        assert classify(table, "copd_follow_up", {"grade": "stable_low", "spo2": 90}).code == "stable_low"

    @pytest.mark.parametrize(
        ("color", "refers"), [("green", False), ("yellow", False), ("orange", True), ("red", True)]
    )
    def test_pregnancy(self, color, refers):
        found = classify(table_of("perinatal"), "antenatal_check", {"risk_color": color, "abnormal": False})
        assert (found.code, found.refer) == (color, refers)

    @pytest.mark.parametrize(
        ("score", "expected"),
        [
            (0, "independent"),
            (3, "independent"),
            (4, "mild"),
            (8, "mild"),
            (9, "moderate"),
            (18, "moderate"),
            (19, "dependent"),
            (37, "dependent"),
        ],
    )
    def test_self_care(self, score, expected):
        assert classify(table_of("elderly"), "self_care", {"score": score}).code == expected

    def test_an_elders_check_up(self):
        def found(**values):
            calm = {"sbp": 120, "dbp": 70, "abnormal": False}
            return classify(table_of("elderly"), "elder_check_up", calm | values).code

        assert found() == "normal"
        assert found(sbp=139, dbp=89) == "normal"
        assert found(sbp=140) == "new_hypertension"
        assert found(sbp=140, has_hypertension=False) == "new_hypertension"
        assert found(sbp=140, has_hypertension=True) == "known_disease"
        assert found(glucose_fasting=7.0) == "new_diabetes"
        assert found(glucose_fasting=6.9) == "normal"
        assert found(abnormal=True) == "abnormal"
        assert found(sbp=180, has_hypertension=True) == "emergency"

    def test_constitution(self):
        def found(**values):
            answers = {f"q{one}": "1" for one in QUESTIONS} | {"q1": "5"}
            return classify(table_of("elderly"), "constitution", answers | values).code

        assert found() == "balanced"
        assert found(q9="5", q16="4") == "biased", "5 + 4 + 1 + 1 = 11"
        assert found(q9="5", q16="3") == "basically_balanced", "10 of phlegm-dampness"
        assert found(q1="1", q2="5", q4="2") == "leaning", "9 of qi-deficiency, 16 of balance"
        assert classify(table_of("elderly"), "constitution", {"q1": "5"}).code == "incomplete"

    def test_a_form_without_classes(self):
        assert classify(table_of("contract"), "consultation", {}) is None


@pytest.mark.parametrize(("program", "form"), ALL_FORMS)
@given(data=st.data())
@settings(max_examples=150)
def test_any_values_have_one_class(program, form, data):
    table = table_of(program)
    rows = table.classes[form].rows
    conditions = [one for row in rows for one in (*row.any_of, *row.all_of)]
    values = {}
    for field in sorted({one.field for one in conditions}):
        named = [value for one in conditions if one.field == field for value in one.values]
        numbers = [one for one in named if isinstance(one, int | Decimal) and not isinstance(one, bool)]
        options = [None, True, False, [], ["none"], 0, *(float(one) for one in numbers), *map(str, named)]
        options += [float(one) + step for one in numbers for step in (-0.1, 0.1)]
        values[field] = data.draw(st.sampled_from(options), label=field)
    values["age"] = data.draw(st.integers(0, 110))
    codes = [one.verdict.code for one in rows]
    before = data.draw(st.lists(st.sampled_from(codes), max_size=2))
    found = classify(table, form, values, before)
    assert found.code in codes
    assert classify(table, form, values, before) == found
