"""A household signs: by keyboard alone at the desk, by finger on a phone at home."""

import datetime as dt
import logging
import time

import pytest
from playwright.sync_api import Page, expect

from contracts.choices import ConsentWay, ProofKind
from contracts.models import Agreement, Fulfillment, SigningDraft, SigningEvidence
from residents.choices import Population, Relation, Sex
from residents.models import Guardian, Household
from tests.contracts.photos import photo
from tests.factories.contracts import ensure_wording, family
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.factories.teams import LONG_AGO, PASSWORD
from tests.journeys.conftest import PHONE
from tests.journeys.test_main_job import draw

log = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home(cast, district) -> Household:
    """王建国 (head), 李秀英, 王小明 (6, with a registered guardian), 王德厚 (81, high blood pressure)."""
    ensure_wording()
    home = family(district.grid_a)
    old = ResidentFactory(
        name="王德厚", household=home, grid=district.grid_a, born_on=dt.date(1945, 2, 1), relation=Relation.FATHER,
        sex=Sex.MALE,
    )  # fmt: skip
    for kind in (Population.ELDERLY_65, Population.HYPERTENSION):
        PopulationFlagFactory(resident=old, kind=kind)
    Guardian.objects.create(
        resident=home.members.get(name="王小明"), name="李秀英", relation="母亲", phone="13911112222",
        starts_on=LONG_AGO,
    )  # fmt: skip
    return home


class Keys:
    """Presses keys and counts them: a chord is one press."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.count += 1

    def until(self, name: str, key: str = "Enter") -> None:
        """Go on until the field of that name has the focus."""
        for _ in range(40):
            if self.page.evaluate("document.activeElement.name || ''") == name:
                return
            self.press(key)
        raise AssertionError(f"{name} was not reached")


def test_a_household_of_four_is_signed_by_keyboard_alone(visit, cast, home):
    doctor = visit()
    page = doctor.sign_in(cast.li.username, PASSWORD)
    man, wife, child, old = (home.members.get(name=one) for one in ("王建国", "李秀英", "王小明", "王德厚"))
    began = time.monotonic()
    doctor.go(f"/agreements/sign/household/?household={home.pk}")
    keys = Keys(page)

    keys.until("talked")
    keys.press("Space")
    keys.press("Alt+2")
    keys.until("mode")
    keys.press("ArrowDown")
    keys.until("paper_archived")
    keys.press("Space")
    keys.press("Alt+3")
    for one in (wife, old):
        keys.until(f"m{one.pk}-consent")
        keys.press("ArrowDown", 2)  # agreed in person
    keys.press("Alt+4")
    keys.press("Space")
    keys.press("Alt+5")
    keys.press("Space")
    expect(page.locator("[data-steps] .is-done")).to_have_count(5)
    doctor.keep("sign-household-keyboard")
    keys.press("Control+Enter")

    expect(page.get_by_role("main")).to_contain_text("FD371002")
    seconds = time.monotonic() - began
    log.info("%d key presses, %.1f seconds", keys.count, seconds)
    doctor.keep("agreement-household")
    made = Agreement.objects.get()
    assert dict(made.enrollments.values_list("resident", "consent")) == {
        man.pk: ConsentWay.SIGNED,
        wife.pk: ConsentWay.IN_PERSON,
        child.pk: ConsentWay.GUARDIAN,
        old.pk: ConsentWay.IN_PERSON,
    }
    done = Fulfillment.objects.values_list("enrollment__resident", "proof")
    assert set(done) == {
        (one.pk, proof)
        for one in (man, wife, child, old)
        for proof in (ProofKind.HANDOUT, ProofKind.HEALTH_RECORD)
    }
    assert not SigningDraft.objects.exists()
    # One press a second is slow for somebody who knows the page, and leaves time to talk.
    assert keys.count <= 60
    assert seconds < 60


def test_number_keys_tick_members_and_what_is_theirs(visit, cast, home):
    doctor = visit()
    page = doctor.sign_in(cast.li.username, PASSWORD)
    doctor.go(f"/agreements/sign/household/?household={home.pk}")
    wife = home.members.get(name="李秀英")
    tick = page.locator(f"input[name=m{wife.pk}-joins]")
    place = page.locator("[data-member]").evaluate_all(
        "(all, id) => all.findIndex((one) => one.dataset.member === id) + 1", str(wife.pk)
    )
    expect(tick).to_be_checked()
    page.keyboard.press(str(place))
    expect(tick).not_to_be_checked()
    expect(page.locator(f"select[name=m{wife.pk}-consent]")).to_be_hidden()
    expect(page.locator(f"input[name=m{wife.pk}-handed_out]")).to_be_hidden()
    page.keyboard.press(str(place))
    expect(tick).to_be_checked()
    page.locator("input[name=starts_on]").focus()
    page.keyboard.press(str(place))  # typed into a date, it ticks nobody
    expect(tick).to_be_checked()


def test_at_home_on_a_phone_with_a_draft_a_photo_and_the_place(visit, cast, home):
    doctor = visit()
    page = doctor.sign_in(cast.li.username, PASSWORD)
    page.set_viewport_size(PHONE)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 37.513068, "longitude": 122.120420, "accuracy": 20})
    wife, old = (home.members.get(name=one) for one in ("李秀英", "王德厚"))
    address = f"/agreements/sign/household/?household={home.pk}"
    doctor.go(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_label("以上各点已向到场的家庭成员逐条说明").check()
    page.locator(f"select[name=m{wife.pk}-consent]").select_option("by_phone")
    with page.expect_response("**/agreements/draft/**") as kept:
        page.locator(f"select[name=m{old.pk}-consent]").select_option("in_person")
    assert kept.value.ok
    expect(page.locator("[data-draft-said]")).to_contain_text("草稿已保存")

    doctor.go(address)  # the battery was empty
    expect(page.get_by_role("main")).to_contain_text("保存的草稿")
    expect(page.get_by_label("以上各点已向到场的家庭成员逐条说明")).to_be_checked()
    expect(page.locator(f"select[name=m{wife.pk}-consent]")).to_have_value("by_phone")
    doctor.keep("sign-household-phone")

    page.locator("[data-evidence] > summary").click()
    page.locator("input[name=evidence]").set_input_files(
        {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo(3000, 2000)}
    )
    page.locator("[data-place-ask]").click()
    expect(page.locator("[data-place-said]")).to_contain_text("已记录位置")
    draw(page, 0)
    draw(page, 1)
    page.get_by_role("button", name="为全家签约").dblclick()

    expect(page.get_by_role("main")).to_contain_text("FD371002")
    row = SigningEvidence.objects.get()
    assert (str(row.latitude), str(row.longitude), row.accuracy_m) == ("37.513068", "122.120420", 20)
    assert Agreement.objects.count() == 1
    assert not SigningDraft.objects.exists()
    picture = page.locator(".picture img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 1600)
    doctor.keep("agreement-evidence-phone")


def test_leaving_the_page_keeps_what_was_typed(visit, cast, home):
    doctor = visit()
    page = doctor.sign_in(cast.li.username, PASSWORD)
    address = f"/agreements/sign/household/?household={home.pk}"
    doctor.go(address)
    page.locator("select[name=channel]").select_option("nursing_home")
    page.get_by_role("link", name="登记缺少的成员").click()
    expect(page.get_by_role("heading", name="登记居民")).to_be_visible()
    doctor.go(address)
    expect(page.locator("select[name=channel]")).to_have_value("nursing_home")
    page.get_by_role("button", name="放弃草稿").click()
    expect(page.get_by_role("main")).to_contain_text("草稿已放弃")
    expect(page.locator("select[name=channel]")).to_have_value("clinic_visit")
