"""Policy profiles: read strictly, stored once, in force from their day on."""

import datetime as dt
from dataclasses import fields
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.profiles.loading import SHAPES, names, read
from config.profiles.reading import CannotReadProfile, read_profile
from contracts.policy import policy_on as contracts_on
from core.models import PolicySetting
from residents.policy import policy_on as residents_on
from teams.policy import policy_on as teams_on

DAY = dt.date(2024, 6, 30)
ONE = dt.timedelta(days=1)
GOOD = """
title = "测试"
document = "测试方案"
[district]
code = "371002"
hospital = "测试医院"
[contracts.first_term_years]
value = 1
source = "S0-8"
label = "首次签约期限（年）"
"""


def run(*words: str) -> str:
    out = StringIO()
    call_command("load_profile", *words, stdout=out)
    return out.getvalue()


def test_the_five_documents_are_there():
    assert names() == ["huancui", "hunan_urban", "shandong", "taihao", "yubei"]


@pytest.mark.parametrize("name", names())
def test_shipped_profiles_say_where_each_number_comes_from(name):
    profile = read(name)
    assert profile.settings
    for one in profile.settings:
        shape = {field.name: field for field in fields(SHAPES[one.room])}[one.name]
        assert one.label == shape.metadata["label"]
        assert one.source[0] in "SW"


def test_shipped_profiles_state_the_same_numbers():
    """So that changing from one to another leaves nothing of the first behind."""
    stated = {frozenset((one.room, one.name) for one in read(name).settings) for name in names()}
    assert len(stated) == 1


def test_profiles_leave_passwords_and_bounds_alone():
    stated = {one.name for one in read("huancui").settings}
    assert not [name for name in stated if "password" in name or "bytes" in name or "rows" in name]


@pytest.mark.parametrize(
    ("before", "after", "code", "sentence"),
    [
        ("value = 1\n", 'value = "1"\n', "wrong_type", "contracts.first_term_years 应为整数"),
        ("value = 1\n", "value = true\n", "wrong_type", "应为整数"),
        ("value = 1\n", "value = -1\n", "out_of_bounds", "不能小于"),
        ("value = 1\n", "", "missing", "缺少 value"),
        ('source = "S0-8"\n', "", "missing", "缺少 source"),
        ('label = "首次签约期限（年）"', 'label = " "', "missing", "缺少 label"),
        ('label = "首次', 'colour = "red"\nlabel = "首次', "unknown_key", "colour"),
        ("first_term_years", "first_term_month", "unknown_field", "不是本系统的参数"),
        ("[contracts.", "[contract.", "unknown_room", "没有名为 contract 的模块"),
        ("[contracts.first_term_years]", "[residents.key_populations]", "wrong_type", "应为文字列表"),
        ('title = "测试"', "title = 3", "missing", "缺少 title"),
        ('[district]\ncode = "371002"\nhospital = "测试医院"\n', "", "missing", "[district]"),
        ("value = 1", "value = = 1", "broken", "不是有效的 TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_name(before, after, code, sentence):
    assert before in GOOD
    with pytest.raises(CannotReadProfile) as refused:
        read_profile("x", GOOD.replace(before, after), SHAPES)
    assert refused.value.code == code
    assert sentence in refused.value.sentence


@pytest.mark.parametrize(
    ("value", "code"),
    [('["smi", "flu"]', "unknown_code"), ('["smi", "smi"]', "repeated_code"), ("[1]", "wrong_type")],
)
def test_code_lists_are_checked(value, code):
    text = GOOD.replace("contracts.first_term_years", "residents.key_populations").replace(
        "value = 1", f"value = {value}"
    )
    with pytest.raises(CannotReadProfile) as refused:
        read_profile("x", text, SHAPES)
    assert refused.value.code == code


def test_a_good_file_is_read():
    profile = read_profile("x", GOOD, SHAPES)
    assert profile.payloads() == {"contracts": {"first_term_years": 1}}
    assert profile.basis("contracts") == "测试（S0-8）"


@pytest.mark.django_db
def test_numbers_are_in_force_from_their_day_on():
    run("hunan_urban", "--from", "2024-06-30")
    assert contracts_on(DAY).renewal_max_years == 1
    assert contracts_on(DAY - ONE).renewal_max_years == 3
    assert teams_on(DAY).min_dispatched_specialists == 0
    assert "tb" not in residents_on(DAY).key_populations
    assert isinstance(residents_on(DAY).key_populations, tuple)


@pytest.mark.django_db
def test_loading_twice_stores_once_and_another_day_again():
    run("huancui", "--from", "2024-06-30")
    rows = PolicySetting.objects.count()
    assert rows == len(read("huancui").payloads())
    assert "未改动" in run("huancui", "--from", "2024-06-30")
    assert PolicySetting.objects.count() == rows
    run("huancui", "--from", "2025-01-01")
    assert PolicySetting.objects.count() == 2 * rows


@pytest.mark.django_db
def test_changing_the_profile_on_the_same_day_takes_the_last_and_can_go_back():
    for name, years in (("huancui", 3), ("hunan_urban", 1), ("huancui", 3)):
        run(name, "--from", "2024-06-30")
        assert contracts_on(DAY).renewal_max_years == years


@pytest.mark.django_db
def test_a_dry_run_stores_nothing():
    said = run("taihao", "--from", "2024-06-30", "--dry-run")
    assert "没有写入" in said
    assert "核心团队必备岗位 = gp、assistant、public_health" in said
    assert not PolicySetting.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere", "--from", "2024-06-30"), "没有名为 nowhere"),
        (("huancui", "--from", "June"), "日期应写成 2026-01-01 的样子"),
    ],
)
def test_the_command_refuses_in_chinese(words, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(*words)
