"""The pages of the calendar and of one visit, as their readers see them."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import ReadLog
from outreach.actions.planning_visits import miss_visits
from outreach.actions.visit_hours import start_visit
from outreach.choices import VisitKind, VisitState
from outreach.models import OutreachVisit, VisitCheckIn, VisitWork
from tests.factories.care import ensure_care, record_visit
from tests.factories.contracts import ensure_wording
from tests.factories.residents import ResidentFactory
from tests.factories.visits import POLICY
from tests.outreach.visiting import DAY, at, planned, point_in

pytestmark = pytest.mark.django_db
D = dt.timedelta(days=1)


@pytest.fixture
def visit(cast, district, noon):
    return planned(cast.li, cast.team_a, point=point_in(district.grid_a))


@pytest.fixture
def going(cast, visit):
    return start_visit(by=cast.li, on=DAY, now=at(9), visit=visit)


@pytest.fixture
def resident(cast, district):
    ensure_wording()
    return ResidentFactory(name="王建国", grid=district.grid_a, managing_team=cast.team_a)


def text(answer) -> str:
    return answer.content.decode()


def test_the_calendar_shows_the_own_week_first(cast, visit, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.li)
    client.get("/visits/")
    with django_assert_max_num_queries(22):
        page = text(client.get("/visits/"))
    assert "第 47 周" in page and "党群服务中心" in page and "家庭医生工作日" in page
    assert "党群服务中心" not in text(client.get("/visits/", {"week": "2026-11-23"}))
    assert "党群服务中心" in text(client.get("/visits/", {"day": "2026-11-22", "kind": "patrol"}))
    assert "党群服务中心" not in text(client.get("/visits/", {"day": "2026-11-22", "kind": "activity"}))
    assert client.get("/visits/", {"week": "nonsense", "team": "x"}).status_code == 200
    assert "党群服务中心" in text(sign_in(cast.zhou).get("/visits/"))
    assert "党群服务中心" not in text(sign_in(cast.zhao).get("/visits/", {"all": "1"}))


def test_a_work_day_is_planned_and_its_month_told(cast, district, noon, sign_in):
    client = sign_in(cast.li)
    assert "家庭医生工作日" in text(client.get("/visits/new/"))
    address = "/visits/new/?kind=work_day&day=2026-11-24"
    assert 'value="2026-11-24"' in text(client.get(address))
    sent = {
        "on": "2026-11-24", "begins_at": "09:00", "closes_at": "11:00", "weeks": "1", "grids": [district.grid_a.pk],
        "staff": [cast.li.pk], "client_token": uuid.uuid4(), "topic": "义诊",
    }  # fmt: skip
    assert "请选要去的网格" in text(client.post(address, {**sent, "grids": []}))
    answer = client.post(address, sent, follow=True)
    assert "已排入日历" in text(answer)
    made = OutreachVisit.objects.get()
    assert (made.kind, made.team, list(made.grids.all())) == (
        VisitKind.WORK_DAY,
        cast.team_a,
        [district.grid_a],
    )
    assert client.post(address, sent).url == reverse("visit-detail", args=[made.pk])  # sent again
    page = client.get(f"/visits/{made.pk}/edit/")
    assert "义诊" in text(page)
    client.post(f"/visits/{made.pk}/edit/", {**sent, "topic": "送医下乡"})
    assert OutreachVisit.objects.get().topic == "送医下乡"


def test_a_day_that_is_past_leads_on_to_what_was_done(cast, noon, sign_in):
    sent = {
        "on": "2026-11-20", "begins_at": "09:00", "closes_at": "11:00", "weeks": "1", "staff": [cast.li.pk],
        "place": "广场", "client_token": uuid.uuid4(),
    }  # fmt: skip
    answer = sign_in(cast.li).post("/visits/new/?kind=activity", sent)
    made = OutreachVisit.objects.get()
    assert answer.url == reverse("visit-end", args=[made.pk])
    times = {
        "began_at": "09:00",
        "ended_at": "10:30",
        "present": [cast.li.pk],
        "visitors": "20",
        "handout_leaflet": "40",
    }
    sign_in(cast.li).post(answer.url, times)
    made.refresh_from_db()
    assert (made.state, made.visitors, made.handouts) == (VisitState.DONE, 20, {"leaflet": 40})


def test_from_start_to_end_with_a_person_measured(cast, visit, resident, sign_in):
    client = sign_in(cast.li)
    assert "到了现场就点“开始”" in text(client.get(f"/visits/{visit.pk}/"))
    client.post(f"/visits/{visit.pk}/start/", {"latitude": "x"})
    visit.refresh_from_db()
    assert visit.state == VisitState.ONGOING
    assert "回到正在进行的外出服务" in text(client.get("/visits/"))
    assert client.session["sign_channel"] == "service_point"
    found = client.post(f"/visits/{visit.pk}/find/", {"q": "王建国"}, follow=True)
    assert reverse("visit-person", args=[visit.pk, resident.pk]) in text(found)
    assert "王建国" not in found.redirect_chain[0][0]
    address = reverse("visit-person", args=[visit.pk, resident.pk])
    assert "随访箱测量" in text(client.get(address))
    line = {"client_token": uuid.uuid4(), "sbp": "228", "dbp": "82", "glucose": "", "when": "glucose_random"}
    asked = text(client.post(address, line))
    assert 'name="confirmed" value="sbp"' in asked and 'value="228"' in asked
    client.post(address, {**line, "confirmed": ["sbp"]})
    client.post(address, {**line, "confirmed": ["sbp"]})
    assert VisitWork.objects.get().service == "pressure"
    assert ReadLog.objects.filter(page="visit-person", subject_ids__contains=[resident.pk]).exists()
    page = text(client.get(f"/visits/{visit.pk}/end/"))
    assert "逐人登记的人数" in page
    times = {"began_at": "09:00", "ended_at": "11:00", "present": [cast.li.pk], "visitors": "3"}
    assert "已逐人登记 1 人" in text(client.post(f"/visits/{visit.pk}/end/", times))
    done = client.post(f"/visits/{visit.pk}/end/", {**times, "count_pressure": "3"}, follow=True)
    assert "已登记完成" in text(done) and "测血压" in text(done)
    assert "回到正在进行的外出服务" not in text(client.get("/visits/"))


def test_an_unreadable_value_is_told_beside_it(cast, going, resident, sign_in):
    address = reverse("visit-person", args=[going.pk, resident.pk])
    line = {"client_token": uuid.uuid4(), "sbp": "", "dbp": "", "glucose": "abc", "when": "glucose_fasting"}
    assert "id_glucose_error" in text(sign_in(cast.li).post(address, line))
    assert "请至少填写一项测量值" in text(sign_in(cast.li).post(address, {**line, "glucose": ""}))


def test_other_teams_find_nothing_and_others_may_only_look(cast, going, resident, sign_in):
    for path in ("", "edit/", "end/", f"people/{resident.pk}/"):
        assert sign_in(cast.zhao).get(f"/visits/{going.pk}/{path}").status_code == 404
    for user in (cast.qian, cast.zhou, cast.he):
        assert sign_in(user).get(f"/visits/{going.pk}/").status_code == 200
        assert sign_in(user).get(f"/visits/{going.pk}/end/").status_code == 403
        assert sign_in(user).post(f"/visits/{going.pk}/start/").status_code == 403
    assert sign_in(cast.sun).get(f"/visits/{going.pk}/").status_code == 403
    assert sign_in(cast.shen).get("/visits/").status_code == 403


def test_the_bureau_sees_numbers_and_no_persons(cast, going, resident, sign_in):
    client = sign_in(cast.li)
    address = reverse("visit-person", args=[going.pk, resident.pk])
    client.post(address, {"client_token": uuid.uuid4(), "sbp": "128", "dbp": "82", "when": "glucose_random"})
    assert "王*国" in text(client.get(f"/visits/{going.pk}/"))
    assert "王*国" not in text(sign_in(cast.zhou).get(f"/visits/{going.pk}/"))


def test_counting_and_taking_out(cast, going, resident, sign_in):
    work = VisitWork.objects.create(
        visit=going, kind="resident", key=f"resident:{resident.pk}", service="record", resident=resident,
        added_by=cast.li, added_at=timezone.now(),
    )  # fmt: skip
    assert sign_in(cast.zhao).post(f"/visits/works/{work.pk}/uncount/").status_code == 404
    client = sign_in(cast.li)
    client.post(f"/visits/works/{work.pk}/uncount/")
    assert not VisitWork.objects.exists()
    assert "没有新计入的" in text(
        client.post(f"/visits/{going.pk}/count/", {"keys": ["record:1"]}, follow=True)
    )


def test_what_was_made_elsewhere_is_offered_to_who_may_count_it(cast, going, resident, sign_in):
    ensure_care()
    record_visit(resident, cast.li, on=DAY, mode="community")
    offer = "本次期间在其他页面登记的"
    assert offer in text(sign_in(cast.li).get(f"/visits/{going.pk}/"))
    assert offer not in text(sign_in(cast.qian).get(f"/visits/{going.pk}/"))  # looks only


def test_another_visit_called_off_leaves_the_way_back(cast, district, visit, sign_in):
    client = sign_in(cast.li)
    client.post(f"/visits/{visit.pk}/start/")
    other = planned(cast.li, cast.team_a, point=point_in(district.grid_a, "便民小屋"))
    client.post(f"/visits/{other.pk}/cancel/", {"note": "误登记"})
    assert client.session["running_visit"]["pk"] == visit.pk
    client.post(f"/visits/{visit.pk}/cancel/", {"note": "误登记"})
    assert "running_visit" not in client.session


def test_after_the_days_of_the_policy_it_may_only_be_looked_at(cast, going, sign_in):
    client = sign_in(cast.li)
    assert "找人登记" in text(client.get(f"/visits/{going.pk}/"))
    OutreachVisit.objects.update(on=DAY.replace(day=14))
    page = text(client.get(f"/visits/{going.pk}/"))
    assert "找人登记" not in page and "结束本次服务" not in page and "取消这次服务" not in page


def test_calling_off_needs_a_reason(cast, visit, sign_in):
    client = sign_in(cast.li)
    assert "请写明取消的原因" in text(client.post(f"/visits/{visit.pk}/cancel/", {"note": ""}, follow=True))
    assert "已取消" in text(client.post(f"/visits/{visit.pk}/cancel/", {"note": "暴雨"}, follow=True))


def test_a_grid_worker_sees_who_comes_and_checks_in_once(cast, visit, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.sun)
    client.get("/g/visits/")
    with django_assert_max_num_queries(20):
        page = text(client.get("/g/visits/"))
    assert "党群服务中心" in page and "我在现场，签到" in page
    sent = {"client_token": uuid.uuid4(), "typed_at": "2026-11-22T09:30:00+08:00"}
    headers = {"X-Outbox": "1", "X-Outbox-Owner": str(cast.sun.pk)}
    for _ in range(2):
        answer = client.post(f"/g/visits/{visit.pk}/", sent, headers=headers)
        assert answer.json()["state"] == "saved"
    row = VisitCheckIn.objects.get()
    assert (row.posting.user, row.typed_at) == (cast.sun, at(9, 30))
    assert "已签到" in text(client.get("/g/visits/"))
    assert sign_in(cast.li).get("/g/visits/").status_code == 403


def test_a_refused_check_in_says_why(cast, district, noon, sign_in):
    coming = planned(cast.li, cast.team_a, point=point_in(district.grid_a), day=DAY.replace(day=25))
    client = sign_in(cast.sun)
    sent = {"client_token": uuid.uuid4()}
    headers = {"X-Outbox": "1", "X-Outbox-Owner": str(cast.sun.pk)}
    answer = client.post(f"/g/visits/{coming.pk}/", sent, headers=headers)
    assert answer.status_code == 422 and "还没有到服务日期" in answer.json()["errors"][""][0]
    assert "还没有到服务日期" in text(client.post(f"/g/visits/{coming.pk}/", sent))
    elsewhere = planned(cast.zhao, cast.team_b, point=point_in(district.grid_b))
    assert client.post(f"/g/visits/{elsewhere.pk}/", sent).status_code == 404


def test_begun_and_never_ended_is_told_as_such(cast, going, sign_in):
    client = sign_in(cast.li)
    assert "09:00 开始，进行中" in text(client.get(f"/visits/{going.pk}/"))
    miss_visits(on=DAY + 8 * D, policy=POLICY)
    page = text(client.get(f"/visits/{going.pk}/"))
    assert "已开始未登记结束" in page and "09:00 开始，未登记结束" in page and "进行中" not in page
    calendar = client.get("/visits/", {"week": "2026-11-22"})
    assert calendar.context["calendar"].tally == [("已开始未登记结束", 1)]
    assert "未开展" not in text(calendar)
    OutreachVisit.objects.update(began_at=None)
    assert "未开展" in text(client.get(f"/visits/{going.pk}/"))
    assert client.get("/visits/", {"week": "2026-11-22"}).context["calendar"].tally == [("未开展", 1)]
