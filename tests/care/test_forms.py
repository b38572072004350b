"""Every form as data: it can be filled, shown, corrected; the impossible is refused, the unlikely asked about."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.choices import RESTRICTED_PROGRAMS
from care.formbook import current_forms, form_of
from care.rules.filling import MOST_ROWS, Visit, fill
from care.rules.forms import NUMBERS, Field, FormSchema, Kind, Range, in_words, is_abnormal
from care.rules.reading import read_form

FORMS = current_forms()
VISIT = Visit(dt.date(2026, 11, 22), dt.date(1950, 1, 1))
EXPECTED = {
    "htn_follow_up", "dm_follow_up", "copd_follow_up", "smi_follow_up", "tb_first_visit", "tb_follow_up", "tb_closing",
    "newborn_visit", "child_check", "antenatal_check", "postpartum_visit", "postpartum_42", "elder_check_up",
    "check_up", "self_care", "constitution", "household_assessment", "health_plan", "education",
    "medication_guidance", "long_prescription", "home_service", "home_bed_round", "consultation", "referral_check",
}  # fmt: skip


def usual(one: Field) -> object:
    """A typed answer that nothing speaks against."""
    if one.kind in NUMBERS:
        within = one.soft or one.normal or one.hard or Range(Decimal(1), Decimal(1))
        middle = (within.least + within.most) / 2
        return str(middle.quantize(Decimal(1).scaleb(-one.places)))
    if one.kind is Kind.CHOICE:
        return one.options[0].code
    if one.kind is Kind.MULTI:
        return [one.options[0].code]
    if one.kind is Kind.BOOL:
        return next((option.code for option in one.options if not option.is_abnormal), "yes")
    if one.kind is Kind.DATE:
        return "2026-11-22"
    if one.kind is Kind.ROWS:
        return [{column.key: usual(column) for column in one.columns}]
    return "无特殊"


def answered(form: FormSchema) -> dict[str, object]:
    """Every field that is asked without a condition; ticks are left out."""
    plain = [one for one in form.asked if one.when is None and (one.kind is not Kind.BOOL or one.options)]
    return {one.key: usual(one) for one in plain} | tuned(form)


def tuned(form: FormSchema) -> dict[str, object]:
    """Where two fields must agree."""
    keys = {one.key for one in form.asked}
    return {"sbp": "128", "dbp": "78"} if {"sbp", "dbp"} <= keys else {}


def with_conditions(form: FormSchema, wanted: Field) -> dict[str, object]:
    """Everything answered, and the one field with what it depends on, so that it is asked."""
    typed = answered(form)
    typed[wanted.key] = usual(wanted)
    depends, chosen = wanted, set()
    while depends.when:
        other = form.field(depends.when.key)
        code = depends.when.answers[0]
        typed[other.key] = [code] if other.kind is Kind.MULTI else code
        chosen.add(other.key)
        depends = other
    for one in form.asked:
        values = fill(form, typed, visit=VISIT).values
        if one.key in chosen:
            continue
        if one.when and one.when.holds(values):
            typed[one.key] = usual(one)
        elif one.when:
            typed.pop(one.key, None)
    return typed


EVERY_FIELD = [(code, one.key) for code, form in FORMS.items() for one in form.asked]


def test_the_agreed_forms_are_there():
    assert set(FORMS) == EXPECTED


def test_only_forms_of_restricted_programs_are_restricted():
    assert {code for code, form in FORMS.items() if form.is_restricted} == {
        code for code, form in FORMS.items() if form.program in RESTRICTED_PROGRAMS
    }


@pytest.mark.parametrize("code", sorted(FORMS))
def test_an_empty_form_tells_what_is_required_and_keeps_nothing(code):
    filled = fill(FORMS[code], {}, visit=VISIT)
    required = {one.key for one in FORMS[code].asked if one.is_required and one.when is None}
    assert set(filled.problems) == required
    assert filled.values == {}


@pytest.mark.parametrize(("code", "key"), EVERY_FIELD)
def test_each_field_is_filled_shown_and_filled_again(code, key):
    form = FORMS[code]
    one = form.field(key)
    filled = fill(form, with_conditions(form, one), visit=VISIT)
    assert filled.problems == {}
    assert filled.questions == {}
    value = filled.values[key]
    assert in_words(one, value)
    again = fill(form, filled.values, visit=VISIT)  # what is stored is understood when it is corrected
    assert again.values == filled.values
    assert again.is_good


@pytest.mark.parametrize(
    ("code", "key"), [(code, key) for code, key in EVERY_FIELD if FORMS[code].field(key).kind in NUMBERS]
)
def test_numbers_are_refused_just_outside_the_hard_limits_and_asked_about_outside_the_soft(code, key):
    form = FORMS[code]
    one = form.field(key)
    step = Decimal(1).scaleb(-one.places)
    assert one.hard is not None
    typed = with_conditions(form, one)
    for wrong in (one.hard.least - step, one.hard.most + step):
        filled = fill(form, typed | {key: str(wrong)}, visit=VISIT)
        assert "不可能，请核对" in filled.problems[key]
        assert str(one.hard) in filled.problems[key]
    if one.soft and one.soft.most < one.hard.most:
        odd = str(one.soft.most + step)
        asked = fill(form, typed | {key: odd}, visit=VISIT)
        assert "少见" in asked.questions[key]
        assert key not in fill(form, typed | {key: odd}, visit=VISIT, confirmed=[key]).questions


@pytest.mark.parametrize("code", sorted(FORMS))
def test_normal_ranges_lie_within_what_is_possible(code):
    for one in FORMS[code].asked:
        for inner in (one.soft, one.normal):
            if inner and one.hard:
                assert one.hard.least <= inner.least <= inner.most <= one.hard.most, one.key


def test_a_pressure_of_1400_is_impossible():
    typed = answered(FORMS["htn_follow_up"]) | {"sbp": "1400"}
    filled = fill(FORMS["htn_follow_up"], typed, visit=VISIT)
    assert filled.problems["sbp"] == "收缩压 1400 不可能，请核对（50～300 mmHg）。"
    assert filled.values["dbp"] == 78


def test_systolic_must_exceed_diastolic():
    typed = answered(FORMS["htn_follow_up"]) | {"sbp": "90", "dbp": "90"}
    assert fill(FORMS["htn_follow_up"], typed, visit=VISIT).problems == {
        "sbp": "收缩压须高于舒张压，请核对。"
    }


@pytest.mark.parametrize(
    ("key", "typed", "unit", "kept"),
    [
        ("glucose_fasting", "126", "mg/dL", 7.0),
        ("glucose_fasting", "70", "mg/dL", 3.9),
        ("glucose_fasting", "６.９", "", 6.9),
        ("weight", "130", "斤", 65.0),
        ("height", "1.7", "m", 170.0),
    ],
)
def test_units_are_converted(key, typed, unit, kept):
    form = FORMS["dm_follow_up"]
    filled = fill(form, answered(form) | {key: typed, f"{key}__unit": unit}, visit=VISIT)
    assert filled.is_good
    assert filled.values[key] == kept


@pytest.mark.parametrize(
    ("weight", "height", "bmi"), [("65", "170", 22.5), ("72.25", "170", 25.0), ("65", "", None)]
)
def test_body_mass_index_is_reckoned(weight, height, bmi):
    form = FORMS["htn_follow_up"]
    filled = fill(form, answered(form) | {"weight": weight, "height": height, "bmi": "99"}, visit=VISIT)
    assert filled.values.get("bmi") == bmi


@pytest.mark.parametrize(
    ("levels", "score", "level"),
    [("11111", 0, "independent"), ("12122", 3, "independent"), ("12132", 7, "mild"), ("13134", 18, "moderate"),
     ("14134", 22, "dependent"), ("44444", 37, "dependent")],
)  # fmt: skip
def test_self_care_is_scored(levels, score, level):
    form = FORMS["self_care"]
    keys = ("eating", "grooming", "dressing", "toilet", "activity")
    filled = fill(form, dict(zip(keys, levels, strict=True)), visit=VISIT)
    assert (filled.values["score"], filled.values["level"]) == (score, level)


def test_constitution_needs_all_33_answers():
    form = FORMS["constitution"]
    answers = {f"q{one}": "1" for one in range(1, 34)} | {
        "q1": "5",
        "q11": "4",
        "q12": "4",
        "q13": "1",
        "q29": "4",
    }
    filled = fill(form, answers, visit=VISIT)
    assert filled.values["types"] == ["yang_deficiency"]
    del answers["q33"]
    assert fill(form, answers, visit=VISIT).problems == {"q33": "请填写33.您舌下静脉瘀紫或增粗吗。"}


def test_rate_of_regular_medication():
    typed = answered(FORMS["tb_closing"]) | {"doses_due": "180", "doses_taken": "162"}
    assert fill(FORMS["tb_closing"], typed, visit=VISIT).values["regular_rate"] == 90.0


def test_a_conditional_field_is_required_then_and_questioned_otherwise():
    form = FORMS["htn_follow_up"]
    typed = answered(form) | {"refer": "yes", "refer_reason": "", "refer_to": ""}
    assert set(fill(form, typed, visit=VISIT).problems) == {"refer_reason", "refer_to"}
    typed = answered(form) | {"refer": "", "refer_reason": "血压控制不佳"}
    assert "需要转诊" in fill(form, typed, visit=VISIT).problems["refer_reason"]


def test_no_symptoms_stands_alone():
    typed = answered(FORMS["htn_follow_up"]) | {"symptoms": ["none", "edema"]}
    assert "不能与其他选项同时选" in fill(FORMS["htn_follow_up"], typed, visit=VISIT).problems["symptoms"]


def test_rows_drop_blank_lines_and_tell_what_is_wrong_at_the_cell():
    form = FORMS["htn_follow_up"]
    rows = [
        {"name": " 氨氯地平片 ", "times": "1", "dose": "5mg"},
        {"name": "", "times": "", "dose": " "},
        {"name": "", "times": "99", "dose": "1片"},
    ]
    filled = fill(form, answered(form) | {"drugs": rows}, visit=VISIT)
    assert set(filled.problems) == {"drugs-2-name", "drugs-2-times"}
    filled = fill(form, answered(form) | {"drugs": rows[:2]}, visit=VISIT)
    assert filled.values["drugs"] == [{"name": "氨氯地平片", "times": 1, "dose": "5mg"}]
    assert in_words(form.field("drugs"), filled.values["drugs"]) == "氨氯地平片，1 次/日，5mg"
    many = [rows[0]] * (MOST_ROWS + 1)
    assert (
        fill(form, answered(form) | {"drugs": many}, visit=VISIT).problems["drugs"] == "用药情况最多 20 行。"
    )


@pytest.mark.parametrize(
    ("day", "is_good"),
    [
        ("2026-11-22", True),
        ("2026-11-23", False),
        ("1950-01-01", True),
        ("1949-12-31", False),
        ("昨天", False),
    ],
)
def test_days_lie_between_birth_and_the_visit(day, is_good):
    form = FORMS["copd_follow_up"]
    typed = answered(form) | {"flu_vaccine_on": day}
    assert ("flu_vaccine_on" not in fill(form, typed, visit=VISIT).problems) == is_good


@pytest.mark.parametrize(("value", "red"), [(89, True), (90, False), (139, False), (140, True)])
def test_abnormal_pressure_stands_in_red(value, red):
    assert is_abnormal(FORMS["htn_follow_up"].field("sbp"), value) is red


@pytest.mark.parametrize(("value", "red"), [(89, True), (149, False), (150, True)])
def test_what_is_red_may_be_told_for_a_person(value, red):
    assert is_abnormal(FORMS["htn_follow_up"].field("sbp"), value, Decimal(149)) is red


def test_a_shared_key_means_the_same_in_every_form():
    seen: dict[str, tuple] = {}
    for form in FORMS.values():
        for one in form.asked:
            if not one.is_own:
                facts = (one.kind, one.unit, one.places, one.hard, one.options)
                assert seen.setdefault(one.key, facts) == facts, one.key


def test_forms_of_one_page_name_each_other():
    for form in FORMS.values():
        assert set(form.together) <= set(FORMS) - {form.code}


@given(st.sampled_from(EVERY_FIELD), st.text(max_size=30))
def test_whatever_is_typed_gets_an_answer(where, text):
    code, key = where
    form = FORMS[code]
    kind = form.field(key).kind
    typed: object = (
        [{"name": text, "times": text}] if kind is Kind.ROWS else [text] if kind is Kind.MULTI else text
    )
    filled = fill(form, answered(form) | {key: typed}, visit=VISIT)
    if filled.is_good:
        for one in form.fields:
            in_words(one, filled.values.get(one.key))


def test_reading_refuses_what_it_does_not_know():
    raw = {
        "code": "x", "version": 1, "name": "x", "short": "x", "program": "contract", "proof": "manual", "source": "x",
        "groups": [{"label": "x", "fields": [{"key": "a", "label": "a", "kind": "text", "colour": "red"}]}],
    }  # fmt: skip
    with pytest.raises(ValueError, match="colour"):
        read_form(raw, {})
    raw["groups"][0]["fields"] = [{"key": "a", "label": "a", "kind": "text"}] * 2
    with pytest.raises(ValueError, match="twice"):
        read_form(raw, {})


def test_an_old_version_is_found_by_its_number():
    assert form_of("htn_follow_up", 1).version == 1
    with pytest.raises(KeyError):
        form_of("htn_follow_up", 99)
