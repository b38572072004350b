"""Management pages of places: scope, permissions, queries, refusals at their fields."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from grids import divisions
from grids.models import (
    Area,
    AreaCodeChange,
    Building,
    Dwelling,
    Grid,
    GridResponsibility,
    Organization,
    Pairing,
    Posting,
)
from tests.factories.grids import (
    AreaFactory,
    BuildingFactory,
    DwellingFactory,
    GridFactory,
    GridResponsibilityFactory,
    MicroGridFactory,
    OrganizationFactory,
    PostingFactory,
)
from tests.factories.teams import UserFactory

pytestmark = pytest.mark.usefixtures("noon")
TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
PAGES = ("area", "grid", "building", "dwelling", "organization", "posting", "pairing", "gridresponsibility")


def address(page, verb="changelist", *args):
    return reverse(f"admin:grids_{page}_{verb}", args=args)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("person", "status"),
    [("zhou", 200), ("qian", 200), ("he", 200), ("shen", 200), ("li", 403), ("sun", 403)],
)
def test_who_may_look(sign_in, cast, page, person, status):
    assert sign_in(getattr(cast, person)).get(address(page)).status_code == status


@pytest.mark.parametrize(
    ("page", "may_add"),
    [
        ("area", ["zhou"]), ("grid", ["zhou"]), ("building", ["zhou", "qian"]), ("dwelling", ["zhou", "qian"]),
        ("organization", ["zhou", "qian"]), ("posting", ["zhou", "he"]), ("pairing", ["zhou", "he", "qian"]),
        ("gridresponsibility", ["zhou", "qian"]),
    ],
)  # fmt: skip
def test_who_may_add(sign_in, cast, page, may_add):
    for person in ("zhou", "he", "qian", "xu", "shen"):
        status = sign_in(getattr(cast, person)).get(address(page, "add")).status_code
        assert status == (200 if person in may_add else 403), person


@pytest.mark.parametrize("page", PAGES)
def test_lists_cost_the_same_however_long(sign_in, cast, district, page, django_assert_max_num_queries):
    client = sign_in(cast.zhou)
    client.get(address(page))
    for number in range(12):
        grid = GridFactory(village=AreaFactory(code=f"371002001{number + 100:03d}"))
        GridResponsibilityFactory(grid=grid, team=cast.team_a)
        DwellingFactory(building=BuildingFactory(grid=grid))
        OrganizationFactory(grid=grid)
        posting = PostingFactory(grid=grid, user=UserFactory(institution=cast.institution_a))
        Pairing.objects.create(level="member", user=cast.wang, posting=posting, starts_on=TODAY)
    with django_assert_max_num_queries(14):
        client.get(address(page))


def test_out_of_scope_is_404(sign_in, cast, district):
    client = sign_in(cast.qian)
    for page, row in [
        ("grid", district.grid_b),
        ("area", district.village_b),
        ("gridresponsibility", district.grid_b.responsibilities.get()),
    ]:
        assert client.get(address(page, "change", row.pk)).status_code == 404


class TestAreas:
    def add(self, client, **changes):
        given = {
            "code": "371002001200",
            "name": "新村",
            "valid_from": TODAY.isoformat(),
            "valid_to": "",
            "parent": "",
        }
        return client.post(address("area", "add"), given | changes)

    def test_a_village_is_added_below_its_township(self, sign_in, cast, district):
        assert self.add(sign_in(cast.zhou), parent=district.township_a.pk).status_code == 302
        assert Area.objects.get(code="371002001200").level == 3

    def test_refused(self, sign_in, cast, district):
        client = sign_in(cast.zhou)
        for changes, told in [
            ({"code": "371002002200", "parent": district.township_a.pk}, "应以上级区划代码 371002001 开头"),
            ({"code": "500112001200", "parent": district.township_a.pk}, "不在您的管辖区划（371002）内"),
            ({"code": "37100200", "parent": district.township_a.pk}, "代码应为 6、9 或 12 位数字"),
            ({"parent": ""}, "12 位代码的上级应为镇街"),
            ({"parent": district.area.pk}, "12 位代码的上级应为镇街"),
            ({"code": "371002", "parent": district.township_a.pk}, "区县没有上级区划"),
            ({"code": district.village_a.code, "parent": district.township_a.pk}, "已存在"),
        ]:
            response = self.add(client, **changes)
            assert response.status_code == 200, changes
            assert told in response.content.decode(), told

    def test_default_grids_for_the_chosen_villages(self, sign_in, cast, district):
        bare = AreaFactory(code="371002001080")
        client = sign_in(cast.zhou)
        chosen = {"action": "add_default_grids", "_selected_action": [bare.pk, district.village_a.pk]}
        page = client.post(address("area"), chosen, follow=True).content.decode()
        assert "新建默认网格 1 个" in page
        assert "1 个村居已有网格" in page
        assert bare.grids.get().code == "37100200108001"

    def test_only_villages_are_offered_where_a_village_is_asked_for(self, sign_in, cast, district):
        asked = {"app_label": "grids", "model_name": "posting", "field_name": "village", "term": "371002001"}
        found = sign_in(cast.he).get(reverse("admin:autocomplete"), asked).json()["results"]
        assert [one["text"] for one in found] == ["东北村社区"]

    def test_changing_a_code(self, sign_in, cast, district):
        client = sign_in(cast.zhou)
        page = reverse("admin:grids_area_code", args=[district.village_a.pk])
        data = {"new_code": "371002001900", "changed_on": TODAY.isoformat(), "note": "统计部门更新"}
        assert client.get(page).status_code == 200
        assert client.post(page, data).status_code == 302
        assert AreaCodeChange.objects.get().old_code == "371002001001"
        assert "371002001001" in client.get(address("area", "change", district.village_a.pk)).content.decode()

    @pytest.mark.parametrize(
        ("new_code", "told"),
        [
            ("371002002001", "已由“菊花顶社区”使用"),
            ("500112001001", "不在您的管辖区划"),
            ("3710020", "代码应为 12 位数字"),
        ],
    )
    def test_a_refused_code_is_told_with_what_was_typed(self, sign_in, cast, district, new_code, told):
        page = reverse("admin:grids_area_code", args=[district.village_a.pk])
        data = {"new_code": new_code, "changed_on": TODAY.isoformat(), "note": "批复〔2026〕1号"}
        shown = sign_in(cast.zhou).post(page, data).content.decode()
        assert told in shown
        assert "批复〔2026〕1号" in shown

    @pytest.mark.parametrize(("person", "status"), [("he", 403), ("qian", 403), ("zhou", 200)])
    def test_who_may_change_a_code_and_load(self, sign_in, cast, district, person, status):
        client = sign_in(getattr(cast, person))
        assert (
            client.get(reverse("admin:grids_area_code", args=[district.village_a.pk])).status_code == status
        )
        assert client.get(reverse("admin:grids_area_load")).status_code == status

    def test_the_code_page_of_another_district_is_404(self, sign_in, cast):
        other = AreaFactory(code="500112001001")
        assert sign_in(cast.zhou).get(reverse("admin:grids_area_code", args=[other.pk])).status_code == 404


class TestLoad:
    page = "/admin/grids/area/load/"

    def preview(self, client, **changes):
        given = {"source": "371002", "valid_from": TODAY.isoformat()}
        return client.post(self.page, given | changes)

    def confirm(self, client, response):
        token = response.content.decode().split('name="confirmed" value="')[1].split('"')[0]
        return client.post(self.page, {"confirmed": token}, follow=True)

    def upload(self, text, name="区划.csv"):
        return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text, "text/csv")

    def test_the_bureau_loads_its_own_district(self, sign_in, cast):
        client = sign_in(cast.zhou)
        assert "载入区划" in client.get(address("area")).content.decode()
        shown = self.preview(client, with_grids="on")
        assert not Area.objects.filter(code="371002003").exists()
        assert Area.objects.filter(level=3).count() == 2
        told = self.confirm(client, shown).content.decode()
        assert "已载入区划：新增" in told
        assert Area.objects.filter(level=3, code__startswith="371002").count() == 218
        assert Grid.objects.count() == 218

    def test_a_second_time_nothing_is_new(self, sign_in, cast):
        client = sign_in(cast.zhou)
        self.confirm(client, self.preview(client))
        assert "新增</th><td>0 个" in self.preview(client).content.decode()

    def test_only_own_districts_are_offered(self, sign_in, cast):
        page = sign_in(cast.zhou).get(self.page).content.decode()
        assert "威海市环翠区（371002）" in page
        assert "渝北区" not in page
        assert "选择一个有效的选项" in self.preview(sign_in(cast.zhou), source="500112").content.decode()

    def test_an_uploaded_file(self, sign_in, cast, district):
        text = "code,name,parent_code,level\n371002001300,新社区,371002001,village\n371002001001,改名社区,371002001,village\n"
        client = sign_in(cast.zhou)
        shown = self.preview(client, source="file", file=self.upload(text.encode("gb18030")))
        assert "新社区" in shown.content.decode()
        assert "改名社区" in shown.content.decode()
        self.confirm(client, shown)
        district.village_a.refresh_from_db()
        assert district.village_a.name == "改名社区"

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"PK\x03\x04....", "这是 Excel 工作簿"),
            ("code,name,parent_code,level\n", "只有表头"),
            ("a,b\n1,2\n", "应为表头"),
            ("code,name,parent_code,level\n500112001,某镇,500112,township\n", "不在您的管辖区划（371002）内"),
            ("code,name,parent_code,level\n371002888001,某村,371002888,village\n", "找不到上级 371002888"),
            ("code,name,parent_code,level\n3.71E+11,某村,371002001,village\n", "第 2 行“区划代码”"),
            (b"x" * (divisions.MAX_BYTES + 1), "文件超过 2 MB"),
        ],
    )
    def test_a_bad_file_is_told_and_nothing_is_saved(self, sign_in, cast, district, content, told):
        before = Area.objects.count()
        response = self.preview(
            sign_in(cast.zhou), source="file", file=self.upload(content), valid_from="2026-01-05"
        )
        page = response.content.decode()
        assert response.status_code == 200
        assert told in page
        assert "2026-01-05" in page
        assert Area.objects.count() == before

    def test_a_file_must_be_chosen(self, sign_in, cast):
        assert "请选择要上传的 CSV 文件" in self.preview(sign_in(cast.zhou), source="file").content.decode()

    def test_a_tampered_confirmation_is_refused(self, sign_in, cast):
        page = sign_in(cast.zhou).post(self.page, {"confirmed": "forged"}, follow=True).content.decode()
        assert "核对页面已过期" in page

    def test_a_confirmation_is_checked_against_the_scope_of_whoever_confirms(self, sign_in, cast):
        client = sign_in(cast.zhou)
        shown = self.preview(client)
        cast.zhou.role_assignments.update(area_code="500112")
        assert "不在您的管辖区划（500112）内" in self.confirm(client, shown).content.decode()
        assert not Area.objects.filter(code="371002003").exists()


class TestGrids:
    def test_added_with_the_next_code(self, sign_in, cast, district):
        data = {"village": district.village_a.pk, "parent": "", "name": "", "opened_on": TODAY.isoformat()}
        assert sign_in(cast.zhou).post(address("grid", "add"), data).status_code == 302
        assert Grid.objects.get(code="37100200100102").name == "东北村社区第2网格"

    def test_refused_at_the_field_with_what_was_typed(self, sign_in, cast, district):
        data = {
            "village": district.village_b.pk,
            "parent": district.grid_a.pk,
            "name": "某网格",
            "opened_on": TODAY.isoformat(),
        }
        page = sign_in(cast.zhou).post(address("grid", "add"), data).content.decode()
        assert "请选择同一村居的网格" in page
        assert 'value="某网格"' in page

    def test_renamed_and_closed(self, sign_in, cast, district):
        client = sign_in(cast.zhou)
        grid = GridFactory(village=district.village_a)
        page = address("grid", "change", grid.pk)
        assert client.post(page, {"name": "改名网格", "closed_on": ""}).status_code == 302
        assert (
            "仍负责该网格"
            in client.post(
                address("grid", "change", district.grid_a.pk), {"name": "甲", "closed_on": TODAY.isoformat()}
            ).content.decode()
        )
        assert client.post(page, {"name": "改名网格", "closed_on": TODAY.isoformat()}).status_code == 302
        grid.refresh_from_db()
        assert (grid.name, grid.closed_on) == ("改名网格", TODAY)

    def test_a_steward_sees_what_is_free_in_his_township_and_assigns_several(self, sign_in, cast, district):
        free = [GridFactory(village=district.village_a) for _ in range(3)]
        foreign = GridFactory(village=district.village_a, name="别家网格")
        GridResponsibilityFactory(grid=foreign, team=cast.team_b)
        client = sign_in(cast.qian)
        page = client.get(address("grid"), {"covered": "no"}).content.decode()
        assert all(one.code in page for one in free)
        assert "别家网格" not in client.get(address("grid")).content.decode()

        chosen = {"action": "assign", "_selected_action": [one.pk for one in (*free, foreign)]}
        asked = client.post(address("grid"), chosen).content.decode()
        assert "所选网格（3 个）" in asked
        assert "赵医生团队" not in asked
        done = chosen | {
            "assign_team": "1",
            "team": cast.team_a.pk,
            "starts_on": TODAY.isoformat(),
            "note": "",
        }
        assert "已将 3 个网格分派给" in client.post(address("grid"), done, follow=True).content.decode()
        assert {one.responsibilities.get().team for one in free} == {cast.team_a}
        assert foreign.responsibilities.get().team == cast.team_b

    def test_a_refused_assignment_keeps_what_was_typed(self, sign_in, cast, district):
        client = sign_in(cast.qian)
        done = {
            "action": "assign", "_selected_action": [district.grid_a.pk], "assign_team": "1", "team": cast.team_a.pk,
            "starts_on": "2019-01-01", "note": "年初调整",
        }  # fmt: skip
        page = client.post(address("grid"), done).content.decode()
        assert "请填此日或以后" in page
        assert "年初调整" in page

    def test_a_street_officer_has_no_such_action(self, sign_in, cast, district):
        page = sign_in(cast.he).get(address("grid")).content.decode()
        assert "将所选网格分派给团队" not in page


class TestResponsibilities:
    def post(self, client, grid, team, **changes):
        data = {"grid": grid.pk, "team": team.pk, "starts_on": TODAY.isoformat(), "note": ""}
        return client.post(address("gridresponsibility", "add"), data | changes)

    def test_one_grid(self, sign_in, cast, district):
        grid = GridFactory(village=district.village_a)
        assert self.post(sign_in(cast.qian), grid, cast.team_a).status_code == 302
        assert grid.responsibilities.get().team == cast.team_a

    def test_taken_over_from_another_team_by_the_bureau(self, sign_in, cast, district):
        assert self.post(sign_in(cast.zhou), district.grid_a, cast.team_b).status_code == 302
        standing = GridResponsibility.objects.active_on(TODAY).filter(grid=district.grid_a)
        assert [one.team for one in standing] == [cast.team_b]

    def test_not_by_a_steward_from_another_institution(self, sign_in, cast, district):
        response = self.post(sign_in(cast.qian), district.grid_b, cast.team_a)
        assert response.status_code == 200
        assert district.grid_b.responsibilities.get().team == cast.team_b

    def test_a_conflict_is_told_at_the_grid(self, sign_in, cast, district):
        client = sign_in(cast.zhou)
        self.post(client, district.grid_a, cast.team_b)
        page = self.post(client, district.grid_a, cast.team_a, note="改回来").content.decode()
        assert "已分派给“赵医生团队”" in page
        assert "改回来" in page
        assert "已经负责此网格" in self.post(client, district.grid_a, cast.team_b).content.decode()

    def test_ended_and_withdrawn(self, sign_in, cast, district):
        client = sign_in(cast.zhou)
        old = district.grid_a.responsibilities.get()
        assert client.post(
            address("gridresponsibility", "change", old.pk), {"ends_on": TODAY.isoformat()}
        ).status_code == 302  # fmt: skip
        grid = GridFactory(village=district.village_a)
        self.post(client, grid, cast.team_a)
        withdraw = {"action": "withdraw", "_selected_action": [old.pk, grid.responsibilities.get().pk]}
        assert "未撤回任何分派" in client.post(
            address("gridresponsibility"), withdraw, follow=True
        ).content.decode()  # fmt: skip
        assert grid.responsibilities.exists()
        withdraw["_selected_action"] = [grid.responsibilities.get().pk]
        client.post(address("gridresponsibility"), withdraw)
        assert not grid.responsibilities.exists()


class TestPostingsAndPairings:
    def appoint(self, client, **changes):
        data = {
            "role": "grid_leader", "grid": "", "village": "", "name": "周网格长", "phone": "", "origin": "", "user": "",
            "starts_on": TODAY.isoformat(), "ends_on": "",
        }  # fmt: skip
        return client.post(address("posting", "add"), data | changes)

    def test_a_street_officer_appoints_in_his_township_only(self, sign_in, cast, district):
        client = sign_in(cast.he)
        assert self.appoint(client, grid=district.grid_a.pk).status_code == 302
        assert self.appoint(client, grid=district.grid_b.pk).status_code == 200
        assert Posting.objects.filter(name="周网格长").count() == 1

    def test_refusals_at_their_fields(self, sign_in, cast, district):
        client = sign_in(cast.he)
        assert "网格长按网格任职" in self.appoint(client, village=district.village_a.pk).content.decode()
        page = self.appoint(client, role="sentinel", grid=district.grid_a.pk).content.decode()
        assert "请选择哨兵来源" in page
        assert 'value="周网格长"' in page
        self.appoint(client, grid=district.grid_a.pk)
        assert "已有网格长" in self.appoint(client, grid=district.grid_a.pk).content.decode()

    def test_corrected_given_an_account_and_ended(self, sign_in, cast, district):
        client = sign_in(cast.zhou)
        posting = PostingFactory(grid=district.grid_a)
        page = address("posting", "change", posting.pk)
        user = UserFactory(institution=cast.institution_a)
        data = {"name": "新名", "phone": "13900000002", "origin": "property", "user": user.pk, "ends_on": ""}
        assert client.post(page, data).status_code == 302
        assert user.role_assignments.get().area_code == district.grid_a.code
        assert client.post(page, data | {"ends_on": TODAY.isoformat()}).status_code == 302
        assert user.role_assignments.get().ends_on == TODAY

    def test_pairing(self, sign_in, cast, district):
        client = sign_in(cast.qian)
        posting = Posting.objects.get(user=cast.sun)
        data = {
            "level": "member",
            "user": cast.wang.pk,
            "posting": posting.pk,
            "starts_on": TODAY.isoformat(),
        }
        refused = client.post(address("pairing", "add"), data | {"level": "leader"})
        assert "社区方应为网格长" in refused.content.decode()
        assert client.post(address("pairing", "add"), data).status_code == 302
        pairing = Pairing.objects.get()
        page = address("pairing", "change", pairing.pk)
        assert client.post(page, {"ends_on": TODAY.isoformat()}).status_code == 302
        pairing.refresh_from_db()
        assert pairing.ends_on == TODAY


class TestBuildings:
    def test_a_building_a_dwelling_and_an_organization(self, sign_in, cast, district):
        client = sign_in(cast.qian)
        data = {"grid": district.grid_a.pk, "name": "1号楼", "kind": "apartment", "units": 2, "floors": 6}
        assert client.post(address("building", "add"), data).status_code == 302
        assert "本网格已有同名楼栋" in client.post(address("building", "add"), data).content.decode()
        door = {"building": Building.objects.get().pk, "unit": 2, "floor": 6, "room": "601"}
        assert client.post(address("dwelling", "add"), door).status_code == 302
        assert "只有 2 单元" in client.post(address("dwelling", "add"), door | {"unit": 3}).content.decode()
        assert (
            "只有 6 层"
            in client.post(address("dwelling", "add"), door | {"floor": 7, "room": "701"}).content.decode()
        )
        assert Dwelling.objects.count() == 1
        school = {
            "grid": district.grid_a.pk,
            "name": "测试小学",
            "type": "school",
            "headcount": "",
            "credit_code": "",
        }
        assert (
            client.post(address("organization", "add"), school | {"contact": "", "phone": ""}).status_code
            == 302
        )
        assert Organization.objects.get().grid == district.grid_a

    def test_not_in_a_grid_out_of_scope(self, sign_in, cast, district):
        data = {"grid": district.grid_b.pk, "name": "1号楼", "kind": "apartment", "units": 2, "floors": 6}
        assert sign_in(cast.qian).post(address("building", "add"), data).status_code == 200
        assert not Building.objects.exists()


def test_a_micro_grid_is_listed_with_its_level(sign_in, cast, district):
    micro = MicroGridFactory(parent=district.grid_a)
    page = sign_in(cast.zhou).get(address("grid")).content.decode()
    assert micro.code in page
    assert "微网格" in page
