"""A grid worker's telephone in the journeys: typing a report, what waits on it, a page that the system kills."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from outreach.models import GridReport
from tests.journeys.conftest import Visitor

NEED = "/g/report/need/"
PANEL = "[data-outbox-panel]"


def type_need(page: Page, name: str, *, tel: str = "") -> None:
    """A need, one question a screen, up to the button that sends."""
    page.get_by_label("请医生上门").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("姓名或称呼").fill(name)
    page.get_by_label("住址").fill("3号楼2单元101")
    if tel:
        page.get_by_label("电话", exact=True).fill(tel)


def send(page: Page) -> None:
    page.get_by_role("button", name="发送", exact=True).click()


def waiting(page: Page, count: int) -> None:
    """The panel tells how many wait."""
    if count:
        expect(page.locator(PANEL)).to_contain_text(f"未上传 {count} 条")
    else:
        expect(page.locator("[data-outbox-waiting]")).to_be_hidden(timeout=30_000)


def reopen(phone: Visitor, path: str) -> Page:
    """The system has killed the page; later somebody opens it again."""
    killed = phone.page
    phone.page = killed.context.new_page()
    phone.page.on("pageerror", lambda error: phone.errors.append(str(error)))
    phone.page.set_default_timeout(10_000)
    killed.close(run_before_unload=False)
    return phone.go(path)


def in_storage(page: Page) -> dict[str, int]:
    """How many rows lie on the telephone, of whatever account."""
    return page.evaluate(
        """() => new Promise((resolve) => {
          const asked = indexedDB.open("fdcs-outbox");
          asked.onsuccess = () => {
            const names = ["entries", "drafts", "told"], found = {};
            const t = asked.result.transaction(names);
            for (const name of names) {
              t.objectStore(name).count().onsuccess = (event) => { found[name] = event.target.result; };
            }
            t.oncomplete = () => { asked.result.close(); resolve(found); };
          };
        })"""
    )


def first_post(page: Page, answer: Callable[[Route], None]) -> None:
    """The first form that is sent meets ``answer``, whatever follows goes to the server."""
    met: list[str] = []

    def meet(route: Route) -> None:
        if route.request.method == "POST" and not met:
            met.append(route.request.url)
            answer(route)
        else:
            route.continue_()

    page.route(f"**{NEED}", meet)


def names() -> list[str]:
    return sorted(GridReport.objects.values_list("person_name", flat=True))
