"""Policy profiles: read strictly, stored once, in force from their day on."""

import datetime as dt
import json
from dataclasses import fields
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from config.profiles.loading import FOLDER, SHAPES, names, read
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
seed = "S0"
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
        assert one.source.startswith(f"{profile.seed}-") or one.note


def test_shipped_profiles_state_the_same_numbers():
    """So that changing from one to another leaves nothing of the first behind."""
    stated = {frozenset((one.room, one.name) for one in read(name).settings) for name in names()}
    assert len(stated) == 1


# Not of the trade: accounts, privacy, limits of files and machines. A profile never touches them.
OWN = ("GB/T", "安全上限", "便民", "民法典", "国家基本公共卫生服务规范", "WS/T", "P11", "6.6", "户口登记条例")


def test_profiles_state_every_number_of_the_trade():
    """A new number of the trade needs a word from every document; one of the machine needs none."""
    stated = {(one.room, one.name) for one in read("huancui").settings}
    for room, shape in SHAPES.items():
        for one in fields(shape):
            is_own = one.metadata["source"].startswith(OWN)
            if one.metadata["source"].startswith("S") or (room, one.name) in stated:
                assert (room, one.name) in stated, f"{room}.{one.name}"
                assert not is_own
            else:
                assert is_own, f"{room}.{one.name} is neither in the profiles nor of the installation's own"


@pytest.mark.parametrize("name", names())
def test_a_number_equals_the_default_knowingly(name):
    """Where a document says nothing the note says so; where it speaks, the source is its own."""
    profile = read(name)
    silent = [one for one in profile.settings if not one.source.startswith(f"{profile.seed}-")]
    spoken = [one for one in profile.settings if one.source.startswith(f"{profile.seed}-")]
    assert spoken
    assert all(one.note for one in silent)
    assert any(one.value != _shipped(one) for one in profile.settings)


def _shipped(one):
    default = {field.name: field.default for field in fields(SHAPES[one.room])}[one.name]
    return list(default) if isinstance(default, tuple) else default


@pytest.mark.parametrize(
    ("name", "room", "field", "value"),
    [
        ("huancui", "assessment", "target_coverage", "75"),
        ("huancui", "assessment", "target_family_share", "10"),
        ("huancui", "assessment", "yearly_growth_min", "5"),
        ("huancui", "outreach", "service_points_per_grid_max", 3),
        ("huancui", "outreach", "disclosure_min_channels", 2),
        ("hunan_urban", "contracts", "renewal_mode", "AUTO_UNLESS_TERMINATED"),
        ("hunan_urban", "contracts", "ending_needs_signature", True),
        ("hunan_urban", "assessment", "target_coverage", "30"),
        ("hunan_urban", "assessment", "rating_grades", ["优秀", "合格", "基本合格"]),
        ("yubei", "outreach", "livestream_min_minutes", 30),
        ("yubei", "outreach", "workdays_per_month_min", 1),
        ("yubei", "assessment", "supervisions_per_half_year", 1),
        ("yubei", "contracts", "contacts_per_quarter", 1),
        ("shandong", "assessment", "yearly_growth_max", "3"),
        ("shandong", "contracts", "renewal_mode", "EXPLICIT"),
        ("taihao", "contracts", "allow_single_person_family", True),
        ("taihao", "assessment", "target_key_coverage", "100"),
    ],
)
def test_what_the_documents_say_stands_in_their_profiles(name, room, field, value):
    profile = read(name)
    found = next(one for one in profile.settings if (one.room, one.name) == (room, field))
    assert found.value == value
    assert found.source.startswith(profile.seed)


def test_bounds_of_the_same_thing_do_not_cross():
    text = (FOLDER / "huancui.toml").read_text()
    line = next(one for one in text.splitlines() if one.startswith("service_points_per_grid_max"))
    with pytest.raises(CannotReadProfile, match="不能小于") as refused:
        read_profile("x", text.replace(line, line.replace("value = 3", "value = 1")), SHAPES)
    assert refused.value.code == "crossed"


@pytest.mark.django_db
@time_machine.travel("2024-06-30 09:00 +0800", tick=False)
def test_the_past_is_not_changed_once_numbers_are_in_force():
    run("huancui", "--from", "2023-08-21")
    with pytest.raises(CommandError, match="过去的数值不能改"):
        run("hunan_urban", "--from", "2024-06-29")
    assert contracts_on(DAY).renewal_max_years == 3
    run("hunan_urban", "--from", "2024-06-30")
    assert contracts_on(DAY - ONE).renewal_max_years == 3
    assert contracts_on(DAY).renewal_max_years == 1


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
        ('seed = "S0"\n', "", "missing", "缺少 seed"),
        ('source = "S0-8"', 'source = "S1-8"', "not_of_this_document", "请在 note 里说明"),
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
@time_machine.travel("2024-06-30 09:00 +0800", tick=False)
def test_loading_twice_stores_once_and_another_day_again():
    run("huancui", "--from", "2024-06-30")
    rows = PolicySetting.objects.count()
    assert rows == len(read("huancui").payloads())
    assert "未改动" in run("huancui", "--from", "2024-06-30")
    assert PolicySetting.objects.count() == rows
    run("huancui", "--from", "2025-01-01")
    assert PolicySetting.objects.count() == 2 * rows


@pytest.mark.django_db
@time_machine.travel("2024-06-30 09:00 +0800", tick=False)
def test_changing_the_profile_on_the_same_day_takes_the_last_and_can_go_back():
    for name, years in (("huancui", 3), ("hunan_urban", 1), ("huancui", 3)):
        run(name, "--from", "2024-06-30")
        assert contracts_on(DAY).renewal_max_years == years


@pytest.mark.django_db
def test_a_dry_run_stores_nothing():
    said = json.loads(run("taihao", "--from", "2024-06-30", "--dry-run"))
    assert not PolicySetting.objects.exists()
    assert (said["profile"], said["from"]) == ("taihao", "2024-06-30")
    numbers = {one["name"]: one for one in said["numbers"]}
    core = numbers["core_professions"]
    assert core["before"] == ["gp", "nurse", "public_health"]
    assert core["after"] == ["gp", "assistant", "public_health"]
    assert (core["differs"], core["source"], core["label"]) == (True, "S4-2", "核心团队必备岗位")
    assert not numbers["first_term_years"]["differs"]
    assert said["changed"] == sum(one["differs"] for one in said["numbers"])
    assert numbers["target_key_coverage"]["after"] == "100"
    run("taihao", "--from", "2024-06-30")
    assert json.loads(run("taihao", "--from", "2024-07-01", "--dry-run"))["changed"] == 0


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
