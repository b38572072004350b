"""Every page of /g/ after axe (WCAG 2.1 AA): light and dark, large type, nothing wider than a phone of 320 px.

The pages are found in the map of doors: a new one is tested, or named here with the reason why not.
"""

import datetime as dt
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.models import PolicySetting
from outreach.actions.errands import order_errand, take_errand
from outreach.actions.visits import plan_visit
from outreach.choices import ErrandKind, ReportKind, VisitKind
from residents.choices import Population
from teams.models import User
from tests.factories import community
from tests.factories.reports import report_from
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.journeys.conftest import Visitor
from tests.journeys.people import Company

pytestmark = pytest.mark.django_db(transaction=True)
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]},
    "resultTypes": ["violations"],
}
NARROW, USUAL = {"width": 320, "height": 640}, {"width": 390, "height": 844}
# CSS pixels of height; a line of text that is a link may be less than a button.
LEAST_CONTROL, LEAST_LINK = 60, 44
ONLY_POSTED = {
    "grid-large-type",
    "grid-practice",
    "grid-mine-withdraw",
    "grid-leave-end",
    "grid-check-in",
    "grid-errand-take",
}
NO_PAGE = {"grid-ping": "answers a script"}
SMALL_TARGETS = """([control, link]) => Array.from(document.querySelectorAll("button, summary, select, textarea, input, a"))
  .filter((one) => one.checkVisibility ? one.checkVisibility() : one.offsetParent)
  .filter((one) => !one.matches(".skip-link, [type=hidden], [type=checkbox], [type=radio], p a"))
  .filter((one) => { const box = one.getBoundingClientRect(); const least = one.matches("a") ? link : control;
    return box.width && box.height && Math.round(box.height) < least; })
  .map((one) => one.outerHTML.slice(0, 120))"""


def patterns() -> list[URLPattern]:
    return [
        one
        for included in get_resolver().url_patterns
        for one in getattr(included, "url_patterns", [])
        if isinstance(one, URLPattern) and str(one.pattern).startswith("g/")
    ]


@pytest.fixture
def world(cast, district) -> dict[str, tuple[str, int | None]]:
    """Who opens which page with which key: {url name: (username, key)}; the leader opens all that are not named."""
    PolicySetting.objects.create(
        room="outreach", payload={"allow_hiv_clue": True}, in_force_from=dt.date(2020, 1, 1), source="测试"
    )
    now, today = timezone.now(), timezone.localdate()
    leader = community.leader(district.grid_a, "feng")
    community.steward(district.village_a, "zheng")
    person = ResidentFactory(name="欧阳建国", grid=district.grid_a, phone="13800001234")
    PopulationFlagFactory(resident=person, kind=Population.HYPERTENSION)
    report = report_from(cast.sun, now=now)
    report_from(leader.user, ReportKind.NEED, now=now, is_training=True)
    urgent = report_from(cast.sun, ReportKind.URGENT, now=now)
    errand = order_errand(
        by=cast.li, on=today, now=now, resident=person, kind=ErrandKind.DELIVERY, medicines="氨氯地平片 2 盒",
        client_token=uuid4(),
    )  # fmt: skip
    taken = take_errand(by=leader.user, on=today, now=now, errand=errand, posting=leader)
    plan_visit(
        by=cast.li, on=today, now=now, team=cast.team_a, kind=VisitKind.COMMUNITY, day=today,
        begins_at=dt.time(8), closes_at=dt.time(17), staff=[cast.li.pk], client_token=uuid4(),
        grids=[district.grid_a], place="社区党群服务中心",
    )  # fmt: skip
    of_sun = cast.sun.postings.get().pk
    return {
        "grid-mine": ("sun", None),
        "grid-mine-report": ("sun", report.pk),
        "grid-call": ("feng", person.pk),
        "grid-weekly": ("sun", None),
        "grid-urgent": ("feng", urgent.pk),
        "grid-team-person": ("feng", of_sun),
        "grid-evaluate": ("feng", of_sun),
        "grid-team-leave": ("feng", of_sun),
    } | {f"grid-errand{end}": ("feng", taken.pk) for end in ("", "-finish", "-fail", "-decline")}


def look(page: Page, title: str) -> list[str]:
    """What is wrong with the page as it stands."""
    found = [
        f"{title}: {one['id']} {[node['target'] for node in one['nodes']][:3]} {one['nodes'][0]['failureSummary'][:200]}"
        for one in Axe().run(page, options=RULES).response["violations"]
    ]
    width = page.viewport_size["width"]
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"{title}: {wide} px wide on a screen of {width} px")
    return found + [
        f"{title}: too small {one}" for one in page.evaluate(SMALL_TARGETS, [LEAST_CONTROL, LEAST_LINK])
    ]


def test_every_page_can_be_used_by_everybody(visit, cast, world):
    pages = [one for one in patterns() if one.name not in NO_PAGE.keys() | ONLY_POSTED]
    assert len(pages) > 15
    visitors: dict[str, Visitor] = {}
    wrong: list[str] = []
    for pattern in pages:
        username, key = world.get(pattern.name, ("feng", None))
        if username not in visitors:
            visitors[username] = visit(NARROW)
            visitors[username].sign_in(username, Company.password)
        visitor = visitors[username]
        address = reverse(pattern.name, args=[key] if key else [])
        for is_large, scheme, size in ((True, "light", NARROW), (False, "dark", USUAL)):
            User.objects.filter(username=username).update(large_type=is_large)
            visitor.page.emulate_media(color_scheme=scheme)
            visitor.page.set_viewport_size(size)
            answer = visitor.page.goto(visitor.address + address)
            assert answer and answer.status == 200, f"{address}: {answer and answer.status}"
            title = f"{address} {scheme} {'large' if is_large else 'usual'}"
            wrong += look(visitor.page, title)
            visitor.keep(f"axe-{pattern.name}-{scheme}")
    assert not wrong, "\n".join(wrong)


def test_posted_pages_are_really_only_posted(client, cast, world):
    client.force_login(cast.sun, backend="django.contrib.auth.backends.ModelBackend")
    for name in ONLY_POSTED:
        pattern = next(one for one in patterns() if one.name == name)
        key = [1] if "<" in str(pattern.pattern) else []
        assert client.get(reverse(name, args=key)).status_code == 405, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_waits_can_be_read_by_everybody(visit, cast, world, scheme):
    """The panel of the outbox with one entry refused and one waiting, and a form whose errors are shown."""
    User.objects.filter(username="sun").update(large_type=True)
    visitor = visit(NARROW)
    page = visitor.sign_in("sun", Company.password)
    page.emulate_media(color_scheme=scheme)
    visitor.go(reverse("grid-report-need"))
    for _ in range(2):
        page.get_by_label("请医生上门").check()
        page.get_by_role("button", name="下一步").click()
        page.get_by_label("姓名或称呼").fill("李建国")
        page.get_by_label("电话", exact=True).fill("12345")
        page.get_by_role("button", name="发送", exact=True).click()
        expect(page.get_by_role("alert").first).to_contain_text("没有提交成功")
        wrong = look(page, f"errors {scheme}")
        assert not wrong, "\n".join(wrong)
        visitor.keep(f"axe-errors-{scheme}")
        visitor.go(reverse("grid-report-need"))
    page.context.set_offline(True)
    page.get_by_label("开药取药").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("住址").fill("3号楼")
    page.get_by_role("button", name="发送", exact=True).click()
    expect(page.locator("[data-outbox-panel]")).to_contain_text("未上传 3 条")
    expect(page.locator("[data-outbox-told]")).to_contain_text("已存在手机里")
    page.locator("[data-outbox-panel] summary").first.click()
    page.get_by_text("看填写的内容").first.click()
    wrong = look(page, f"panel {scheme}")
    visitor.keep(f"axe-panel-{scheme}")
    assert not wrong, "\n".join(wrong)
    visitor.errors.clear()
