"""A real browser against a real server. Without a chromium these tests are skipped, loudly (see the make output)."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread
from uuid import UUID

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from residents.supervising import supervise
from teams.models import User
from tests.factories import community
from tests.factories.teams import PASSWORD
from tests.residents.rosters.processes import environment

# Playwright's loop lives in this thread; Django would otherwise refuse the fixtures' queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("FDCS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        pytest.skip("未找到 Chromium，浏览器测试跳过")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """One person at one browser: signs in, keeps screenshots, and fails on any script or policy error."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.errors.append(message.text)

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def sign_in(self, username: str, password: str) -> Page:
        page = self.go("/login/")
        page.get_by_label("登录名").fill(username)
        page.get_by_label("密码").fill(password)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("button", name="退出")).to_be_attached()
        return page

    def keep(self, name: str) -> None:
        """Save a picture when FDCS_SCREENSHOTS names a folder (``make screenshots``)."""
        folder = os.environ.get("FDCS_SCREENSHOTS")
        if folder:
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


@pytest.fixture
def visit(browser: Browser, live_server) -> Iterator:
    """visit(size) -> a Visitor with a fresh browser profile."""
    visitors: list[Visitor] = []

    def enter(size: dict | None = None) -> Visitor:
        context = browser.new_context(viewport=size or DESK, locale="zh-CN", timezone_id="Asia/Shanghai")
        visitors.append(Visitor(context.new_page(), live_server.url))
        return visitors[-1]

    yield enter
    errors = [error for one in visitors for error in one.errors]
    for one in visitors:
        one.page.context.close()
    assert not errors, f"browser reported: {errors}"


@pytest.fixture
def phone(visit, cast) -> Visitor:
    """孙网格员 on his telephone, signed in."""
    visitor = visit(PHONE)
    visitor.sign_in(cast.sun.username, PASSWORD)
    return visitor


@pytest.fixture
def neighbour(district) -> User:
    """A second sentinel of the same grid, who borrows the telephone."""
    return community.sentinel(district.grid_a, "jiang").user


@pytest.fixture
def worker(live_server, monkeypatch) -> Iterator[None]:
    """A worker beside the server: what Celery would do, in a thread, with real child processes."""
    asked: Queue[UUID | None] = Queue()
    for place in ("waking", "supervising", "tasks"):
        monkeypatch.setattr(f"residents.{place}.wake", asked.put)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)

    def work() -> None:
        while roster_id := asked.get():
            supervise(roster_id)
        connections.close_all()

    thread = Thread(target=work)
    thread.start()
    yield
    asked.put(None)
    thread.join(60)
