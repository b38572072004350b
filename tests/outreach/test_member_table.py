"""The member detail table and the pairing report: who stands in them, for whom, as pages and as files."""

import datetime as dt
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.models import ReadLog
from grids.choices import PairingLevel
from grids.models import Grid, Pairing
from grids.queries.gaps import standing_pairings
from outreach.queries.member_table import grids_listed, member_rows, pair_counts, pair_rows, people_paired
from tests.factories.grids import GridFactory, GridResponsibilityFactory, PostingFactory
from tests.factories.teams import LONG_AGO, TeamFactory, TeamMembershipFactory, UserFactory

ON = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(noon):
    """The day of the table."""


def sheet_of(answer) -> list[tuple]:
    assert answer.status_code == 200
    return list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))


def pair(user, posting, level, **days) -> Pairing:
    return Pairing.objects.create(level=level, user=user, posting=posting, starts_on=LONG_AGO, **days)


def test_a_line_has_everybody_of_the_grid(cast, district, people):
    specialist = UserFactory(name="刘专家", specialty="心内科", institution=cast.hospital)
    TeamMembershipFactory(
        team=cast.team_a,
        user=specialist,
        is_dispatched=True,
        home_institution=cast.hospital,
        profession="specialist",
    )
    (line,) = member_rows(list(grids_listed(cast.he, on=ON)), on=ON)
    assert line.grid == district.grid_a
    assert (line.community_steward, line.leader) == (people.steward_post, people.leader_post)
    assert line.sentinels == (people.sentinel, people.other), "micro-grids stand in the line of their grid"
    assert line.team == cast.team_a
    assert line.stewards == (cast.qian,)
    assert line.team_leader.user == cast.li
    assert [one.user for one in line.members] == [cast.wang]
    assert [one.user for one in line.specialists] == [specialist]
    assert line.remark == ""


def test_what_is_missing_stands_in_the_remark(cast, district):
    bare = GridFactory(village=district.village_a)
    (line,) = member_rows([bare], on=ON)
    assert line.remark == "无责任团队；无健康管家；无网格长；无健康哨兵"


def test_a_micro_grid_of_another_team_is_told(cast, district, people):
    GridResponsibilityFactory(grid=people.other.grid, team=cast.team_b)
    (line,) = member_rows([district.grid_a], on=ON)
    assert line.remark == f"{people.other.grid.name}由赵医生团队负责"


def test_the_table_is_of_its_day(cast, district, people):
    people.sentinel.ends_on = ON - DAY
    people.sentinel.save(update_fields=["ends_on"])
    (now,) = member_rows([district.grid_a], on=ON)
    (then,) = member_rows([district.grid_a], on=ON - DAY)
    assert people.sentinel not in now.sentinels
    assert people.sentinel in then.sentinels


def test_each_sees_his_own_grids(cast, district, people):
    assert list(grids_listed(cast.zhou, on=ON)) == [district.grid_a, district.grid_b]
    assert list(grids_listed(cast.he, on=ON)) == [district.grid_a]
    assert list(grids_listed(cast.wu, on=ON)) == [district.grid_b]
    assert list(grids_listed(cast.li, on=ON)) == [district.grid_a]
    assert list(grids_listed(cast.zhou, on=ON, township="371002002")) == [district.grid_b]
    assert list(grids_listed(cast.zhou, on=ON, team=cast.team_b.pk)) == [district.grid_b]


def test_the_number_of_queries_does_not_grow(cast, district, people, django_assert_num_queries):
    with django_assert_num_queries(5):
        member_rows(list(Grid.objects.filter(pk=district.grid_a.pk).select_related("village__parent")), on=ON)
    for _ in range(5):
        grid = GridFactory(village=district.village_a)
        GridResponsibilityFactory(grid=grid, team=TeamFactory(institution=cast.institution_a))
        PostingFactory.create_batch(2, grid=grid)
    with django_assert_num_queries(5):
        assert (
            len(member_rows(list(Grid.objects.filter(parent=None).select_related("village__parent")), on=ON))
            == 7
        )


def test_the_page_and_the_file_say_the_same(cast, people, sign_in):
    client = sign_in(cast.he)
    page = client.get(reverse("member-table")).content.decode()
    for word in ("冯网格长", "郑管家", "孙网格员", "李医生团队", "钱主任"):
        assert word in page
    rows = sheet_of(client.get(reverse("member-table"), {"export": "1"}))
    assert rows[0][0] == "成员明细表"
    assert len(rows) == 4
    assert rows[2][:4] == ("序号", "镇街", "村居", "网格编码")
    line = dict(zip(rows[2], rows[3], strict=True))
    assert line["序号"] == 1
    assert line["镇街"] == "环翠楼街道"
    assert line["网格长"] == "冯网格长"
    assert line["健康哨兵（来源、电话）"] == "孙网格员（热心居民）13900000001；韩楼长（楼长）13900000001"
    assert line["机构家医管家"] == "钱主任"
    assert line["团队长"] == "李医生"
    assert line["团队成员（岗位、专业特长、电话）"] == "王护士（护士）13900000000"
    assert line["备注"] is None


def test_the_download_is_logged(cast, people, sign_in):
    client = sign_in(cast.he)
    client.get(reverse("member-table"), {"export": "1"})
    client.get(reverse("member-pairings"), {"export": "1"})
    found = list(ReadLog.objects.order_by("pk").values_list("action", "subject", "page"))
    assert found == [("export", "posting", "member-table"), ("export", "posting", "member-pairings")]
    assert people.sentinel.pk in ReadLog.objects.first().subject_ids


def test_a_day_to_come_is_refused(cast, people, sign_in):
    page = sign_in(cast.he).get(reverse("member-table"), {"on": "2026-11-23"})
    assert page.status_code == 200
    assert "截至日期不能晚于今天" in page.content.decode()


@pytest.mark.parametrize("who", ["sun", "steward", "leader"])
def test_grid_people_have_no_table(cast, people, who, sign_in):
    user = cast.sun if who == "sun" else getattr(people, who)
    for name in ("member-table", "member-pairings", "grid-map"):
        assert sign_in(user).get(reverse(name)).status_code == 403


def test_the_pairs_of_the_three_levels(cast, district, people):
    pair(cast.qian, people.steward_post, PairingLevel.STEWARD)
    pair(cast.li, people.leader_post, PairingLevel.LEADER)
    pair(cast.wang, people.other, PairingLevel.MEMBER)
    rows = pair_rows(people_paired(cast.he, on=ON), on=ON)
    found = {one.posting: [pairing.user for pairing in one.pairings] for one in rows}
    assert found == {
        people.steward_post: [cast.qian],
        people.leader_post: [cast.li],
        people.sentinel: [],
        people.other: [cast.wang],
    }
    assert pair_counts(people_paired(cast.he, on=ON), on=ON) == {
        PairingLevel.STEWARD: (1, 1),
        PairingLevel.LEADER: (1, 1),
        PairingLevel.MEMBER: (1, 2),
    }
    assert list(people_paired(cast.he, on=ON, missing=True)) == [people.sentinel]
    assert list(people_paired(cast.he, on=ON, level="leader")) == [people.leader_post]
    assert not people_paired(cast.wu, on=ON).exists()


def test_a_pair_whose_half_has_gone_is_missing(cast, district, people):
    """The gaps report and this one count the same."""
    pair(cast.wang, people.leader_post, PairingLevel.LEADER)  # a member, not the leader
    pair(cast.zhao, people.sentinel, PairingLevel.MEMBER)  # of a team that is elsewhere
    pair(cast.li, people.steward_post, PairingLevel.STEWARD)  # no steward
    over = pair(cast.wang, people.other, PairingLevel.MEMBER, ends_on=ON - DAY)
    assert not standing_pairings(on=ON).exists()
    assert list(standing_pairings(on=ON - DAY)) == [over]
    assert people_paired(cast.he, on=ON, missing=True).count() == 4


def test_the_pairing_page_and_file(cast, people, sign_in):
    pair(cast.li, people.leader_post, PairingLevel.LEADER)
    client = sign_in(cast.he)
    page = client.get(reverse("member-pairings")).content.decode()
    assert "李医生" in page
    assert "未结对" in page
    page = client.get(reverse("member-pairings"), {"missing": "on"}).content.decode()
    assert "冯网格长" not in page
    rows = sheet_of(client.get(reverse("member-pairings"), {"export": "1", "level": "leader"}))
    line = dict(zip(rows[2], rows[3], strict=True))
    assert (line["社区方姓名"], line["医疗机构方姓名"], line["结对情况"]) == ("冯网格长", "李医生", "已结对")
    assert len(rows) == 4


def test_pages_have_a_bounded_number_of_queries(
    cast, district, people, sign_in, django_assert_max_num_queries
):
    for _ in range(6):
        PostingFactory(grid=GridFactory(village=district.village_a))
    client = sign_in(cast.he)
    for name in ("member-table", "member-pairings", "grid-map"):
        client.get(reverse(name))
        with django_assert_max_num_queries(24):
            client.get(reverse(name))
