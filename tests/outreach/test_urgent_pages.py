"""Pages of urgent reports: the team's, the committee's on the telephone, and the list of who oversees (S2-27)."""

import datetime as dt

import pytest

from core.models import ReadLog
from outreach.choices import AckSide, ReportKind
from outreach.models import GridReport, ReportAck
from tests.factories.community import leader, steward
from tests.factories.grids import GridFactory, GridResponsibilityFactory
from tests.factories.reports import report_from

NIGHT = dt.datetime(2026, 11, 22, 18, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NIGHT, tick=False)
    return time_machine


@pytest.fixture
def people(cast, district):
    cast.feng = leader(district.grid_a).user
    cast.zheng = steward(district.village_a).user
    return cast


@pytest.fixture
def report(people) -> GridReport:
    more = {"phone": "13906310001", "description": "在楼下砸东西"}
    return report_from(people.sun, ReportKind.URGENT, now=NIGHT, **more)


class TestTeam:
    def test_call_first_then_one_tap(self, people, report, sign_in):
        client, url = sign_in(people.wang), f"/whistles/urgent/{report.pk}/"
        page = client.get(url).content.decode()
        assert page.index("tel:110") < page.index("tel:120") < page.index("团队已收到")
        for words in (
            "刘桂兰",
            "3号楼2单元101",
            "13906310001",
            "在楼下砸东西",
            "还剩 30 分钟",
            "网格长 feng",
        ):
            assert words in page
        assert client.post(url).status_code == 302
        assert ReportAck.objects.get(side=AckSide.TEAM).acked_by == people.wang
        page = client.get(url).content.decode()
        assert "团队已收到" not in page
        assert "02:00 已确认" in page

    def test_a_team_that_covers_the_grid_by_now_has_the_button(self, people, district, sign_in):
        grid = GridFactory(village=district.village_a)
        report = report_from(people.sun, ReportKind.URGENT, now=NIGHT, grid=grid)
        GridResponsibilityFactory(grid=grid, team=people.team_b)
        client, url = sign_in(people.zhao), f"/whistles/urgent/{report.pk}/"
        assert "团队已收到" in client.get(url).content.decode()
        client.post(url)
        assert ReportAck.objects.get(report=report, side=AckSide.TEAM).acked_by == people.zhao

    def test_each_look_is_in_the_log(self, people, report, sign_in):
        sign_in(people.li).get(f"/whistles/urgent/{report.pk}/")
        log = ReadLog.objects.get(subject="report")
        assert (log.action, log.subject_ids, log.page) == ("reveal", [report.pk], "whistle-urgent")

    def test_who_may_not(self, people, report, sign_in):
        url = f"/whistles/urgent/{report.pk}/"
        for who, status in ((people.zhao, 404), (people.qian, 404), (people.zhou, 403), (people.he, 403),
                            (people.sun, 403), (people.feng, 403)):  # fmt: skip
            assert sign_in(who).get(url).status_code == status
            assert sign_in(who).post(url).status_code == status
        assert not ReportAck.objects.filter(acked_at__isnull=False).exists()

    def test_an_ordinary_report_has_no_such_page(self, people, sign_in):
        other = report_from(people.sun, ReportKind.NEED, now=NIGHT)
        assert sign_in(people.li).get(f"/whistles/urgent/{other.pk}/").status_code == 404

    def test_late_and_over(self, people, report, sign_in, clock):
        clock.move_to(NIGHT + 45 * MINUTE, tick=False)
        client, url = sign_in(people.li), f"/whistles/urgent/{report.pk}/"
        assert "超时 15 分钟" in client.get(url).content.decode()
        GridReport.objects.update(state="withdrawn", ended_at=NIGHT)
        assert "已经结束" in client.post(url, follow=True).content.decode()


class TestList:
    def test_places_and_clocks_but_no_person(self, people, report, sign_in):
        for who in (people.li, people.qian, people.he, people.zhou):
            page = sign_in(who).get("/whistles/urgent/").content.decode()
            assert "东北村社区" in page
            assert "还剩 30 分钟" in page
            assert people.team_a.phone in page
            for words in ("刘桂兰", "3号楼", "13906310001", "砸东西", "精神"):
                assert words not in page
            assert (f"/whistles/urgent/{report.pk}/" in page) is (who == people.li)
        assert not ReadLog.objects.exists()

    def test_scope_and_roles(self, people, report, sign_in):
        assert "没有未结束" in sign_in(people.zhao).get("/whistles/urgent/").content.decode()
        for who in (people.sun, people.feng, people.xu, people.shen):
            assert sign_in(who).get("/whistles/urgent/").status_code == 403

    def test_ended_ones_on_demand(self, people, report, sign_in):
        GridReport.objects.update(state="withdrawn", ended_at=NIGHT)
        client = sign_in(people.li)
        assert "没有未结束" in client.get("/whistles/urgent/").content.decode()
        assert "东北村社区" in client.get("/whistles/urgent/?state=all").content.decode()

    def test_queries_do_not_grow(self, people, report, sign_in, django_assert_max_num_queries):
        client = sign_in(people.li)
        client.get("/whistles/urgent/")
        for _ in range(6):
            report_from(people.sun, ReportKind.URGENT, now=NIGHT)
        with django_assert_max_num_queries(26):
            client.get("/whistles/urgent/")


class TestCommittee:
    def test_call_first_then_one_tap(self, people, report, sign_in):
        client, url = sign_in(people.zheng), f"/g/urgent/{report.pk}/"
        assert "还剩 30 分钟" in client.get("/g/urgent/").content.decode()
        page = client.get(url).content.decode()
        assert page.index("tel:110") < page.index("tel:120") < page.index("村居已收到")
        for words in ("3号楼2单元101", "在楼下砸东西", people.team_a.phone, people.sun.phone):
            assert words in page
        assert client.post(url).status_code == 302
        assert ReportAck.objects.get(side=AckSide.COMMITTEE).acked_by == people.zheng
        assert "村居已收到" not in client.get(url).content.decode()
        assert "村居已确认" in sign_in(people.feng).get("/g/urgent/").content.decode()
        assert ReadLog.objects.filter(page="grid-urgent", subject="report").count() == 2

    def test_others(self, people, report, district, sign_in):
        url = f"/g/urgent/{report.pk}/"
        elsewhere = leader(district.grid_b, "wei").user
        assert sign_in(elsewhere).get(url).status_code == 404
        assert sign_in(elsewhere).post(url).status_code == 404
        for who in (people.sun, people.li, people.zhou):
            assert sign_in(who).get(url).status_code == 403
        assert "没有紧急上报" in sign_in(elsewhere).get("/g/urgent/").content.decode()

    def test_when_it_is_over_nobody_reads_who_it_was(self, people, report, sign_in):
        GridReport.objects.update(state="closed", outcome="referred", ended_at=NIGHT)
        client, url = sign_in(people.feng), f"/g/urgent/{report.pk}/"
        page = client.get(url).content.decode()
        assert "东北村社区" in page
        assert "已经结束" in page
        for words in ("刘桂兰", "3号楼", "13906310001", "砸东西", "情绪行为"):
            assert words not in page
        assert "3号楼" not in client.get("/g/urgent/").content.decode()

    def test_what_one_sent_oneself_is_for_the_other(self, people, sign_in):
        own = report_from(people.feng, ReportKind.URGENT, now=NIGHT)
        assert sign_in(people.feng).get(f"/g/urgent/{own.pk}/").status_code == 404
        assert sign_in(people.zheng).get(f"/g/urgent/{own.pk}/").status_code == 200

    def test_over_before_the_tap(self, people, report, sign_in):
        GridReport.objects.update(state="withdrawn", ended_at=NIGHT)
        page = sign_in(people.feng).post(f"/g/urgent/{report.pk}/", follow=True).content.decode()
        assert "已经结束" in page

    def test_queries_do_not_grow(self, people, report, sign_in, django_assert_max_num_queries):
        client = sign_in(people.feng)
        client.get("/g/urgent/")
        for _ in range(6):
            report_from(people.sun, ReportKind.URGENT, now=NIGHT)
        with django_assert_max_num_queries(20):
            client.get("/g/urgent/")
