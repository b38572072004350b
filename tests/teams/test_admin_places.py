"""Management pages of institutions, departments, teams and members."""

import datetime as dt

import pytest
from django.urls import reverse

from teams.models import Department, Institution, Team, TeamMembership
from tests.factories.teams import InstitutionFactory, TeamFactory, TeamMembershipFactory, UserFactory

pytestmark = pytest.mark.usefixtures("noon")
TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
PAGES = ("institution", "department", "team", "teammembership")


def inline(rows=(), extra=None):
    """The membership rows of a team form: existing ones as (membership, changes), and one more."""
    data = {"memberships-INITIAL_FORMS": len(rows), "memberships-TOTAL_FORMS": len(rows) + 1}
    data |= {"memberships-MIN_NUM_FORMS": 0, "memberships-MAX_NUM_FORMS": 1000}
    for at, (row, changes) in enumerate(rows):
        values = {
            "id": row.pk, "team": row.team_id, "user": row.user_id, "profession": row.profession, "tier": row.tier,
            "duty": row.duty, "starts_on": row.starts_on.isoformat(),
            "ends_on": row.ends_on.isoformat() if row.ends_on else "",
        } | ({"is_leader": "on"} if row.is_leader else {}) | changes  # fmt: skip
        data |= {f"memberships-{at}-{name}": value for name, value in values.items() if value is not None}
    blank = {
        "user": "",
        "profession": "",
        "tier": 1,
        "duty": "",
        "starts_on": TODAY.isoformat(),
        "ends_on": "",
    }
    data |= {f"memberships-{len(rows)}-{name}": value for name, value in (blank | (extra or {})).items()}
    return data


def team_form(team=None, **changes):
    team = team or Team(name="", phone="")
    return {
        "name": team.name, "phone": team.phone, "service_times": team.service_times,
        "introduction": team.introduction, "ends_on": "",
    } | changes  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("person", "status"), [("zhou", 200), ("qian", 200), ("he", 200), ("xu", 200), ("shen", 200), ("li", 403)]
)
def test_who_may_look(sign_in, cast, page, person, status):
    address = reverse(f"admin:teams_{page}_changelist")
    assert sign_in(getattr(cast, person)).get(address).status_code == status


@pytest.mark.parametrize(
    ("page", "person", "status"),
    [
        ("institution", "zhou", 200), ("institution", "qian", 403), ("department", "zhou", 200),
        ("team", "zhou", 200), ("team", "qian", 200), ("team", "he", 403), ("team", "shen", 403),
        ("teammembership", "qian", 200), ("teammembership", "xu", 403),
    ],
)  # fmt: skip
def test_who_may_add(sign_in, cast, page, person, status):
    assert sign_in(getattr(cast, person)).get(reverse(f"admin:teams_{page}_add")).status_code == status


def test_rows_are_scoped_and_out_of_scope_is_404(sign_in, cast):
    client = sign_in(cast.qian)
    page = client.get(reverse("admin:teams_team_changelist")).content.decode()
    assert "李医生团队" in page
    assert "赵医生团队" not in page
    assert client.get(reverse("admin:teams_team_change", args=[cast.team_b.pk])).status_code == 404
    assert (
        client.get(reverse("admin:teams_institution_change", args=[cast.institution_b.pk])).status_code == 404
    )


@pytest.mark.parametrize("page", PAGES)
def test_lists_cost_the_same_however_long(sign_in, cast, page, django_assert_max_num_queries):
    client = sign_in(cast.zhou)
    client.get(reverse(f"admin:teams_{page}_changelist"))
    for number in range(12):
        place = InstitutionFactory(parent=cast.institution_a)
        Department.objects.create(institution=place, name=f"科室{number}")
        TeamMembershipFactory(team=TeamFactory(institution=place), is_leader=True)
    with django_assert_max_num_queries(14):
        client.get(reverse(f"admin:teams_{page}_changelist"))


class TestInstitutions:
    data = {
        "code": "JG-N1", "name": "新卫生院", "type": "township_hospital", "level": 1, "ownership": "public",
        "serial": 777, "area_code": "371002003", "is_active": "on", "parent": "", "credit_code": "", "address": "",
        "phone": "", "complaint_phone": "",
    }  # fmt: skip

    def test_added_by_the_bureau(self, sign_in, cast):
        response = sign_in(cast.zhou).post(reverse("admin:teams_institution_add"), self.data)
        assert response.status_code == 302
        assert Institution.objects.get(serial=777).name == "新卫生院"

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"area_code": "500112001"}, "不在您的管辖区划内"),
            ({"area_code": "37100200"}, "编码应为 6、9、12 位区划代码"),
            ({"serial": 1000}, "协议编号机构序号须在 1 至 999 之间"),
            ({"phone": "12345"}, "请填 11 位手机号"),
        ],
    )
    def test_refused_with_what_was_typed(self, sign_in, cast, changes, told):
        response = sign_in(cast.zhou).post(reverse("admin:teams_institution_add"), self.data | changes)
        page = response.content.decode()
        assert told in page
        assert 'value="新卫生院"' in page
        assert not Institution.objects.filter(code="JG-N1").exists()

    def test_a_serial_in_use(self, sign_in, cast):
        data = self.data | {"serial": cast.institution_a.serial}
        page = sign_in(cast.zhou).post(reverse("admin:teams_institution_add"), data).content.decode()
        assert "协议编号机构序号已被占用" in page

    def test_not_out_of_use_while_a_team_works_there(self, sign_in, cast):
        data = self.data | {"code": cast.institution_a.code, "serial": cast.institution_a.serial}
        del data["is_active"]
        address = reverse("admin:teams_institution_change", args=[cast.institution_a.pk])
        assert "仍在服务" in sign_in(cast.zhou).post(address, data).content.decode()


class TestTeams:
    def test_a_steward_forms_a_team_with_its_first_members(self, sign_in, cast):
        client = sign_in(cast.qian)
        form = team_form(name="张村团队", institution=cast.institution_a.pk, starts_on=TODAY.isoformat())
        doctor = UserFactory(institution=cast.institution_a)
        rows = inline(extra={"user": doctor.pk, "profession": "gp", "is_leader": "on"})
        response = client.post(reverse("admin:teams_team_add"), form | rows)
        assert response.status_code == 302
        team = Team.objects.get(name="张村团队")
        assert [(one.user, one.is_leader) for one in team.memberships.all()] == [(doctor, True)]

    def test_not_for_another_institution(self, sign_in, cast):
        form = team_form(name="越界团队", institution=cast.institution_b.pk, starts_on=TODAY.isoformat())
        response = sign_in(cast.qian).post(reverse("admin:teams_team_add"), form | inline())
        assert response.status_code == 200
        assert not Team.objects.filter(name="越界团队").exists()

    def test_a_refusal_is_shown_at_its_field_and_nothing_typed_is_lost(self, sign_in, cast):
        form = team_form(
            name=cast.team_a.name,
            institution=cast.institution_a.pk,
            starts_on=TODAY.isoformat(),
            introduction="写了很久的介绍",
        )
        doctor = UserFactory(institution=cast.institution_a)
        rows = inline(extra={"user": doctor.pk, "profession": "gp", "duty": "慢病随访"})
        page = sign_in(cast.qian).post(reverse("admin:teams_team_add"), form | rows).content.decode()
        assert "本机构已有同名团队。" in page
        assert "写了很久的介绍" in page
        assert "慢病随访" in page
        assert not TeamMembership.objects.filter(user=doctor).exists()

    def test_a_refused_member_takes_the_whole_save_back(self, sign_in, cast):
        address = reverse("admin:teams_team_change", args=[cast.team_a.pk])
        rows = [(one, {}) for one in cast.team_a.memberships.order_by("-is_leader")]
        form = team_form(cast.team_a, name="改了的名字")
        response = sign_in(cast.qian).post(
            address, form | inline(rows, {"user": cast.wang.pk, "profession": "nurse"})
        )
        page = response.content.decode()
        assert "此人同一时期已在本团队，请先结束原来的成员记录。" in page
        cast.team_a.refresh_from_db()
        assert cast.team_a.name == "李医生团队"

    def test_members_are_corrected_ended_and_a_new_leader_chosen(self, sign_in, cast):
        address = reverse("admin:teams_team_change", args=[cast.team_a.pk])
        li, wang = cast.team_a.memberships.order_by("-is_leader")
        rows = inline([(li, {"is_leader": None}), (wang, {"is_leader": "on", "duty": "统筹"})])
        response = sign_in(cast.qian).post(address, team_form(cast.team_a) | rows)
        assert response.status_code == 302
        standing = TeamMembership.objects.active_on(TODAY).filter(team=cast.team_a)
        assert {(one.user, one.is_leader, one.duty) for one in standing} == {
            (cast.li, False, ""),
            (cast.wang, True, "统筹"),
        }

    def test_unticking_the_leader_needs_another(self, sign_in, cast):
        address = reverse("admin:teams_team_change", args=[cast.team_a.pk])
        li, wang = cast.team_a.memberships.order_by("-is_leader")
        response = sign_in(cast.qian).post(
            address, team_form(cast.team_a) | inline([(li, {"is_leader": None}), (wang, {})])
        )
        assert "请同时勾选新的团队长" in response.content.decode()

    def test_a_last_day_ends_the_membership(self, sign_in, cast):
        address = reverse("admin:teams_team_change", args=[cast.team_a.pk])
        li, wang = cast.team_a.memberships.order_by("-is_leader")
        rows = inline([(li, {}), (wang, {"ends_on": TODAY.isoformat()})])
        sign_in(cast.qian).post(address, team_form(cast.team_a) | rows)
        wang.refresh_from_db()
        assert wang.ends_on == TODAY

    def test_closing_a_team(self, sign_in, cast):
        address = reverse("admin:teams_team_change", args=[cast.team_a.pk])
        rows = inline([(one, {}) for one in cast.team_a.memberships.order_by("-is_leader")])
        response = sign_in(cast.qian).post(address, team_form(cast.team_a, ends_on=TODAY.isoformat()) | rows)
        assert response.status_code == 302
        assert {one.ends_on for one in cast.team_a.memberships.all()} == {TODAY}

    def test_a_specialist_of_the_hospital_may_be_chosen_but_not_a_colleague_of_another_centre(
        self, sign_in, cast
    ):
        hospital_doctor = UserFactory(name="郑主任", institution=cast.hospital)
        client = sign_in(cast.qian)

        def add(user):
            data = {
                "team": cast.team_a.pk,
                "user": user.pk,
                "profession": "specialist",
                "tier": 2,
                "duty": "",
            }
            data |= {"is_dispatched": "on", "starts_on": TODAY.isoformat(), "ends_on": ""}
            return client.post(reverse("admin:teams_teammembership_add"), data).status_code

        assert add(hospital_doctor) == 302
        assert add(UserFactory(institution=cast.institution_b)) == 200
        membership = hospital_doctor.memberships.get()
        assert (membership.home_institution, membership.is_dispatched) == (cast.hospital, True)

    def test_the_choice_of_people_offers_the_hospitals_specialists(self, sign_in, cast):
        UserFactory(name="郑主任", institution=cast.hospital)
        UserFactory(name="郑外人", institution=cast.institution_b)
        asked = {"app_label": "teams", "model_name": "teammembership", "field_name": "user", "term": "郑"}
        found = sign_in(cast.qian).get(reverse("admin:autocomplete"), asked).json()["results"]
        assert [one["text"] for one in found] == ["郑主任"]

    def test_a_membership_is_ended_on_its_own_page(self, sign_in, cast):
        row = TeamMembership.objects.get(user=cast.wang)
        address = reverse("admin:teams_teammembership_change", args=[row.pk])
        data = {
            "profession": row.profession,
            "tier": 1,
            "duty": "",
            "ends_on": (row.starts_on - DAY).isoformat(),
        }
        assert "结束日期不能早于" in sign_in(cast.qian).post(address, data).content.decode()
        assert sign_in(cast.qian).post(address, data | {"ends_on": TODAY.isoformat()}).status_code == 302
        row.refresh_from_db()
        assert row.ends_on == TODAY


class TestRoles:
    def test_nobody_deletes(self, sign_in, cast):
        address = reverse("admin:teams_team_delete", args=[cast.team_a.pk])
        assert sign_in(cast.zhou).post(address, {"post": "yes"}).status_code == 403
        assert Team.objects.filter(pk=cast.team_a.pk).exists()

    def test_a_street_officer_sees_a_team_but_cannot_change_it(self, sign_in, cast):
        address = reverse("admin:teams_team_change", args=[cast.team_a.pk])
        client = sign_in(cast.he)
        assert client.get(address).status_code == 200
        assert client.post(address, team_form(cast.team_a, name="街道改名")).status_code == 403
