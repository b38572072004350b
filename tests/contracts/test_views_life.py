"""What happens to a running agreement, page by page: who may, what is refused where, what the agreement tells."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.actions import expire_ended, follow_departures, publish_package, request_doctor
from contracts.choices import AgreementState as S
from contracts.choices import PackageKind
from contracts.models import Agreement, DoctorRequest
from core.models import PolicySetting, ReadLog
from residents.choices import LifeStatus, Population, Relation
from residents.models import Resident
from tests.factories.contracts import (
    data_url,
    draft_package,
    family,
    household_signed,
    package,
    png,
    sign_agreement,
    supplement_signed,
)
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.factories.teams import TeamMembershipFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
PAGES = ["reached", "amend", "join", "representative", "doctor", "void", "terminate"]


@pytest.fixture
def home(district, wording):
    return family(district.grid_a)


@pytest.fixture
def people(home):
    """王建国, 李秀英, 王小明."""
    return list(home.members.order_by("relation", "born_on"))


@pytest.fixture
def agreement(cast, people, home):
    return household_signed(home, cast.team_a, cast.li, on=DAY - 100 * ONE)


def at(name, agreement):
    return reverse(f"agreement-{name}", args=[agreement.pk])


def shown(client, agreement):
    return client.get(at("detail", agreement)).content.decode()


def faults(answer):
    assert answer.status_code == 200
    return {name: list(errors) for name, errors in answer.context["form"].errors.items()}


# --- who may ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_out_of_scope_is_404_and_leaves_no_trace(cast, agreement, sign_in, name):
    who = cast.wu if name in ("void", "terminate") else cast.zhao
    assert sign_in(who).get(at(name, agreement)).status_code == 404
    assert not ReadLog.objects.exists()


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("li", [200, 200, 200, 200, 200, 403, 200]),
        ("wang", [200, 200, 200, 200, 200, 403, 403]),
        ("qian", [200] * 7),
        ("zhou", [403] * 7),
    ],
)
def test_the_permission_decides(cast, agreement, sign_in, who, codes):
    client = sign_in(getattr(cast, who))
    assert [client.get(at(name, agreement)).status_code for name in PAGES] == codes


def test_opening_a_form_is_logged_for_everybody_in_it(cast, agreement, people, sign_in):
    sign_in(cast.li).get(at("reached", agreement))
    assert sorted(ReadLog.objects.get().subject_ids) == sorted(one.pk for one in people)


# --- the page and the list --------------------------------------------------------------------------------------


def test_the_page_of_a_household_names_everybody_masked(cast, agreement, people, sign_in):
    page = shown(sign_in(cast.li), agreement)
    for words in ("王*国", "李*英", "王*明", "家庭代表", "监护人同意", "成员（3 人）", "成员加入"):
        assert words in page
    assert "李秀英" not in page
    assert sorted(ReadLog.objects.get().subject_ids) == sorted(one.pk for one in people)


def test_the_list_counts_a_household_once(cast, agreement, sign_in):
    page = sign_in(cast.li).get(reverse("agreement-list")).content.decode()
    assert "王*国 等 3 人" in page


def test_who_left_is_not_counted_while_the_others_stay(cast, agreement, people, sign_in):
    client = sign_in(cast.li)
    client.post(at("terminate", agreement), leaving([people[1]]))
    assert "王*国 等 2 人" in client.get(reverse("agreement-list")).content.decode()
    page = shown(client, agreement)
    assert "成员退出（居民申请解约） 李医生" in " ".join(page.split())
    assert "李*英" in page


def test_main_agreement_and_supplement_lead_to_each_other(cast, resident, sign_in):
    main = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    course = supplement_signed(main, resident, cast.li, on=DAY)
    client = sign_in(cast.li)
    assert at("detail", course) in shown(client, main)
    assert at("detail", main) in shown(client, course)
    assert f"{main.number}-S01" in shown(client, course)


def test_the_disease_of_a_restricted_course_is_not_told_to_the_steward(cast, resident, sign_in):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    facts = {"kind": PackageKind.DISEASE_COURSE, "course_days": 14, "populations": ["smi"]}
    draft = draft_package("course_smi", by=cast.zhou, **facts)
    hidden = publish_package(package=draft, valid_from=DAY, by=cast.zhou, on=DAY)
    main = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    course = supplement_signed(main, resident, cast.li, on=DAY, packages=[hidden], disease="妄想")
    for one in (main, course):
        assert "妄想" in shown(sign_in(cast.wang), one)
        assert "妄想" not in shown(sign_in(cast.qian), one)
    client = sign_in(cast.qian)
    assert "妄想" not in client.get(at("amend", course)).content.decode()
    typed = {"channel": "home_visit_weekly", "reason": "录入有误"}
    assert client.post(at("amend", course), typed).status_code == 302
    course.refresh_from_db()
    assert (course.channel, course.disease) == ("home_visit_weekly", "妄想")
    sign_in(cast.li).post(at("amend", course), typed | {"disease": "妄想症", "packages": [hidden.pk]})
    course.refresh_from_db()
    assert course.disease == "妄想症"
    assert "妄想" not in shown(sign_in(cast.qian), course)


def test_another_teams_agreement_offers_nothing_that_would_be_refused(cast, resident, sign_in):
    """Seen because he lives here; signed, renewed and changed only by the team that has him."""
    made = sign_agreement(resident, cast.team_b, cast.zhao, on=DAY - 340 * ONE)
    offers = (at("supplement", made), "#dealings", f"?resident={resident.pk}")
    theirs, ours = shown(sign_in(cast.zhao), made), shown(sign_in(cast.li), made)
    assert [one in theirs for one in offers] == [True, True, True]
    assert [one in ours for one in offers] == [False, False, False]


def test_a_restricted_package_of_a_member_is_not_named_for_the_steward(cast, home, people, sign_in):
    PopulationFlagFactory(resident=people[1], kind=Population.SMI)
    made = household_signed(
        home, cast.team_a, cast.li, on=DAY, packages=[package(), package("severe_mental")]
    )
    assert "严重精神障碍" in shown(sign_in(cast.wang), made)
    assert "严重精神障碍" not in shown(sign_in(cast.qian), made)


def test_page_and_list_cost_the_same_for_a_large_family(cast, district, home, sign_in):
    small = household_signed(home, cast.team_a, cast.li, on=DAY)
    large_home = family(district.grid_a)
    for years in range(5):
        ResidentFactory(
            household=large_home,
            grid=district.grid_a,
            relation=Relation.SON,
            born_on=dt.date(2001 + years, 1, 1),
        )
    large = household_signed(large_home, cast.team_a, cast.li, on=DAY)
    client = sign_in(cast.li)
    counts = []
    for page in (at("detail", small), at("detail", small), at("detail", large)):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 40
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("agreement-list"), {"state": "running"})
    assert len(queries) <= 12


def test_the_story_is_told_from_the_end(cast, agreement, sign_in):
    client = sign_in(cast.li)
    client.post(at("amend", agreement), amendment(agreement, channel="nursing_home"))
    story = client.get(at("detail", agreement)).context["story"]
    assert [(one.event.kind, one.day) for one in story] == [
        ("amended", "自 2026-11-22 起"),
        ("signed", "签约日期 2026-08-14"),
    ]


# --- renewal ----------------------------------------------------------------------------------------------------


def test_near_its_end_the_page_and_the_list_offer_to_renew(cast, resident, sign_in):
    soon = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 330 * ONE)
    client = sign_in(cast.li)
    address = f"{reverse('agreement-sign')}?resident={resident.pk}"
    assert address in shown(client, soon)
    assert address in client.get(reverse("agreement-list"), {"state": "expiring"}).content.decode()
    found = client.post(reverse("resident-find"), {"q": "王建国"}, follow=True).content.decode()
    assert address in found


def test_far_from_its_end_it_does_not(cast, resident, sign_in):
    made = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 300 * ONE)
    assert "续签</a>" not in shown(sign_in(cast.li), made)


def test_the_list_of_those_to_be_asked_is_there_under_its_profile_only(cast, resident, sign_in):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 340 * ONE)
    client, address = sign_in(cast.li), reverse("agreement-list")
    assert "待确认续签" not in client.get(address).content.decode()
    PolicySetting.objects.create(
        room="contracts", payload={"renewal_mode": "AUTO_UNLESS_TERMINATED"}, in_force_from=DAY, source="试点"
    )
    page = client.get(address, {"state": "unreached"}).content.decode()
    assert "登记联系" in page
    assert "王*国" in page


# --- contact ----------------------------------------------------------------------------------------------------


def test_contact_is_written_down(cast, agreement, people, sign_in):
    client = sign_in(cast.wang)
    sent = {"residents": [people[0].pk], "day": "2026-11-20", "how": "phone"}
    assert client.post(at("reached", agreement), sent).url == at("detail", agreement)
    page = shown(client, agreement)
    assert "电话联系上王*国" in page
    assert "2026-11-20" in page


def test_a_faulty_contact_keeps_what_was_typed(cast, agreement, people, sign_in):
    client = sign_in(cast.wang)
    sent = {"residents": [people[0].pk], "day": "2026-11-23", "how": "home"}
    answer = client.post(at("reached", agreement), sent)
    assert "不能晚于今天" in faults(answer)["day"][0]
    assert 'value="2026-11-23"' in answer.content.decode()
    assert list(faults(client.post(at("reached", agreement), {}))) == ["residents", "day", "how"]


# --- amendment --------------------------------------------------------------------------------------------------


def amendment(agreement, **changes):
    held = list(agreement.packages.values_list("pk", flat=True))
    return {"channel": agreement.channel, "packages": held, "reason": "录错", **changes}


def test_a_typo_is_offered_for_correction(cast, agreement, people, sign_in):
    Resident.objects.filter(pk=people[0].pk).update(name="王建民")
    client = sign_in(cast.li)
    page = client.get(at("amend", agreement)).content.decode()
    assert "姓名：王*国 → 王*民" in page
    client.post(at("amend", agreement), amendment(agreement, corrected=["b.name"]))
    assert "姓名由“王*国”更正为“王*民”" in shown(client, agreement)
    printed = client.get(at("print", agreement)).content.decode()
    assert "变更记录" in printed


def test_services_change_only_with_the_residents_word(cast, agreement, people, sign_in):
    PopulationFlagFactory(resident=people[0], kind=Population.HYPERTENSION)
    client = sign_in(cast.li)
    held = agreement.packages.get()
    both = [held.pk, package("hypertension").pk]
    answer = client.post(at("amend", agreement), amendment(agreement, packages=both))
    assert "居民（监护人）同意" in faults(answer)["agreed"][0]
    client.post(at("amend", agreement), amendment(agreement, packages=both, agreed="on"))
    assert set(agreement.packages.values_list("code", flat=True)) == {"basic", "hypertension"}


def test_what_the_steward_may_not_see_stays(cast, home, people, sign_in):
    PopulationFlagFactory(resident=people[1], kind=Population.SMI)
    made = household_signed(
        home, cast.team_a, cast.li, on=DAY, packages=[package(), package("severe_mental")]
    )
    client = sign_in(cast.qian)
    assert "严重精神障碍" not in client.get(at("amend", made)).content.decode()
    sent = {"channel": "nursing_home", "packages": [package().pk], "reason": "录错"}
    assert client.post(at("amend", made), sent).status_code == 302
    assert made.packages.count() == 2


def test_nothing_changed_says_so(cast, agreement, sign_in):
    answer = sign_in(cast.li).post(at("amend", agreement), amendment(agreement))
    assert "没有需要更正" in faults(answer)["__all__"][0]


# --- members ----------------------------------------------------------------------------------------------------


def leaving(people, **changes):
    return {
        "members": [one.pk for one in people], "reason": "resident_request", "last_day": "2026-11-22",
        "confirmed": "on", "note": "",
    } | changes  # fmt: skip


def test_a_newborn_is_seen_on_the_page_and_joins(cast, agreement, home, district, sign_in):
    baby = ResidentFactory(
        name="王小雨",
        born_on=DAY - 20 * ONE,
        relation=Relation.DAUGHTER,
        household=home,
        grid=district.grid_a,
    )
    client = sign_in(cast.wang)
    assert "本户还有 1 位成员不在协议内" in shown(client, agreement)
    form = client.get(at("join", agreement)).context["form"]
    assert form.initial["resident"] == baby.pk
    sent = {"resident": baby.pk, "starts_on": "2026-11-22", "consent": "guardian"}
    answer = client.post(at("join", agreement), sent)
    assert list(faults(answer)) == ["guardian_name"]
    client.post(at("join", agreement), sent | {"guardian_name": "王建国", "signature": data_url(png())})
    assert agreement.enrollments.filter(resident=baby, state=S.ACTIVE).exists()
    page = shown(client, agreement)
    assert "成员（4 人）" in page
    assert "不在协议内" not in page


def test_somebody_signed_elsewhere_is_told_and_not_offered(cast, agreement, home, district, sign_in):
    aunt = ResidentFactory(
        born_on=dt.date(1980, 1, 1), household=home, grid=district.grid_a, relation=Relation.OTHER_RELATIVE
    )
    sign_agreement(aunt, cast.team_b, cast.zhao, on=DAY)
    page = sign_in(cast.li).get(at("join", agreement)).content.decode()
    assert "已由赵医生团队签约" in page
    assert "没有可以加入的成员" in page


def test_one_member_is_ticked_when_it_is_asked_for_him(cast, agreement, people, sign_in):
    row = agreement.enrollments.get(resident=people[1])
    client = sign_in(cast.li)
    form = client.get(at("terminate", agreement) + f"?member={row.pk}").context["form"]
    assert form.initial["members"] == [people[1].pk]
    assert client.get(at("terminate", agreement)).context["form"].initial["members"] == [
        one.pk for one in people
    ]


def test_nobody_ticked_ends_nothing(cast, agreement, sign_in):
    answer = sign_in(cast.li).post(at("terminate", agreement), leaving([]))
    assert "请勾选退出协议的成员" in faults(answer)["members"][0]


def test_after_the_representative_died_the_page_asks_for_another(cast, agreement, people, sign_in):
    Resident.objects.filter(pk=people[0].pk).update(life_status=LifeStatus.DECEASED, life_status_on=DAY)
    follow_departures(on=DAY)
    client = sign_in(cast.li)
    assert "家庭代表已不在协议内" in shown(client, agreement)
    answer = client.post(at("representative", agreement), {"representative": people[2].pk})
    assert "未成年人" in faults(answer)["representative"][0]
    client.post(at("representative", agreement), {"representative": people[1].pk})
    assert "家庭代表已不在协议内" not in shown(client, agreement)


def test_who_moved_to_another_household_is_told(cast, agreement, people, district, sign_in):
    Resident.objects.filter(pk=people[2].pk).update(household=family(district.grid_a, child=False))
    page = shown(sign_in(cast.li), agreement)
    assert "王*明 已迁到其他家庭" in " ".join(page.split())


# --- another doctor ---------------------------------------------------------------------------------------------


@pytest.fixture
def other(cast):
    doctor = UserFactory(name="高医生", profession="gp", institution=cast.institution_a)
    TeamMembershipFactory(team=cast.team_a, user=doctor, profession="gp")
    return doctor


def test_a_wish_is_written_down_and_answered(cast, agreement, other, sign_in):
    nurse = sign_in(cast.wang)
    sent = {"wanted": other.pk, "requested_on": "2026-11-21", "reason": "想找女医生"}
    assert nurse.post(at("doctor", agreement), sent).status_code == 302
    wish = DoctorRequest.objects.get()
    answering = reverse("agreement-doctor-answer", args=[agreement.pk, wish.pk])
    assert "想找女医生" in shown(nurse, agreement)
    assert answering not in shown(nurse, agreement)
    leader = sign_in(cast.li)
    assert answering in shown(leader, agreement)
    assert list(faults(leader.post(answering, {"decision": "accept"}))) == ["doctor"]
    assert list(faults(leader.post(answering, {"decision": "refuse"}))) == ["answer"]
    leader.post(answering, {"decision": "accept", "doctor": other.pk})
    agreement.refresh_from_db()
    assert agreement.doctor == other
    assert "签约医生由李医生更换为高医生" in shown(leader, agreement)
    assert "已经处理过了" in leader.get(answering).content.decode()


def test_a_wish_of_another_agreement_is_404(cast, agreement, resident, sign_in):
    mine = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    wish = request_doctor(by=cast.li, on=DAY, agreement=mine, wanted=None, reason="x", requested_on=DAY)
    address = reverse("agreement-doctor-answer", args=[agreement.pk, wish.pk])
    assert sign_in(cast.li).get(address).status_code == 404


# --- void -------------------------------------------------------------------------------------------------------


def test_void_with_its_reason(cast, agreement, sign_in):
    client = sign_in(cast.qian)
    assert list(faults(client.post(at("void", agreement), {}))) == ["reason", "confirmed"]
    sent = {"reason": "重复录入", "confirmed": "on"}
    assert client.post(at("void", agreement), sent).status_code == 302
    agreement.refresh_from_db()
    assert agreement.state == S.VOID
    page = shown(client, agreement)
    assert "本协议已作废" in page
    assert "重复录入" in page
    assert not Agreement.objects.running_on(DAY).exists()


def test_an_ended_agreement_offers_nothing_but_void(cast, resident, sign_in):
    old = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 500 * ONE)
    expire_ended(on=DAY)
    Resident.objects.update(life_status=LifeStatus.PRESENT)
    client = sign_in(cast.qian)
    page = shown(client, old)
    assert at("void", old) in page
    for name in ("amend", "reached", "doctor", "terminate"):
        assert at(name, old) not in page
        assert "确定" not in client.get(at(name, old)).content.decode()
    answer = client.post(at("amend", old), amendment(old, channel="nursing_home"))
    assert "只能在履行中的协议上办理" in answer.content.decode()
