"""The main job, from an empty system to a figure that moves: areas, team, roster, agreement, coverage."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from contracts.models import Agreement
from grids.models import Area
from residents.models import Resident
from tests.journeys.conftest import PHONE
from tests.journeys.people import Company, gather
from tests.journeys.rosters import VILLAGE, write_roster

TEAM = "环翠楼第一家庭医生团队"
WORK = 60_000  # milliseconds for what a worker does in a process of its own

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_an_empty_district_to_coverage_that_moves(visit, worker, tmp_path):
    company = gather()
    bureau, steward, doctor = visit(), visit(), visit()
    bureau.sign_in(company.zhou.username, company.password)
    steward.sign_in(company.qian.username, company.password)
    doctor.sign_in(company.li.username, company.password)

    bureau_loads_the_real_streets_and_villages(bureau)
    steward_forms_a_team_and_covers_a_grid(steward, company)
    steward_imports_a_village_roster(steward, write_roster(tmp_path))
    before = coverage_of_village(bureau)
    doctor_finds_the_resident_in_four_ways(doctor)
    doctor_signs_by_finger_and_prints(doctor)
    after = coverage_of_village(bureau, keep=True)

    assert before == ("8", "0")
    assert after == ("8", "1")


def bureau_loads_the_real_streets_and_villages(bureau) -> None:
    page = bureau.go("/admin/grids/area/load/")
    page.get_by_label("环翠区").check()
    page.get_by_label(re.compile("同时为每个村居建立一个")).check()
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_role("main")).to_contain_text("228 个")
    bureau.keep("load-divisions")
    page.get_by_role("button", name=re.compile("确认")).click()
    expect(page.locator("body")).to_contain_text("新建默认网格 218 个")
    assert Area.objects.villages().count() == 218


def pick(page: Page, field: str, typed: str) -> None:
    """Choose in one of the admin's autocomplete fields."""
    page.locator(f"#id_{field} + .select2 .select2-selection").click()
    page.locator(".select2-search__field").fill(typed)
    page.locator(".select2-results__option--highlighted", has_text=typed).click()


def steward_forms_a_team_and_covers_a_grid(steward, company: Company) -> None:
    page = steward.go("/admin/teams/team/add/")
    page.get_by_label("团队名称").fill(TEAM)
    page.get_by_label("服务电话").fill("0631-5200003")
    pick(page, "memberships-0-user", "李医生")
    page.locator("#id_memberships-0-profession").select_option(label="全科医生")
    page.locator("#id_memberships-0-is_leader").check()
    steward.keep("form-team")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("成功")

    page = steward.go("/admin/grids/gridresponsibility/add/")
    pick(page, "grid", VILLAGE)
    pick(page, "team", TEAM)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("成功")


def steward_imports_a_village_roster(steward, roster: Path) -> None:
    page = steward.go("/roster/")
    page.locator("input[type=file]").set_input_files(str(roster))
    page.get_by_role("button", name=re.compile("上传|核对")).click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("校验码", timeout=WORK)  # the page calls itself anew when the worker is done
    expect(main).to_contain_text("新增")
    steward.keep("roster-preview")
    page.get_by_role("button", name=re.compile("确认")).click()
    expect(main).to_contain_text("导入完成：新增 8 人、3 户", timeout=WORK)
    assert Resident.objects.count() == 8


def find(doctor, typed: str) -> Page:
    page = doctor.go("/residents/find/")
    page.locator("#q").fill(typed)
    page.keyboard.press("Enter")
    expect(page.locator("table")).to_be_visible()
    return page


def doctor_finds_the_resident_in_four_ways(doctor) -> None:
    person = Resident.objects.get(name="丛树森")
    for typed in ("树森", "css", person.id_number[-6:], person.phone):
        expect(find(doctor, typed).get_by_role("row", name="丛*森")).to_have_count(1)
    assert person.id_number not in doctor.page.content()
    find(doctor, "建国")
    doctor.keep("find-resident")


def draw(page: Page, number: int) -> None:
    """A few strokes with the pointer on the nth signature pad."""
    canvas = page.locator(".sign-pad canvas").nth(number)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + 30, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 30):
        page.mouse.move(x + step * 5, y + (step % 6 - 3) * 9)
    page.mouse.up()


def doctor_signs_by_finger_and_prints(doctor) -> None:
    page = find(doctor, "css")
    page.get_by_role("link", name=re.compile("^签约 ?：")).click()
    page.get_by_label(re.compile("已向居民逐条说明")).check()
    draw(page, 0)
    draw(page, 1)
    page.locator(".ink-pair").scroll_into_view_if_needed()
    doctor.keep("sign-agreement")
    page.get_by_role("button", name="签约", exact=True).click()
    agreement = Agreement.objects.get()
    expect(page.get_by_role("main")).to_contain_text(agreement.number)
    doctor.keep("agreement")
    page = doctor.go(f"/agreements/{agreement.pk}/print/")
    expect(page.locator("article.doc").first).to_contain_text("丛树森")
    expect(page.locator("article.doc").first).to_contain_text(agreement.number)
    doctor.keep("agreement-print")
    assert agreement.enrollments.get().resident.name == "丛树森"


def coverage_of_village(bureau, *, keep: bool = False) -> tuple[str, str]:
    """(residents, signed) of the village as the page shows them."""
    page = bureau.go("/desk/coverage/?level=village")
    row = page.get_by_role("row", name=re.compile(VILLAGE))
    if keep:
        bureau.keep("coverage")
    cells = row.get_by_role("cell")
    return cells.nth(0).inner_text().strip(), cells.nth(1).inner_text().strip()


def test_a_sentinel_sees_the_grid_on_a_phone(visit, cast):
    visitor = visit(PHONE)
    page = visitor.sign_in(cast.sun.username, Company.password)
    expect(page).to_have_url(re.compile("/g/$"))
    expect(page.get_by_role("link", name="我的住户")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    visitor.keep("grid-home")
    page.get_by_role("link", name="网格和团队电话").click()
    expect(page.locator("body")).to_contain_text("李医生")
