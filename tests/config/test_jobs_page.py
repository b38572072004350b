"""The management page of nightly jobs: what it tells, who may run one, and when it refuses."""

import datetime as dt

import pytest
import time_machine

from config.admin_jobs import duration, in_words, next_run
from config.jobs import JOBS
from core.jobs import JobStanding, running
from core.models import JobRun
from core.tasks import work_jobs

pytestmark = pytest.mark.django_db
PAGE = "/admin/core/jobrun/"
TODAY = dt.date(2026, 11, 22)
NINE = dt.datetime(2026, 11, 22, 1, 0, tzinfo=dt.UTC)  # nine in the morning of that day in Shanghai
NIGHT = dt.datetime(2026, 11, 21, 16, 10, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
S = JobRun.State
AGES = JOBS[0]


@pytest.fixture(autouse=True)
def at_nine():
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def woken(monkeypatch):
    asked = []
    monkeypatch.setattr(work_jobs, "apply_async", lambda **_: asked.append(1))
    return asked


def run(state=S.DONE, *, job=AGES.name, day=TODAY, **values):
    facts = {"started_at": NIGHT, "attempts": 1}
    if state == S.RUNNING:
        facts["lease_until"] = NINE + MINUTE
    if state in (S.DONE, S.FAILED):
        facts["finished_at"] = NIGHT + MINUTE
    return JobRun.objects.create(job=job, day=day, state=state, **facts | values)


class TestThePage:
    def test_every_job_with_what_it_did_and_when_it_runs_next(self, sign_in, cast):
        run(result={"begun": 12, "ended": 0})
        run(S.FAILED, job="follow-departures", failure="OperationalError", attempts=5)
        page = sign_in(cast.xu).get(PAGE)
        text = page.content.decode()
        assert [one.job for one, *_ in page.context_data["lines"]] == list(JOBS)
        assert all(job.label in text for job in JOBS)
        assert "新增标识 12" in text
        assert "出错（OperationalError），共试 5 次" in text
        assert "11-23 00:10" in text
        assert "还没有运行过" in text
        assert "每天 00:10 起" in text

    def test_a_bounded_number_of_queries(self, sign_in, cast, django_assert_max_num_queries):
        for job in JOBS:
            for days in range(40):
                run(job=job.name, day=TODAY - days * DAY)
        browser = sign_in(cast.xu)
        with django_assert_max_num_queries(12):
            assert browser.get(PAGE).status_code == 200
        with django_assert_max_num_queries(15):
            assert browser.get(f"{PAGE}runs/").status_code == 200

    def test_the_history_of_one_job(self, sign_in, cast):
        run(result={"begun": 7}, asked_by_id=cast.xu.pk)
        run(job="clear-drafts", result={"drafts": 3})
        text = sign_in(cast.xu).get(f"{PAGE}runs/?job={AGES.name}").content.decode()
        assert "新增标识 7" in text
        assert "徐管理员" in text
        assert "清除草稿 3" not in text

    def test_a_job_that_is_on_the_list_no_more_keeps_its_history(self, sign_in, cast):
        run(job="job-of-old")
        assert "job-of-old" in sign_in(cast.xu).get(f"{PAGE}runs/").content.decode()

    def test_it_stands_in_the_menu_of_those_who_may_look(self, sign_in, cast):
        for user, sees in ((cast.xu, True), (cast.zhou, True), (cast.qian, False)):
            assert (f'href="{PAGE}"' in sign_in(user).get("/admin/").content.decode()) == sees

    def test_the_bureau_looks_and_does_not_touch(self, sign_in, cast):
        browser = sign_in(cast.zhou)
        text = browser.get(PAGE).content.decode()
        assert AGES.label in text
        assert "立即运行" not in text
        assert browser.get(f"{PAGE}run/{AGES.name}/").status_code == 403
        assert browser.post(f"{PAGE}run/{AGES.name}/").status_code == 403
        assert not JobRun.objects.exists()

    def test_rows_are_written_by_nobody(self, sign_in, cast):
        browser, row = sign_in(cast.xu), run()
        assert browser.get(f"{PAGE}add/").status_code == 403
        assert browser.post(f"{PAGE}{row.pk}/change/", {"state": "waiting"}).status_code == 403
        assert browser.post(f"{PAGE}{row.pk}/delete/").status_code == 403
        assert browser.get(f"{PAGE}{row.pk}/change/").status_code == 200


class TestRunNow:
    def test_it_asks_first_and_then_wakes_a_worker(
        self, sign_in, cast, woken, django_capture_on_commit_callbacks
    ):
        run()
        browser, address = sign_in(cast.xu), f"{PAGE}run/{AGES.name}/"
        assert f"现在运行“{AGES.label}”吗" in browser.get(address).content.decode()
        assert JobRun.objects.get().state == S.DONE
        with django_capture_on_commit_callbacks(execute=True):
            answer = browser.post(address, follow=True)
        assert answer.redirect_chain == [(PAGE, 302)]
        assert "已安排运行" in answer.content.decode()
        row = JobRun.objects.get()
        assert (row.state, row.asked_by_id, row.attempts, woken) == (S.WAITING, cast.xu.pk, 0, [1])
        work_jobs()
        row.refresh_from_db()
        assert (row.state, row.attempts) == (S.DONE, 1)

    @pytest.mark.parametrize(
        ("state", "says"), [(S.RUNNING, "正在运行，请等它结束"), (S.WAITING, "已在排队")]
    )
    def test_while_it_runs_or_waits_it_is_refused_with_a_sentence(self, sign_in, cast, woken, state, says):
        run(state)
        page = sign_in(cast.xu).post(f"{PAGE}run/{AGES.name}/")
        assert page.status_code == 200
        assert says in page.content.decode()
        assert JobRun.objects.get().state == state
        assert woken == []

    def test_there_is_no_such_job(self, sign_in, cast):
        assert sign_in(cast.xu).post(f"{PAGE}run/no-such/").status_code == 404


class TestWords:
    @pytest.mark.parametrize(
        ("state", "values", "says"),
        [
            (S.DONE, {"result": {"begun": 1, "ended": 2}}, "新增标识 1，结束标识 2"),
            (S.DONE, {}, "没有需要处理的"),
            (S.RUNNING, {}, "正在运行"),
            (S.RUNNING, {"lease_until": NINE - MINUTE}, "运行中断，等待接手"),
            (S.WAITING, {}, "等待运行"),
            (S.WAITING, {"failure": running.INTERRUPTED}, "上次运行中断，等待重新运行"),
            (S.WAITING, {"day": TODAY - DAY}, "当天没有运行，由以后的运行补做"),
            (S.FAILED, {"failure": running.INTERRUPTED, "attempts": 5}, "多次运行中断，共试 5 次"),
        ],
    )
    def test_what_came_of_it(self, state, values, says):
        assert in_words(run(state, **values), NINE) == says

    @pytest.mark.parametrize(
        ("seconds", "says"),
        [(0.44, "0.4 秒"), (9.94, "9.9 秒"), (12.4, "12 秒"), (60, "1 分 0 秒"), (185, "3 分 5 秒")],
    )
    def test_duration(self, seconds, says):
        assert duration(run(finished_at=NIGHT + dt.timedelta(seconds=seconds))) == says

    @pytest.mark.parametrize(
        ("state", "values", "says"),
        [
            (None, {}, "几分钟内自动运行"),
            (S.DONE, {}, "11-23 00:10"),
            (S.DONE, {"day": TODAY - DAY}, "几分钟内自动运行"),
            (S.WAITING, {}, "轮到即运行"),
            (S.RUNNING, {}, "正在运行"),
            (S.FAILED, {"attempts": 4}, "几分钟内自动重试"),
            (S.FAILED, {"attempts": 5}, "11-23 00:10"),
        ],
    )
    def test_when_next(self, state, values, says):
        last = run(state, **values) if state else None
        assert next_run(JobStanding(AGES, last, 0), NINE) == says

    def test_before_its_hour_the_night_is_today(self):
        done = run(day=TODAY - DAY)
        assert next_run(JobStanding(AGES, done, 0), NIGHT - MINUTE) == "11-22 00:10"
