"""Reporting on the telephone: five forms, one question a screen, one row for one thing."""

import datetime as dt
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from core.models import PolicySetting
from grids.choices import PostingRole
from outreach.actions import answering
from outreach.choices import Outcome, ReportKind, ReportState
from outreach.models import GridReport, ReportPhoto
from tests.factories.grids import GridFactory
from tests.factories.reports import report_from
from tests.factories.residents import HouseholdFactory
from tests.outreach.test_mobile_home import posted

PERSON = {"populations": ["elderly_65", "hypertension"], "person_name": "3号楼老李", "address": "3号楼"}
USUAL = {
    "person": PERSON,
    "change": {"change": "moved_out", "person_name": "老李", "address": "3号楼"},
    "need": {"needs": ["visit"], "person_name": "老李"},
    "symptom": {"symptom": "fever", "count": "2"},
    "urgent": {"behaviors": ["unstable"], "address": "小广场"},
}


@pytest.fixture
def send(cast, district, sign_in):
    """send("need", field=...) -> the answer to what 孙网格员 sends from his own grid."""

    def post(kind: str, *, who=None, outbox: bool = False, **typed):
        token = typed.pop("client_token", uuid4())
        data = {"client_token": token, "grid": district.grid_a.pk, **typed}
        user = who or cast.sun
        marks = {"HTTP_X_OUTBOX": "1", "HTTP_X_OUTBOX_OWNER": str(user.pk)} if outbox else {}
        return sign_in(user).post(reverse(f"grid-report-{kind}"), data, **marks)

    return post


def photo() -> SimpleUploadedFile:
    image = Image.effect_noise((400, 300), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "刘桂兰家"
    raw = BytesIO()
    image.save(raw, "JPEG", exif=exif)
    return SimpleUploadedFile("a.jpg", raw.getvalue(), "image/jpeg")


@pytest.mark.parametrize("kind", USUAL)
def test_the_usual_case_of_every_kind(noon, send, cast, district, kind):
    answer = send(kind, **USUAL[kind])
    assert answer.status_code == 302, answer.context["form"].errors
    report = GridReport.objects.get()
    assert report.kind == {"person": "new_person"}.get(kind, kind)
    assert (report.reporter, report.grid, report.team) == (cast.sun, district.grid_a, cast.team_a)
    assert not report.is_training
    led = reverse("grid-mine-report", args=[report.pk]) if kind == "urgent" else reverse("grid-mine")
    assert answer.url == led


@pytest.mark.parametrize("kind", USUAL)
def test_every_form_opens_with_his_grid_and_a_fresh_token(noon, cast, district, sign_in, kind):
    client = sign_in(cast.sun)
    first, second = (client.get(reverse(f"grid-report-{kind}")) for _ in range(2))
    form = first.context["form"]
    assert form["grid"].value() == district.grid_a.pk
    assert form["client_token"].value() != second.context["form"]["client_token"].value()
    assert [one.name for screen in form.screens() for one in screen.fields] == [
        name for step in form.steps for name in step.names
    ]
    page = first.content.decode()
    assert "capture" not in page
    assert page.count("data-step>") + page.count("data-step data-extra>") == len(form.steps)


def test_the_same_token_is_one_report(noon, send):
    token = uuid4()
    first = send("need", client_token=token, **USUAL["need"])
    again = send("need", client_token=token, **USUAL["need"])
    assert first.url == again.url
    assert GridReport.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("person", PERSON | {"populations": []}, "populations"),
        ("person", PERSON | {"populations": ["tumor"]}, "populations"),
        ("person", PERSON | {"populations": ["hiv"]}, "populations"),
        ("person", PERSON | {"person_name": "", "address": ""}, "address"),
        ("person", PERSON | {"phone": "12345"}, "phone"),
        ("change", {"change": "phone", "person_name": "老李"}, "phone"),
        ("change", {"change": "", "person_name": "老李"}, "change"),
        ("change", {"change": "died", "person_name": "老李", "since": "2026-11-23"}, "since"),
        ("need", {"needs": ["visit"]}, "address"),
        ("symptom", {"symptom": "fever", "count": "0"}, "count"),
        ("symptom", {"symptom": "fever", "count": "100"}, "count"),
        ("symptom", {"symptom": "", "count": "1"}, "symptom"),
        ("urgent", {"behaviors": []}, "behaviors"),
    ],
)
def test_what_is_missing_is_said_beside_the_field(noon, send, kind, typed, field):
    answer = send(kind, **typed)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert 'class="field-error"' in answer.content.decode()
    assert not GridReport.objects.exists()


def test_what_was_typed_is_still_there_after_a_refusal(noon, send):
    typed = PERSON | {"populations": [], "description": "说是刚搬来", "is_training": "False"}
    page = send("person", **typed).content.decode()
    assert "练习" not in page
    assert "3号楼老李" in page
    assert "说是刚搬来" in page


def test_today_is_a_day_on_which_it_may_have_happened(noon, send):
    send("change", change="died", person_name="老李", since="2026-11-22")
    assert GridReport.objects.get().facts == {"change": "died", "since": "2026-11-22"}


def test_another_grid_of_the_village_but_not_the_next_village(noon, send, district):
    neighbor = GridFactory(village=district.village_a, code="37100200100188")
    assert send("need", **USUAL["need"] | {"grid": neighbor.pk}).status_code == 302
    assert GridReport.objects.get().grid == neighbor
    answer = send("need", **USUAL["need"] | {"grid": district.grid_b.pk})
    assert "grid" in answer.context["form"].errors


def test_a_photo_is_drawn_anew_and_sealed(noon, send):
    raw = photo()
    send("need", **USUAL["need"], photos=raw)
    kept = ReportPhoto.objects.get()
    assert "刘桂兰".encode() not in bytes(kept.sealed)
    assert b"JFIF" not in bytes(kept.sealed)


def test_what_is_no_photo_is_refused(noon, send):
    broken = SimpleUploadedFile("a.jpg", b"no picture at all", "image/jpeg")
    assert "photos" in send("need", **USUAL["need"], photos=broken).context["form"].errors


def test_an_urgent_report_says_110_and_120_first(noon, cast, sign_in):
    page = sign_in(cast.sun).get(reverse("grid-report-urgent")).content.decode()
    assert page.index('href="tel:110"') < page.index("data-steps")
    assert page.index('href="tel:120"') < page.index("data-steps")


def test_an_urgent_report_brings_the_place_and_no_photo(noon, send):
    send("urgent", **USUAL["urgent"], latitude="37.513070", longitude="122.120380", accuracy_m="20")
    report = GridReport.objects.get()
    assert float(report.latitude) == pytest.approx(37.51307)
    assert report.is_restricted


def test_half_a_place_is_no_place(noon, send):
    send("urgent", **USUAL["urgent"], latitude="37.513070")
    assert GridReport.objects.get().latitude is None


# --- practice ---


def test_practice_travels_with_the_form(noon, send, cast, sign_in):
    send("need", **USUAL["need"], is_training="True")
    report = GridReport.objects.get()
    assert report.is_training
    assert report.respond_by is None
    client = sign_in(cast.sun)
    client.post(reverse("grid-practice"), {"on": "1"})
    send("need", **USUAL["need"])  # typed before the switch
    assert GridReport.objects.real().count() == 1


# --- the outbox ---


def test_the_outbox_hears_that_it_is_saved_twice_alike(noon, send):
    token = uuid4()
    answers = [send("need", client_token=token, outbox=True, **USUAL["need"]).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["state"] == "saved"
    assert GridReport.objects.count() == 1


def test_the_outbox_hears_why_not(noon, send):
    answer = send("person", outbox=True, **PERSON | {"populations": []})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["populations"]


def test_a_token_of_somebody_else_is_refused(noon, send, cast, district):
    token = uuid4()
    report_from(cast.sun, client_token=token, now=dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC))
    other = posted(PostingRole.SENTINEL, district, name="吴哨兵")
    answer = send("need", who=other, client_token=token, **USUAL["need"])
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors()
    assert GridReport.objects.get().reporter == cast.sun


# --- the closed form ---


def test_hiv_is_off_unless_the_district_takes_it(noon, cast, sign_in, send):
    client = sign_in(cast.sun)
    assert client.get(reverse("grid-report-closed")).status_code == 404
    assert send("closed", person_name="某人", address="3号楼").status_code == 404
    for url in ("grid-report", "grid-report-person", "grid-home"):
        page = client.get(reverse(url)).content.decode()
        assert reverse("grid-report-closed") not in page
        assert "艾滋" not in page
        assert "HIV" not in page.upper()


def test_the_closed_form_shows_nothing_back(noon, cast, sign_in, send):
    PolicySetting.objects.create(
        room="outreach", payload={"allow_hiv_clue": True}, in_force_from=noon, source="测试"
    )
    client = sign_in(cast.sun)
    form_page = client.get(reverse("grid-report-closed")).content.decode()
    assert "data-outbox-private" in form_page
    assert "艾滋" not in form_page
    answer = send("closed", person_name="某甲", address="8号楼", phone="13900000077")
    assert answer.url == reverse("grid-mine")
    report = GridReport.objects.get()
    assert report.facts == {"populations": ["hiv"]}
    assert report.is_restricted
    for url in (reverse("grid-mine"), reverse("grid-mine-report", args=[report.pk])):
        page = client.get(url).content.decode()
        assert "由专人处理" in page
        for secret in ("某甲", "8号楼", "13900000077", "艾滋", "hiv"):
            assert secret not in page


# --- what the form knows already ---


def test_from_a_household_the_address_is_there(noon, cast, district, sign_in):
    own = HouseholdFactory(grid=district.grid_a, address="5号楼302")
    foreign = HouseholdFactory(grid=district.grid_b, address="9号楼901")
    client = sign_in(cast.sun)
    page = client.get(reverse("grid-report-need"), {"household": own.pk}).content.decode()
    assert "5号楼302" in page
    page = client.get(reverse("grid-report-need"), {"household": foreign.pk}).content.decode()
    assert "9号楼901" not in page
    assert client.get(reverse("grid-report-need"), {"household": "x"}).status_code == 200
    chooser = client.get(reverse("grid-report"), {"household": own.pk}).content.decode()
    assert f"{reverse('grid-report-need')}?household={own.pk}" in chooser


@pytest.mark.parametrize("who", ["li", "zhou", "qian", "he", "xu", "shen"])
def test_only_grid_roles_report(noon, cast, who, sign_in):
    client = sign_in(getattr(cast, who))
    for kind in USUAL:
        assert client.get(reverse(f"grid-report-{kind}")).status_code == 403
        assert client.post(reverse(f"grid-report-{kind}"), USUAL[kind]).status_code == 403
    assert not GridReport.objects.exists()


def test_the_number_of_queries_is_bounded(noon, cast, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.sun)
    client.get(reverse("grid-report-person"))
    with django_assert_max_num_queries(12):
        client.get(reverse("grid-report-person"))


# --- what came of them ---


def test_my_reports_newest_first_in_pages(noon, cast, sign_in, django_assert_max_num_queries):
    for number in range(23):
        report_from(
            cast.sun,
            ReportKind.NEED,
            person_name=f"老李{number}",
            now=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
        )
    client = sign_in(cast.sun)
    client.get(reverse("grid-mine"))
    with django_assert_max_num_queries(10):
        first = client.get(reverse("grid-mine"))
    rows = first.context["page"].rows
    assert [one.report.person_name for one in rows[:2]] == ["老李22", "老李21"]
    assert len(rows) == 20
    rest = client.get(reverse("grid-mine"), {"after": first.context["page"].next_after}).context["page"]
    assert [one.report.person_name for one in rest.rows] == ["老李2", "老李1", "老李0"]
    assert rest.next_after == ""
    assert client.get(reverse("grid-mine"), {"after": "x"}).status_code == 200


def test_another_mans_report_does_not_exist(noon, cast, district, sign_in):
    report = report_from(cast.sun, now=dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC))
    client = sign_in(posted(PostingRole.SENTINEL, district, name="吴哨兵"))
    assert client.get(reverse("grid-mine-report", args=[report.pk])).status_code == 404
    assert client.post(reverse("grid-mine-report", args=[report.pk]), {"note": "x"}).status_code == 404
    assert client.post(reverse("grid-mine-withdraw", args=[report.pk])).status_code == 404
    assert "老李" not in client.get(reverse("grid-mine")).content.decode()


def test_a_word_more_and_taking_back(noon, cast, sign_in):
    report = report_from(cast.sun, now=dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC))
    client = sign_in(cast.sun)
    address = reverse("grid-mine-report", args=[report.pk])
    assert client.post(address, {"client_token": uuid4(), "note": " "}).status_code == 200
    assert client.post(address, {"client_token": uuid4(), "note": "住在二楼"}).url == address
    page = client.get(address)
    assert [one.words for one in page.context["sheet"].stages] == ["已收到，家庭医生团队会在规定时间内处理。"]
    client.post(reverse("grid-mine-withdraw", args=[report.pk]))
    report.refresh_from_db()
    assert report.state == ReportState.WITHDRAWN
    page = client.get(address).content.decode()
    assert "已撤回" in page
    assert "报错了，撤回" not in page
    again = client.post(reverse("grid-mine-withdraw", args=[report.pk]), follow=True).content.decode()
    assert "g-message" in again


def test_a_word_of_the_team_after_the_end_does_not_hide_what_came_of_it(noon, cast, sign_in):
    at = dt.datetime(2026, 11, 22, 1, 0, tzinfo=dt.UTC)
    hour = dt.timedelta(hours=1)
    report = report_from(cast.sun, ReportKind.NEED, now=at)
    given = {"by": cast.li, "on": at.date(), "report": report}
    answering.close_report(now=at + hour, outcome=Outcome.SERVED, **given)
    answering.add_note(now=at + 2 * hour, note="档案已补", **given)
    client = sign_in(cast.sun)
    (row,) = client.get(reverse("grid-mine")).context["page"].rows
    sheet = client.get(reverse("grid-mine-report", args=[report.pk])).context["sheet"]
    assert row.words == sheet.own.words == sheet.stages[-1].words == "团队已提供服务，谢谢您。"
    page = sign_in(cast.li).get(reverse("whistle-detail", args=[report.pk])).content.decode()
    assert page.count("上报人看到") == 2  # sent, closed


def test_delivered_again_it_is_answered_as_the_first_time_whatever_has_changed(noon, send, cast):
    token = uuid4()
    first = send("need", outbox=True, client_token=token, **USUAL["need"])
    cast.sun.postings.update(ends_on=dt.date(2026, 11, 21))
    again = send("need", outbox=True, client_token=token, **USUAL["need"])
    assert (again.status_code, again.json()) == (200, first.json())
    assert send("need", outbox=True, **USUAL["need"]).status_code == 422
    assert GridReport.objects.count() == 1


def test_both_sides_of_an_urgent_report_are_shown(noon, send, client):
    answer = send("urgent", **USUAL["urgent"])
    page = client.get(answer.url).content.decode()
    assert page.count("还没有确认") == 2
    assert "小广场" not in page
    assert "报错了，撤回" not in page
