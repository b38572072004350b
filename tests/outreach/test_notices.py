"""New techniques and policies: verbs, whose they are, pages, items 8 and 9."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.urls import reverse

from outreach.actions.notices import (
    CannotKeepNotice,
    PolicyFacts,
    TechniqueFacts,
    add_policy,
    add_technique,
    change_policy,
    change_technique,
    end_policy,
    end_technique,
)
from outreach.choices import TechniqueKind
from outreach.disclosures.base import Month, Unit
from outreach.disclosures.sources.notices import ROOM, policies, techniques
from outreach.models import NewTechnique, PolicyNotice
from outreach.queries.keepers import kept_by
from teams.choices import InstitutionType, Role
from tests.factories.teams import (
    InstitutionFactory,
    RoleAssignmentFactory,
    TeamMembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
NOVEMBER = Month(dt.date(2026, 11, 1))


def technique_facts(**given) -> TechniqueFacts:
    return TechniqueFacts(
        **{"kind": TechniqueKind.TCM, "title": "耳穴压豆", "text": "适合睡眠不好的居民，需预约。", "starts_on": TODAY} | given
    )  # fmt: skip


def policy_facts(**given) -> PolicyFacts:
    return PolicyFacts(
        **{"title": "老年人免费体检", "text": "65 岁及以上老年人每年一次。", "starts_on": TODAY} | given
    )


@pytest.fixture
def technique(cast):
    return add_technique(by=cast.qian, institution=cast.institution_a, facts=technique_facts())


@pytest.fixture
def policy(cast):
    return add_policy(by=cast.zhou, institution=None, facts=policy_facts())


@pytest.fixture
def doctor(cast):
    """Of the hospital, and sent into team A: he looks at what A keeps, and keeps what the hospital tells."""
    user = UserFactory(username="xue", name="薛主任", institution=cast.hospital)
    RoleAssignmentFactory(user=user, role=Role.HOSPITAL_STAFF, institution=cast.hospital, area_code="")
    TeamMembershipFactory(team=cast.team_a, user=user)
    return user


class TestVerbs:
    def refused(self, call, code, field=""):
        with pytest.raises(CannotKeepNotice) as refused:
            call()
        assert (refused.value.code, refused.value.field) == (code, field)

    def test_words_are_cleaned(self, cast):
        row = add_technique(
            by=cast.qian, institution=cast.institution_a, facts=technique_facts(title=" 针\u200b灸 ", text="一\n\u202e二")
        )  # fmt: skip
        assert (row.title, row.text) == ("针灸", "一 二")

    @pytest.mark.parametrize("field", ["title", "text"])
    def test_something_must_be_said(self, cast, field):
        facts = technique_facts(**{field: "\u200b"})
        self.refused(
            lambda: add_technique(by=cast.qian, institution=cast.institution_a, facts=facts),
            f"no_{field}",
            field,
        )

    def test_days_the_right_way_round(self, cast):
        add_policy(by=cast.zhou, institution=None, facts=policy_facts(ends_on=TODAY))
        facts = policy_facts(title="另一项", ends_on=TODAY - DAY)
        self.refused(
            lambda: add_policy(by=cast.zhou, institution=None, facts=facts), "ends_before_start", "ends_on"
        )

    def test_no_two_of_a_name_on_one_day(self, cast, technique):
        add = lambda **given: add_technique(  # noqa: E731
            by=cast.qian, institution=cast.institution_a, facts=technique_facts(**given)
        )
        self.refused(add, "same_title", "title")
        self.refused(lambda: add(starts_on=TODAY - DAY, ends_on=TODAY), "same_title", "title")
        add(starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY)
        add_technique(by=cast.wu, institution=cast.institution_b, facts=technique_facts())

    def test_the_district_and_an_institution_may_say_the_same(self, cast, policy):
        self.refused(
            lambda: add_policy(by=cast.zhou, institution=None, facts=policy_facts()), "same_title", "title"
        )
        add_policy(by=cast.qian, institution=cast.institution_a, facts=policy_facts())

    def test_corrected_who_did_it_is_kept(self, cast, technique):
        change_technique(by=cast.qian, on=TODAY, technique=technique, facts=technique_facts(text="新的介绍"))
        technique.refresh_from_db()
        assert technique.text == "新的介绍"
        assert technique.history.get().pgh_context.metadata["user"] == cast.qian.pk

    def test_ended_yesterday_at_the_earliest(self, cast, policy):
        PolicyNotice.objects.update(starts_on=TODAY - 9 * DAY)
        self.refused(
            lambda: end_policy(by=cast.zhou, on=TODAY, policy=policy, ends_on=TODAY - 2 * DAY),
            "ended_in_past", "ends_on",
        )  # fmt: skip
        end_policy(by=cast.zhou, on=TODAY, policy=policy, ends_on=TODAY - DAY)
        for again in (
            lambda: end_policy(by=cast.zhou, on=TODAY, policy=policy, ends_on=TODAY),
            lambda: change_policy(by=cast.zhou, on=TODAY, policy=policy, facts=policy_facts()),
        ):
            self.refused(again, "is_over")

    def test_an_end_to_come_can_be_moved_but_not_into_the_past(self, cast, technique):
        end_technique(by=cast.qian, on=TODAY, technique=technique, ends_on=TODAY + 9 * DAY)
        facts = technique_facts(starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY)
        self.refused(
            lambda: change_technique(by=cast.qian, on=TODAY, technique=technique, facts=facts),
            "ends_in_past", "ends_on",
        )  # fmt: skip
        change_technique(by=cast.qian, on=TODAY, technique=technique, facts=technique_facts())
        technique.refresh_from_db()
        assert technique.ends_on is None

    def test_what_has_not_begun_is_taken_away(self, cast):
        row = add_technique(
            by=cast.qian, institution=cast.institution_a, facts=technique_facts(starts_on=TODAY + DAY)
        )
        end_technique(by=cast.qian, on=TODAY, technique=row, ends_on=TODAY)
        assert not NewTechnique.objects.exists()
        self.refused(lambda: end_technique(by=cast.qian, on=TODAY, technique=row, ends_on=TODAY), "is_gone")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("institution", ["own", "district"])
def test_two_at_once_enter_one(cast, institution):
    found, start = [], threading.Barrier(2)

    def enter() -> None:
        try:
            start.wait()
            place = cast.institution_a if institution == "own" else None
            add_policy(by=cast.qian, institution=place, facts=policy_facts())
            found.append("kept")
        except CannotKeepNotice as refusal:
            found.append(refusal.code)
        finally:
            connection.close()

    both = [threading.Thread(target=enter) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(found) == ["kept", "same_title"]


class TestWhoKeepsThem:
    def names(self, user) -> set[str]:
        return {one.name for one in kept_by(user, on=TODAY).institutions}

    def test_by_role_not_by_team(self, cast, doctor):
        assert self.names(cast.qian) == {cast.institution_a.name}
        assert self.names(doctor) == {cast.hospital.name}
        assert self.names(cast.li) == set()
        assert self.names(cast.he) == set()

    def test_the_bureau_for_all_and_for_the_district(self, cast):
        InstitutionFactory(name="区卫健局", type=InstitutionType.BUREAU, area_code="371002")
        keeping = kept_by(cast.zhou, on=TODAY)
        assert self.names(cast.zhou) == {cast.institution_a.name, cast.institution_b.name, cast.hospital.name}
        assert keeping.holds(None)
        assert not kept_by(cast.qian, on=TODAY).holds(None)

    def test_stations_of_ones_own_institution_not_closed_ones(self, cast):
        for is_active, name in ((True, "卫生室甲"), (False, "卫生室乙")):
            InstitutionFactory(
                name=name, parent=cast.institution_a, is_active=is_active, area_code="371002001"
            )
        assert self.names(cast.qian) == {cast.institution_a.name, "卫生室甲"}


@pytest.mark.usefixtures("noon")
class TestPages:
    def typed(self, **given) -> dict:
        return {
            "kind": "tcm", "title": "艾灸", "text": "适合怕冷的居民。", "phone": "06315200001", "starts_on": "2026-11-22",
        } | given  # fmt: skip

    def test_a_steward_enters_for_his_own_only(self, cast, sign_in):
        client, page = sign_in(cast.qian), reverse("calendar-technique-new")
        assert client.post(page, self.typed(institution=cast.institution_b.pk)).status_code == 200
        assert not NewTechnique.objects.exists()
        done = client.post(page, self.typed(institution=cast.institution_a.pk), follow=True)
        assert "艾灸" in done.content.decode()
        assert NewTechnique.objects.get().institution == cast.institution_a

    def test_hospital_staff_enter_for_the_hospital(self, cast, sign_in, doctor, technique):
        client = sign_in(doctor)
        shown = client.get(reverse("calendar-techniques")).content.decode()
        assert "耳穴压豆" in shown  # of the team that he was sent into
        edit = reverse("calendar-technique-edit", args=[technique.pk])
        assert edit not in shown
        assert client.get(edit).status_code == 403
        client.post(reverse("calendar-technique-new"), self.typed(institution=cast.hospital.pk))
        assert NewTechnique.objects.get(title="艾灸").institution == cast.hospital

    @pytest.mark.parametrize("verb", ["edit", "end"])
    def test_of_others_not_found(self, cast, sign_in, technique, verb):
        page = reverse(f"calendar-technique-{verb}", args=[technique.pk])
        assert sign_in(cast.wu).get(page).status_code == 404
        assert sign_in(cast.wu).post(page, self.typed()).status_code == 404
        assert "耳穴压豆" not in sign_in(cast.wu).get(reverse("calendar-techniques")).content.decode()

    def test_the_districts_policy_is_seen_by_all_and_changed_by_the_bureau(self, cast, sign_in, policy):
        edit = reverse("calendar-policy-edit", args=[policy.pk])
        for user in (cast.qian, cast.li):
            shown = sign_in(user).get(reverse("calendar-policies")).content.decode()
            assert "老年人免费体检" in shown
            assert edit not in shown
        assert sign_in(cast.qian).get(edit).status_code == 403
        assert sign_in(cast.li).get(edit).status_code == 403
        typed = {"title": "老年人免费体检", "text": "改过的内容", "starts_on": "2026-11-22"}
        assert sign_in(cast.zhou).post(edit, typed).status_code == 302
        policy.refresh_from_db()
        assert (policy.text, policy.institution) == ("改过的内容", None)

    def test_only_the_bureau_may_leave_the_institution_out(self, cast, sign_in):
        page = reverse("calendar-policy-new")
        typed = {"title": "体检", "text": "内容", "starts_on": "2026-11-22", "institution": ""}
        assert sign_in(cast.qian).post(page, typed).status_code == 200
        assert not PolicyNotice.objects.exists()
        assert sign_in(cast.zhou).post(page, typed).status_code == 302
        assert PolicyNotice.objects.get().institution is None

    def test_a_refusal_stands_at_its_field_and_nothing_is_lost(self, cast, sign_in, technique):
        typed = self.typed(institution=cast.institution_a.pk, title="耳穴压豆", text="写了很久的介绍")
        shown = sign_in(cast.qian).post(reverse("calendar-technique-new"), typed).content.decode()
        assert "已有同名的一项" in shown
        assert "写了很久的介绍" in shown

    def test_ended_and_then_only_in_the_long_list(self, cast, sign_in, technique):
        client = sign_in(cast.qian)
        NewTechnique.objects.update(starts_on=TODAY - 9 * DAY)
        page = reverse("calendar-technique-end", args=[technique.pk])
        assert client.post(page, {"ends_on": "2026-11-21"}).status_code == 302
        assert "耳穴压豆" not in client.get(reverse("calendar-techniques")).content.decode()
        shown = client.get(reverse("calendar-techniques"), {"ended": "on", "q": "压豆"}).content.decode()
        assert "已结束" in shown
        assert page not in shown

    def test_what_was_typed_is_escaped(self, cast, sign_in):
        facts = technique_facts(text="<script>alert(1)</script>")
        add_technique(by=cast.qian, institution=cast.institution_a, facts=facts)
        shown = sign_in(cast.qian).get(reverse("calendar-techniques")).content.decode()
        assert "<script>alert" not in shown
        assert "&lt;script&gt;" in shown

    @pytest.mark.parametrize("name", ["techniques", "policies"])
    def test_bounded_queries(self, cast, sign_in, name, django_assert_max_num_queries):
        for number in range(60):
            place = InstitutionFactory(area_code="371002001")
            add_technique(by=cast.zhou, institution=place, facts=technique_facts(title=f"技术{number}"))
            add_policy(by=cast.zhou, institution=place, facts=policy_facts(title=f"政策{number}"))
        client = sign_in(cast.zhou)
        with django_assert_max_num_queries(14):
            shown = client.get(reverse(f"calendar-{name}")).content.decode()
        assert "共 60 项" in shown
        assert 'aria-current="page">' + {"techniques": "新技术", "policies": "政策宣传"}[name] in shown


@pytest.mark.usefixtures("noon")
class TestManagementSite:
    def test_a_steward_adds_and_changes_his_own(self, cast, sign_in, policy):
        client, typed = (
            sign_in(cast.qian),
            {"title": "体检", "text": "内容", "starts_on": "2026-11-22", "ends_on": ""},
        )
        page = reverse("admin:outreach_policynotice_add")
        assert client.post(page, typed | {"institution": ""}).status_code == 200
        assert client.post(page, typed | {"institution": cast.institution_b.pk}).status_code == 200
        assert client.post(page, typed | {"institution": cast.institution_a.pk}).status_code == 302
        own = PolicyNotice.objects.get(title="体检")
        assert own.institution == cast.institution_a
        edit = reverse("admin:outreach_policynotice_change", args=[own.pk])
        assert client.post(edit, typed | {"text": "改过"}).status_code == 302
        own.refresh_from_db()
        assert own.text == "改过"
        districts = reverse("admin:outreach_policynotice_change", args=[policy.pk])
        assert client.get(districts).status_code == 200
        assert client.post(districts, typed).status_code == 403

    def test_a_refusal_is_shown_in_the_form(self, cast, sign_in, technique):
        typed = {
            "institution": cast.institution_a.pk, "kind": "tcm", "title": "耳穴压豆", "text": "又一次", "phone": "",
            "starts_on": "2026-11-22", "ends_on": "",
        }  # fmt: skip
        for user in (cast.qian, cast.zhou):
            shown = sign_in(user).post(reverse("admin:outreach_newtechnique_add"), typed)
            assert "已有同名的一项" in shown.content.decode()
        assert NewTechnique.objects.count() == 1

    def test_what_is_over_is_only_read(self, cast, sign_in, technique):
        NewTechnique.objects.update(starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY)
        page = reverse("admin:outreach_newtechnique_change", args=[technique.pk])
        assert sign_in(cast.zhou).get(page).status_code == 200
        assert sign_in(cast.zhou).post(page, {}).status_code == 403


class TestItems:
    def unit(self, institution) -> Unit:
        return Unit(institution=institution.pk, team=None, teams=())

    def told(self, source, institution, month=NOVEMBER):
        unit = self.unit(institution)
        return source([unit], month, NOW)[unit]

    def test_own_first_then_the_hospitals(self, cast, technique):
        add_technique(
            by=cast.zhou, institution=cast.hospital,
            facts=technique_facts(kind=TechniqueKind.MODERN, title="动态心电监测", phone="06315200009"),
        )  # fmt: skip
        add_technique(by=cast.wu, institution=cast.institution_b, facts=technique_facts(title="火罐"))
        drafted = self.told(techniques, cast.institution_a)
        assert drafted.text.split("\n") == [
            "- 【中医适宜技术】耳穴压豆：适合睡眠不好的居民，需预约。",
            "- 【新技术】动态心电监测（测试区人民医院）：适合睡眠不好的居民，需预约。 咨询电话：06315200009",
        ]
        own, above = drafted.facts
        assert (own.value, own.page) == (1, reverse("calendar-techniques"))
        assert (above.value, above.page) == (1, "")
        assert drafted.gap == ""

    @pytest.mark.parametrize(
        ("starts_on", "ends_on", "is_told"),
        [
            (dt.date(2026, 11, 30), None, True),
            (dt.date(2026, 12, 1), None, False),
            (dt.date(2026, 1, 1), dt.date(2026, 11, 1), True),
            (dt.date(2026, 1, 1), dt.date(2026, 10, 31), False),
        ],
    )
    def test_what_stands_on_a_day_of_the_month(self, cast, starts_on, ends_on, is_told):
        add_technique(
            by=cast.qian,
            institution=cast.institution_a,
            facts=technique_facts(starts_on=starts_on, ends_on=ends_on),
        )
        assert bool(self.told(techniques, cast.institution_a).text) is is_told

    def test_policies_of_the_district_and_the_own(self, cast, policy):
        add_policy(
            by=cast.qian, institution=cast.institution_a,
            facts=policy_facts(title="签约减免", text="一般诊疗费减免。", document="卫发〔2026〕3号"),
        )  # fmt: skip
        add_policy(by=cast.wu, institution=cast.institution_b, facts=policy_facts(title="别家的"))
        add_policy(by=cast.zhou, institution=cast.hospital, facts=policy_facts(title="医院的"))
        assert self.told(policies, cast.institution_a).text.split("\n") == [
            "- 老年人免费体检：65 岁及以上老年人每年一次。",
            "- 签约减免：一般诊疗费减免。（依据：卫发〔2026〕3号）",
        ]

    def test_a_station_is_told_what_its_parent_keeps(self, cast, technique):
        station = InstitutionFactory(
            parent=cast.institution_a, type=InstitutionType.STATION, area_code="371002001"
        )
        assert "耳穴压豆" in self.told(techniques, station).text

    def test_nothing_is_a_gap_that_names_who_fills_it(self, cast):
        for source in (techniques, policies):
            drafted = self.told(source, cast.institution_a)
            assert drafted.text == ""
            assert "家医管家" in drafted.gap
            assert drafted.facts[0].value == 0

    def test_many_long_ones_fit_and_none_is_dropped_silently(self, cast):
        for number in range(12):
            facts = technique_facts(title=f"第{number:02}项", text="长" * 500)
            add_technique(by=cast.qian, institution=cast.institution_a, facts=facts)
        drafted = self.told(techniques, cast.institution_a)
        assert len(drafted.text) <= ROOM + 400 <= 2000
        assert all(f"第{number:02}项" in drafted.text for number in range(12))
        assert "另有：" in drafted.text

    def test_two_queries_for_all_units(self, cast, technique, policy, django_assert_num_queries):
        units = [self.unit(InstitutionFactory(area_code="371002001")) for _ in range(40)]
        for source in (techniques, policies):
            with django_assert_num_queries(2):
                found = source(units, NOVEMBER, NOW)
            assert set(found) == set(units)
