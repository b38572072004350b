from dataclasses import replace

import pytest

from contracts.parties import HouseMember, Member, Parties, PartyA, PartyB
from contracts.rules.amending import PARTICULARS, corrected, differences, object_to_amendment, swapped

DOCTOR = Member("李医生", "全科医师", phone="13800000001")
THEN = Parties(
    PartyA("中心", "路1号", "0631", "12320", "一队", "0632", "工作日", DOCTOR, (DOCTOR,)),
    PartyB("王建国", "男", "1950年1月1日", "居民身份证", "371099195001010011", "13912345678", "和平路1号"),
    (
        HouseMember(
            "王小明", "子", "男", "2020年5月1日", "居民身份证", "1", "", resident_id=7, guardian_name="王建国"
        ),
    ),
)


def now(**changes):
    return replace(THEN, b=replace(THEN.b, **changes))


def test_only_what_differs_is_offered_and_masked():
    found = differences(THEN, now(name="王建民", phone="13912345679", id_number="x", address="和平路2号"))
    assert [(one.key, one.before, one.after) for one in found] == [
        ("b.name", "王*国", "王*民"),
        ("b.id_number", "", ""),
        ("b.phone", "139****5678", "139****5679"),
        ("b.address", "", ""),
    ]
    assert [one.told() for one in found][:2] == ["姓名由“王*国”更正为“王*民”", "证件号码已更正"]
    assert differences(THEN, THEN) == []


def test_what_the_registry_does_not_know_empties_nothing():
    assert differences(THEN, now(phone="")) == []


def test_only_the_chosen_ones_are_corrected():
    read = corrected(THEN, now(name="王建民", phone="13912345679"), ["b.phone"])
    assert (read.b.name, read.b.phone) == ("王建国", "13912345679")


def test_the_doctors_phone_is_corrected_within_the_team():
    today = replace(THEN, a=replace(THEN.a, team_phone="0699", doctor=replace(DOCTOR, phone="13800000002")))
    assert [one.key for one in differences(THEN, today)] == ["a.team_phone", "a.doctor.phone"]
    read = corrected(THEN, today, ["a.doctor.phone", "a.team_phone"])
    assert (read.a.doctor.phone, read.a.team_phone) == ("13800000002", "0699")


def test_a_member_is_copied_anew_but_for_his_guardian():
    today = replace(THEN, members=(replace(THEN.members[0], name="王晓明", guardian_name="别人"),))
    (one,) = differences(THEN, today)
    assert (one.key, one.told()) == ("members.7", "成员王*明的登记信息已更正")
    (member,) = corrected(THEN, today, ["members.7"]).members
    assert (member.name, member.guardian_name) == ("王晓明", "王建国")


def test_every_particular_is_a_place_on_the_paper():
    for key in PARTICULARS:
        found = THEN
        for name in key.split("."):
            found = getattr(found, name)
        assert isinstance(found, str)


def test_a_swap_in_words():
    assert swapped("服务包", ["甲", "乙"], ["乙", "丙"]) == "服务包：增加“丙”，取消“甲”"
    assert swapped("服务包", ["甲"], ["甲"]) == ""


@pytest.mark.parametrize(
    ("changes", "promise", "agreed", "reason", "code"),
    [
        (["a"], False, False, "错字", None),
        (["a"], True, True, "加项", None),
        ([], False, True, "错字", "nothing_changed"),
        (["a"], True, False, "加项", "agreement_missing"),
        (["a"], False, False, "", "reason_missing"),
    ],
)
def test_what_an_amendment_asks(changes, promise, agreed, reason, code):
    objection = object_to_amendment(changes, changes_promise=promise, is_agreed=agreed, reason=reason)
    assert (objection.code if objection else None) == code
