"""Items 2, 3, 4 and 7 of the disclosures out of the calendars: words, figures, gaps, other people's things, queries."""

import datetime as dt
from decimal import Decimal

import pytest

from core.calendar import keep_day
from outreach.actions.clinics import stop_clinic
from outreach.actions.education import EducationFacts, record_education
from outreach.choices import ClinicKind, EducationForm, SupplyState, VisitKind, VisitState
from outreach.disclosures.base import Month, Unit
from outreach.disclosures.sources.activities import activities
from outreach.disclosures.sources.clinics import checkups, immunization, specialists
from outreach.disclosures.sources.hours import ROOM
from outreach.models import VaccineSupply
from teams.choices import Profession
from tests.factories.calendars import a_clinic, a_slot, a_vaccine
from tests.factories.teams import InstitutionFactory, TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.visits import a_visit

pytestmark = pytest.mark.django_db
MONTH = Month(dt.date(2026, 12, 1))
NOW = dt.datetime(2026, 12, 1, 0, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 12, 1)
DAY = dt.timedelta(days=1)


def december(day: int) -> dt.date:
    return dt.date(2026, 12, day)


@pytest.fixture
def a(cast) -> Unit:
    return Unit(cast.institution_a.pk, cast.team_a.pk, (cast.team_a.pk,))


@pytest.fixture
def b(cast) -> Unit:
    return Unit(cast.institution_b.pk, cast.team_b.pk, (cast.team_b.pk,))


def a_checkup(team, day, **given):
    values = {"kind": VisitKind.CHECKUP, "state": VisitState.PLANNED, "place": "卫康室"}
    return a_visit(team, december(day), **values | given)


def an_activity(team, day, **given):
    values = {
        "kind": VisitKind.ACTIVITY,
        "state": VisitState.PLANNED,
        "place": "社区广场",
        "topic": "控盐减压",
    }
    return a_visit(team, december(day), **values | given)


class TestCheckups:
    def test_hours_and_days_of_the_team(self, cast, a, b):
        a_clinic(cast.institution_a, by=cast.qian, weekdays=(5,), kind=ClinicKind.CHECKUP, place="体检科")
        for day in (5, 12):
            a_checkup(cast.team_a, day)
        a_checkup(cast.team_a, 19, state=VisitState.CANCELLED)
        a_checkup(cast.team_b, 20)
        found = checkups([a, b], MONTH, NOW)
        assert found[a].text.splitlines() == [
            "- 老年人（慢性病）体检：12月4日、11日、18日、25日（周五）8:00-11:30，体检科，电话 06315200001",
            "- 李医生团队：12月5日、12日（周六）9:00-11:00，卫康室，电话 06315200003",
            "- 体检后的结果反馈和解读，请向您的签约团队咨询。",
        ]
        assert (found[a].facts[0].value, found[a].gap) == (6, "")
        assert "赵医生团队" in found[b].text
        assert "体检科" not in found[b].text

    def test_nothing_is_a_gap_that_says_who_can_fill_it(self, a):
        found = checkups([a], MONTH, NOW)[a]
        assert found.text == ""
        assert "请团队在“外出服务日历”安排" in found.gap
        assert found.facts[0].value == 0


class TestImmunization:
    def test_days_of_the_month_with_those_off(self, cast, a):
        clinic, *_ = a_clinic(cast.institution_a, by=cast.qian, needs_booking=True)
        keep_day(day=december(30), is_working=False, name="调休假", source="测试")
        stop_clinic(
            by=cast.qian,
            on=TODAY,
            clinic=clinic,
            starts_on=december(9),
            ends_on=december(9),
            reason="设备检修",
        )
        a_vaccine(cast.institution_a, by=cast.qian, on=TODAY, price_yuan=Decimal("98.50"))
        a_vaccine(cast.institution_a, by=cast.qian, on=TODAY - DAY, name="水痘疫苗", state=SupplyState.OUT)
        found = immunization([a], MONTH, NOW)[a]
        assert found.text.splitlines() == [
            "- 儿童预防接种：12月2日、16日、23日（周三）8:00-11:30（12月9日停诊：设备检修；12月30日停诊：调休假），"
            "预防接种门诊，须预约，电话 06315200001",
            "- 疫苗供应充足（12月1日更新）：流感疫苗（98.5元/剂）",
            "- 疫苗暂时缺货（11月30日更新）：水痘疫苗",
        ]
        assert [(one.label, one.value) for one in found.facts] == [
            ("预防接种日", 3), ("疫苗", 2), ("暂时缺货", 1),
        ]  # fmt: skip
        assert found.gap == ""

    def test_weekdays_with_the_same_hours_stand_together(self, cast, a):
        a_clinic(cast.institution_a, by=cast.qian, weekdays=(1, 2, 3, 4, 5), phone="06315200009")
        line = immunization([a], MONTH, NOW)[a].text.splitlines()[0]
        assert line == "- 儿童预防接种：每周一至周五 8:00-11:30，预防接种门诊，电话 06315200009"

    @pytest.mark.parametrize(("age", "is_gap"), [(14, False), (15, True)])
    def test_what_was_not_looked_at_for_long_is_a_gap(self, cast, a, age, is_gap):
        a_clinic(cast.institution_a, by=cast.qian)
        a_vaccine(cast.institution_a, by=cast.qian, on=TODAY - age * DAY)
        found = immunization([a], MONTH, NOW)[a]
        assert bool(found.gap) == is_gap
        assert "流感疫苗" in found.text

    def test_the_day_is_the_districts_not_that_of_greenwich(self, cast, a):
        """At one in the morning here it is still yesterday there."""
        a_clinic(cast.institution_a, by=cast.qian)
        a_vaccine(cast.institution_a, by=cast.qian, on=TODAY - 14 * DAY)
        evening = dt.datetime(2026, 12, 1, 17, 0, tzinfo=dt.UTC)
        assert "没有更新" in immunization([a], MONTH, evening)[a].gap

    def test_both_gaps(self, a):
        gap = immunization([a], MONTH, NOW)[a].gap
        assert "没有登记预防接种时间" in gap
        assert "没有登记疫苗供应" in gap

    def test_a_station_tells_what_its_center_does(self, cast):
        station = InstitutionFactory(name="东北村社区卫生服务站", parent=cast.institution_a)
        team = TeamFactory(institution=station)
        unit = Unit(station.pk, team.pk, (team.pk,))
        a_clinic(cast.institution_a, by=cast.qian)
        a_vaccine(cast.institution_a, by=cast.qian, on=TODAY)
        found = immunization([unit], MONTH, NOW)[unit]
        assert "环翠楼街道社区卫生服务中心，预防接种门诊" in found.text
        assert found.gap == ""

    def test_more_than_fits_is_said(self, cast, a):
        for n in range(70):
            a_clinic(
                cast.institution_a,
                by=cast.qian,
                place=f"第{n}接种室",
                note="请携带预防接种证和身份证，并提前一天预约",
            )
        text = immunization([a], MONTH, NOW)[a].text
        assert len(text) < ROOM + 60
        assert "另有" in text.splitlines()[-1]


class TestActivities:
    def test_when_what_where_whom_to_call(self, cast, a, b):
        visit = an_activity(cast.team_a, 5)
        record_education(
            by=cast.li, on=TODAY, visit=visit,
            facts=EducationFacts(EducationForm.LECTURE, audience="老年人", phone="13800000000"),
        )  # fmt: skip
        an_activity(cast.team_a, 12, state=VisitState.MISSED)
        an_activity(cast.team_b, 6)
        found = activities([a, b], MONTH, NOW)
        assert found[a].text == (
            "- 12月5日（周六）9:00-11:00 控盐减压，形式：健康讲座，地点：社区广场，对象：老年人，报名电话 13800000000"
        )
        assert "报名电话 06315200003" in found[b].text
        assert (found[a].facts[0].value, found[a].gap) == (1, "")

    def test_live_streams_of_the_district_are_for_everybody(self, cast, a):
        a_slot(cast.hospital, by=cast.zhou, on=TODAY)
        a_slot(InstitutionFactory(area_code="371003"), by=cast.zhou, on=TODAY)
        found = activities([a], MONTH, NOW)[a]
        assert found.text == ("- 健康直播：测试区人民医院，每周三 19:00-19:40，视频号“健康环翠”")
        assert "请团队在“外出服务日历”安排讲座" in found.gap

    def test_without_a_topic_it_is_a_gap(self, cast, a):
        an_activity(cast.team_a, 5, topic="")
        found = activities([a], MONTH, NOW)[a]
        assert "健康活动" in found.text
        assert "有1次健康活动没有填主题" in found.gap

    def test_the_institutions_issue_names_the_team(self, cast):
        an_activity(cast.team_a, 5)
        whole = Unit(cast.institution_a.pk, None, (cast.team_a.pk,))
        assert "主办：李医生团队" in activities([whole], MONTH, NOW)[whole].text

    def test_what_reorders_or_hides_is_taken_out(self, cast, a):
        an_activity(cast.team_a, 5, topic="控盐\u202e减压\u200b\n<script>", place="广场\x07")
        text = activities([a], MONTH, NOW)[a].text
        assert "控盐减压 <script>" in text
        assert not {"\u202e", "\u200b", "\x07"} & set(text)
        assert len(text.splitlines()) == 1


class TestSpecialists:
    @pytest.fixture
    def lin(self, cast):
        user = UserFactory(
            name="林主任",
            institution=cast.hospital,
            title="主任医师",
            specialty="心内科",
            profession=Profession.SPECIALIST,
        )
        TeamMembershipFactory(
            team=cast.team_a, user=user, profession=Profession.SPECIALIST, is_dispatched=True,
            home_institution=cast.hospital,
        )  # fmt: skip
        return user

    def test_who_sits_in_the_institution(self, cast, a, b):
        a_clinic(
            cast.institution_a, by=cast.qian, kind=ClinicKind.SPECIALIST, specialist_name="王教授", place="二诊室",
            specialty="糖尿病", home="市立医院", weekdays=(4,), month_weeks=(1, 3),
        )  # fmt: skip
        found = specialists([a, b], MONTH, NOW)
        assert found[a].text == (
            "- 王教授（市立医院，糖尿病）：12月3日、17日（周四）8:00-11:30，二诊室，电话 06315200001"
        )
        assert [(one.label, one.value) for one in found[a].facts] == [("坐诊专家", 1), ("专家坐诊", 2)]
        assert found[a].gap == ""
        assert "本月没有专家坐诊" in found[b].gap

    def test_whoever_was_sent_down_wherever_he_sits(self, cast, a, b, lin):
        a_clinic(
            cast.hospital,
            by=cast.zhou,
            kind=ClinicKind.SPECIALIST,
            specialist=lin,
            place="门诊三楼",
            weekdays=(2,),
        )
        found = specialists([a, b], MONTH, NOW)
        assert "林主任 主任医师（心内科）：12月1日、8日、15日、22日、29日（周二）" in found[a].text
        assert "测试区人民医院，门诊三楼" in found[a].text
        assert found[b].text == ""

    def test_sent_down_without_hours_is_a_gap_by_name(self, cast, a, lin):
        a_clinic(cast.institution_a, by=cast.qian, kind=ClinicKind.SPECIALIST, specialist_name="王教授")
        assert "下派专家林主任没有登记坐诊时间" in specialists([a], MONTH, NOW)[a].gap

    def test_a_month_of_days_off_is_told_and_a_gap(self, cast, a):
        clinic, *_ = a_clinic(
            cast.institution_a, by=cast.qian, kind=ClinicKind.SPECIALIST, specialist_name="王教授"
        )
        stop_clinic(
            by=cast.qian, on=TODAY, clinic=clinic, starts_on=TODAY, ends_on=december(31), reason="外出进修"
        )
        found = specialists([a], MONTH, NOW)[a]
        assert "本月停诊" in found.text
        assert "外出进修" in found.text
        assert "本月没有专家坐诊" in found.gap


@pytest.mark.parametrize(
    ("source", "most"), [(checkups, 7), (immunization, 6), (activities, 4), (specialists, 5)]
)
def test_as_many_queries_for_forty_teams_as_for_one(cast, source, most, django_assert_max_num_queries):
    units = []
    for n in range(40):
        institution = InstitutionFactory()
        team = TeamFactory(institution=institution)
        units.append(Unit(institution.pk, team.pk, (team.pk,)))
        if n < 5:
            for kind in (ClinicKind.CHECKUP, ClinicKind.CHILD_VACCINATION):
                a_clinic(institution, by=cast.zhou, kind=kind)
            a_clinic(institution, by=cast.zhou, kind=ClinicKind.SPECIALIST, specialist_name=f"专家{n}")
            a_vaccine(institution, by=cast.zhou, on=TODAY)
            an_activity(team, 5)
            a_checkup(team, 6)
    with django_assert_max_num_queries(most):
        found = source(units, MONTH, NOW)
    assert set(found) == set(units)
    assert sum(bool(one.text) for one in found.values()) == 5
    assert VaccineSupply.objects.count() == 5
