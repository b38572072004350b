"""Posters of a whole month: asked for, drawn in lots, taken up again, packed, cleared."""

import datetime as dt
import io
import threading
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from contracts.printing.pdf import CannotPrint
from outreach import tasks
from outreach.actions import poster_runs
from outreach.actions.poster_runs import CannotDrawPosters, ask_posters, clear_poster_runs, draw_lot
from outreach.choices import PaperSize, RunState
from outreach.models import PosterRun, PosterSheet
from outreach.policy import OutreachPolicy
from outreach.queries.poster_runs import packed, runs_to_wake
from tests.factories.teams import TeamFactory
from tests.outreach.test_bulletin_pages import an_issue

pytestmark = pytest.mark.django_db
MONTH = dt.date(2026, 10, 1)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
BASE = "https://jiayi.example.gov.cn"


@pytest.fixture
def issues(noon, cast):
    """Three of institution A, one of B."""
    teams = [cast.team_a, *(TeamFactory(institution=cast.institution_a, name=f"第{n}团队") for n in (2, 3))]
    found = [
        an_issue(cast.institution_a, team, MONTH, f"aaaaaaa{n}") for n, team in enumerate(teams, start=2)
    ]
    return [*found, an_issue(cast.institution_b, cast.team_b, MONTH, "bbbbbbbb")]


@pytest.fixture
def drawn(monkeypatch):
    """What was drawn, without drawing; ``faults`` by code."""
    found = SimpleNamespace(links=[], faults={}, messages=[])

    def draw(bulletin, *, size, link):
        found.links.append(link)
        fault = found.faults.get(bulletin.code)
        if fault:
            raise fault
        return b"%PDF " + bulletin.code.encode()

    monkeypatch.setattr(poster_runs, "poster_pdf", draw)
    monkeypatch.setattr(tasks.draw_posters, "apply_async", lambda args, **_: found.messages.append(args))
    return found


def ask(by, **given) -> PosterRun:
    return ask_posters(**{"by": by, "now": NOW, "month": MONTH, "size": PaperSize.A4, "base": BASE} | given)


def work(run: PosterRun, *, at: dt.datetime = NOW, most: int = 20) -> bool:
    left = draw_lot(run=run.pk, clock=lambda: at, most=most)
    run.refresh_from_db()
    return left


class TestAsking:
    def test_of_everything_one_may_see(self, cast, issues, drawn, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            run = ask(cast.qian)
        assert set(run.issues) == {one.pk for one in issues[:3]}
        assert drawn.messages == [(run.pk,)]
        assert set(ask(cast.zhou).issues) == {one.pk for one in issues}

    def test_nothing_published(self, noon, cast, drawn):
        with pytest.raises(CannotDrawPosters) as refused:
            ask(cast.qian)
        assert refused.value.code == "nothing_published"

    def test_one_at_a_time_for_each_person(self, cast, issues, drawn):
        run = ask(cast.qian)
        with pytest.raises(CannotDrawPosters) as refused:
            ask(cast.qian, size=PaperSize.A3)
        assert refused.value.code == "run_under_way"
        ask(cast.zhou)
        work(run)
        ask(cast.qian, size=PaperSize.A3)


class TestDrawing:
    def test_in_lots_until_all_are_drawn(self, cast, issues, drawn):
        run = ask(cast.zhou)
        assert work(run, most=3)
        assert (run.state, run.made) == (RunState.WAITING, 3)
        assert not work(run, most=3)
        assert (run.state, run.made, run.message) == (RunState.DONE, 4, "共 4 张，全部生成。")
        assert sorted(drawn.links) == [
            f"{BASE}/p/d/{code}/" for code in ("aaaaaaa2", "aaaaaaa3", "aaaaaaa4", "bbbbbbbb")
        ]
        assert not work(run)
        assert len(drawn.links) == 4

    def test_one_that_cannot_be_drawn_does_not_hold_up_the_others(self, cast, issues, drawn):
        drawn.faults["aaaaaaa2"] = CannotPrint("failed", "没有生成成功。")
        run = ask(cast.zhou)
        assert not work(run)
        assert (run.state, run.made) == (RunState.DONE, 3)
        assert run.failed == {str(issues[0].pk): "没有生成成功。"}
        assert run.message == "共 4 张，生成 3 张，1 张没有成功。"

    def test_without_pango_it_ends_at_once(self, cast, issues, drawn):
        drawn.faults["aaaaaaa2"] = CannotPrint("no_pango", "没有组件。")
        run = ask(cast.qian)
        assert not work(run)
        assert (run.state, run.message, run.failed) == (RunState.FAILED, "没有组件。", {})

    def test_while_others_draw_it_waits(self, cast, issues, drawn):
        drawn.faults["aaaaaaa2"] = CannotPrint("busy", "忙")
        run = ask(cast.qian)
        assert work(run)
        assert (run.state, run.failed) == (RunState.WAITING, {})
        drawn.faults.clear()
        assert not work(run)
        assert run.made == 3

    def test_a_dead_worker_is_followed_by_another_that_goes_on(self, cast, issues, drawn):
        run = ask(cast.qian)
        work(run, most=1)
        drawn.faults["aaaaaaa3"] = KeyboardInterrupt()  # killed
        with pytest.raises(KeyboardInterrupt):
            work(run)
        drawn.faults.clear()
        run.refresh_from_db()
        assert run.state == RunState.RUNNING
        assert not work(run, at=NOW + MINUTE), "it may still live"
        assert runs_to_wake(now=NOW + MINUTE) == []
        assert runs_to_wake(now=NOW + 3 * MINUTE) == [run.pk]
        assert not work(run, at=NOW + 3 * MINUTE)
        assert (run.state, run.made, run.failed) == (RunState.DONE, 3, {})

    def test_a_poster_that_kills_its_worker_twice_is_left_out(self, cast, issues, drawn):
        run = ask(cast.qian)
        drawn.faults["aaaaaaa3"] = KeyboardInterrupt()
        for turn in range(2):
            with pytest.raises(KeyboardInterrupt):
                work(run, at=NOW + 3 * turn * MINUTE)
        assert not work(run, at=NOW + 9 * MINUTE)
        assert (run.state, run.made) == (RunState.DONE, 2)
        assert "两次都在生成时中断" in run.failed[str(issues[1].pk)]

    def test_a_lost_message_is_sent_again(self, cast, issues, drawn):
        run = ask(cast.qian, now=timezone.now() - 3 * MINUTE)
        tasks.restart_posters()
        assert drawn.messages == [(run.pk,)]

    def test_the_task_asks_for_the_next_lot(self, cast, issues, drawn, monkeypatch):
        run = ask(cast.qian)
        monkeypatch.setattr(poster_runs, "LOT", 2)
        monkeypatch.setattr(tasks, "draw_lot", lambda *, run, clock: draw_lot(run=run, clock=clock, most=2))
        tasks.draw_posters(run.pk)
        assert drawn.messages == [(run.pk,)]
        tasks.draw_posters(run.pk)
        run.refresh_from_db()
        assert (run.state, drawn.messages) == (RunState.DONE, [(run.pk,)])


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def at_once(self, deed, times=2):
        found, gate = [], threading.Barrier(times)

        def one():
            gate.wait()
            try:
                found.append(deed())
            except CannotDrawPosters as refusal:
                found.append(refusal.code)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    def test_two_clicks_one_run(self, cast, issues, drawn):
        found = self.at_once(lambda: ask(cast.qian).pk)
        assert found.count("run_under_way") == 1
        assert PosterRun.objects.count() == 1

    def test_two_workers_draw_each_poster_once(self, cast, issues, drawn):
        run = ask(cast.zhou)
        self.at_once(lambda: draw_lot(run=run.pk, clock=lambda: NOW))
        assert sorted(drawn.links) == sorted(set(drawn.links))
        assert PosterSheet.objects.count() == 4


class TestPages:
    def test_from_asking_to_the_file(self, cast, issues, drawn, sign_in):
        browser = sign_in(cast.qian)
        assert "2026年10月（3 期）" in browser.get("/disclosures/posters/?month=2026-10").content.decode()
        answer = browser.post("/disclosures/posters/", {"month": "2026-10", "size": "a3"})
        run = PosterRun.objects.get()
        page = f"/disclosures/posters/{run.token}/"
        assert (answer["Location"], run.base) == (page, "http://testserver")
        assert "0 / 3 张" in browser.get(page).content.decode()
        assert "0 / 3 张" in browser.get(f"{page}progress/").content.decode()
        assert browser.get(f"{page}file/").status_code == 404
        work(run)
        assert browser.get(f"{page}progress/")["HX-Refresh"] == "true"
        assert "下载 ZIP（3 张）" in browser.get(page).content.decode()
        answer = browser.get(f"{page}file/")
        assert "202610-A3.zip" in answer["Content-Disposition"]
        with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            assert [one[:4] for one in names] == ["001-", "002-", "003-"]
            assert all(one.endswith("团队-A3.pdf") for one in names)
            assert archive.read(names[0]).startswith(b"%PDF")

    def test_what_did_not_succeed_is_named(self, cast, issues, drawn, sign_in):
        drawn.faults["aaaaaaa2"] = CannotPrint("failed", "没有生成成功。")
        run = ask(cast.qian)
        work(run)
        html = sign_in(cast.qian).get(f"/disclosures/posters/{run.token}/").content.decode()
        assert "没有生成成功。" in html
        assert "环翠楼街道社区卫生服务中心-李医生团队" in html

    def test_nobody_sees_the_run_of_another(self, cast, issues, drawn, sign_in):
        run = ask(cast.qian)
        browser = sign_in(cast.zhou)
        for what in ("", "progress/", "file/"):
            assert browser.get(f"/disclosures/posters/{run.token}/{what}").status_code == 404
        assert "2026年10月</a>" not in browser.get("/disclosures/posters/").content.decode()

    def test_a_second_one_is_refused_at_the_form(self, cast, issues, drawn, sign_in):
        ask(cast.qian)
        answer = sign_in(cast.qian).post("/disclosures/posters/", {"month": "2026-10", "size": "a4"})
        assert "请等它完成" in answer.content.decode()

    def test_a_month_without_issues_cannot_be_asked_for(self, cast, issues, drawn, sign_in):
        answer = sign_in(cast.qian).post("/disclosures/posters/", {"month": "2026-09", "size": "a4"})
        assert answer.status_code == 200
        assert not PosterRun.objects.exists()

    def test_bounded_queries(self, cast, issues, drawn, sign_in, django_assert_max_num_queries):
        for _ in range(5):
            work(ask(cast.qian))
        browser = sign_in(cast.qian)
        with django_assert_max_num_queries(15):
            browser.get("/disclosures/posters/")


def test_cleared_after_the_days_it_is_kept(cast, issues, drawn, capsys):
    policy, today = OutreachPolicy(poster_keep_days=7), NOW.date()
    old = ask(cast.qian, now=NOW - dt.timedelta(days=8))
    work(old)
    kept = ask(cast.qian, now=NOW - dt.timedelta(days=7))
    assert clear_poster_runs(on=today, policy=policy, dry_run=True) == 1
    call_command("clear_posters", "--on", f"{today}", "--dry-run")
    assert "将清除 1 批海报" in capsys.readouterr().out
    assert clear_poster_runs(on=today, policy=policy) == 1
    assert list(PosterRun.objects.all()) == [kept]
    assert not PosterSheet.objects.exists()


def test_packing_reads_a_few_at_a_time(cast, issues, drawn, django_assert_num_queries):
    run = ask(cast.qian)
    work(run)
    with django_assert_num_queries(1):
        pieces = list(packed(run))
    assert len(pieces) == 4
