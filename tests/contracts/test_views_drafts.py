"""What is typed into a signing form is kept until it is signed, sealed, and never with drawings or photos."""

import datetime as dt
import uuid
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from contracts.models import Agreement, SigningDraft
from tests.contracts.photos import upload
from tests.contracts.test_views_sign import sent as sent_alone
from tests.contracts.test_views_sign_household import sent
from tests.factories.contracts import data_url, family, package, png
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.usefixtures("today")

DAY = dt.date(2026, 11, 22)
INK = data_url(png())


@pytest.fixture
def home(cast, district, wording):
    return family(district.grid_a)


def keep(client, typed, **subject):
    return client.post(reverse("agreement-draft") + query(**subject), typed)


def query(**subject):
    [(name, one)] = subject.items()
    return f"?{name}={one.pk}"


def form_of(client, **subject):
    page = "agreement-sign-household" if "household" in subject else "agreement-sign"
    answer = client.get(reverse(page) + query(**subject))
    return answer.context["form"], answer.content.decode()


def test_what_was_typed_comes_back(cast, home, sign_in):
    client = sign_in(cast.li)
    man, wife, child = home.members.order_by("relation", "born_on")
    typed = sent(
        home, cast, channel="nursing_home", starts_on="2026-12-01", packages=[package("family_menu").pk]
    )
    typed |= {
        f"m{wife.pk}-consent": "by_phone", f"m{child.pk}-guardian_name": "李秀英", f"m{man.pk}-record_done": "on",
    }  # fmt: skip
    typed |= {f"m{one.pk}-shown": "1" for one in (man, wife, child)}
    assert keep(client, typed, household=home).json() == {"saved": "12:00"}
    form, text = form_of(client, household=home)
    assert "已恢复 12:00 保存的草稿" in text
    assert (form["channel"].value(), form["starts_on"].value()) == ("nursing_home", "2026-12-01")
    assert form["packages"].value() == [str(package("family_menu").pk)]
    assert form["talked"].value()
    rows = {one.row.resident: one for one in form.rows}
    assert rows[wife]["consent"].value() == "by_phone"
    assert rows[child]["guardian_name"].value() == "李秀英"
    assert [one["record_done"].value() for one in form.rows] == [True, False, False]


def test_a_tick_that_was_taken_away_stays_away(cast, home, sign_in):
    client = sign_in(cast.li)
    man, wife, child = home.members.order_by("relation", "born_on")
    keep(
        client, {f"m{man.pk}-joins": "on", f"m{man.pk}-shown": "1", f"m{wife.pk}-shown": "1"}, household=home
    )
    form, _ = form_of(client, household=home)
    ticks = {one.row.resident: one["joins"].value() for one in form.rows}
    assert ticks == {man: True, wife: False, child: True}  # the child's row is new since then


def test_drawings_photos_places_and_tokens_are_not_kept(cast, home, sign_in):
    client = sign_in(cast.li)
    wife = home.members.get(name="李秀英")
    keep(
        client,
        sent(home, cast, evidence=[upload()], latitude="37.5", longitude="122.1", accuracy_m="9")
        | {f"m{wife.pk}-signature": INK, "paper_archived": "x" * 501},
        household=home,
    )
    typed = SigningDraft.objects.get().typed
    assert '"channel":["home_visit_weekly"]' in typed
    for one in ("data:", "latitude", "37.5", "client_token", "csrf", "evidence", "x" * 20):
        assert one not in typed
    form, _ = form_of(client, household=home)
    assert not form["representative_signature"].value()
    assert form["client_token"].value() != uuid.UUID(int=0)


def test_it_lies_sealed(cast, home, sign_in):
    child = home.members.get(name="王小明")
    keep(sign_in(cast.li), {f"m{child.pk}-guardian_name": "SECRETNAME"}, household=home)
    with connection.cursor() as cursor:
        cursor.execute("SELECT typed FROM contracts_signingdraft")
        assert b"SECRETNAME" not in bytes(cursor.fetchone()[0])
    assert "SECRETNAME" in SigningDraft.objects.get().typed


def test_everybody_has_his_own_and_every_form_its_own(cast, home, resident, sign_in):
    keep(sign_in(cast.li), {"channel": "nursing_home"}, household=home)
    keep(sign_in(cast.li), {"channel": "org_onsite"}, resident=resident)
    keep(sign_in(cast.wang), {"channel": "service_point"}, household=home)
    assert SigningDraft.objects.count() == 3
    assert form_of(sign_in(cast.li), household=home)[0]["channel"].value() == "nursing_home"
    assert form_of(sign_in(cast.li), resident=resident)[0]["channel"].value() == "org_onsite"
    assert form_of(sign_in(cast.wang), household=home)[0]["channel"].value() == "service_point"


def test_a_later_draft_takes_the_place_of_the_earlier(cast, resident, sign_in):
    client = sign_in(cast.li)
    keep(client, {"channel": "nursing_home"}, resident=resident)
    keep(client, {"channel": "org_onsite"}, resident=resident)
    assert SigningDraft.objects.get().typed == '{"channel":["org_onsite"]}'


def test_it_can_be_given_up(cast, home, sign_in):
    client = sign_in(cast.li)
    keep(client, {"channel": "nursing_home"}, household=home)
    keep(sign_in(cast.wang), {"channel": "nursing_home"}, household=home)
    answer = sign_in(cast.li).post(reverse("agreement-draft-drop") + query(household=home))
    assert answer.url == reverse("agreement-sign-household") + query(household=home)
    assert SigningDraft.objects.get().user == cast.wang
    assert "已恢复" not in form_of(sign_in(cast.li), household=home)[1]


def test_signing_takes_it_away(cast, home, resident, sign_in):
    client = sign_in(cast.li)
    keep(client, {"channel": "nursing_home"}, household=home)
    client.post(reverse("agreement-sign-household") + query(household=home), sent(home, cast))
    keep(client, {"channel": "nursing_home"}, resident=resident)
    client.post(reverse("agreement-sign") + query(resident=resident), sent_alone(cast.team_a, cast.li))
    assert Agreement.objects.count() == 2
    assert not SigningDraft.objects.exists()


def test_a_draft_that_comes_after_the_signing_is_not_kept(cast, home, sign_in):
    client = sign_in(cast.li)
    data = sent(home, cast)
    client.post(reverse("agreement-sign-household") + query(household=home), data)
    assert keep(client, data, household=home).json() == {"saved": ""}
    assert not SigningDraft.objects.exists()


def test_a_refused_form_is_shown_as_sent_and_not_as_drafted(cast, home, sign_in):
    client = sign_in(cast.li)
    keep(client, {"channel": "nursing_home"}, household=home)
    address = reverse("agreement-sign-household") + query(household=home)
    answer = client.post(address, sent(home, cast, talked=None))
    assert answer.context["form"]["channel"].value() == "home_visit_weekly"
    assert "已恢复" not in answer.content.decode()


def test_more_than_any_form_holds_is_refused(cast, resident, sign_in):
    client = sign_in(cast.li)
    many = {f"field{n}": "字" * 400 for n in range(120)}
    assert keep(client, many, resident=resident).status_code == 413
    assert keep(client, {"chosen": ["1"] * 700}, resident=resident).status_code == 413
    assert not SigningDraft.objects.exists()
    keep(client, {"UPPER": "1", "a" * 70: "1", "<b>": "1", "note": "好"}, resident=resident)
    assert SigningDraft.objects.get().typed == '{"note":["好"]}'


def test_another_day_is_named(cast, resident, sign_in):
    with time_machine.travel(dt.datetime(2026, 11, 20, 5, 20, tzinfo=dt.UTC), tick=False):
        keep(sign_in(cast.li), {"channel": "nursing_home"}, resident=resident)
    assert "已恢复 11月20日 13:20 保存的草稿" in form_of(sign_in(cast.li), resident=resident)[1]


@pytest.mark.parametrize(("age", "is_kept"), [(29, True), (30, True), (31, False)])
def test_old_drafts_are_not_shown_and_go_at_night(cast, resident, sign_in, age, is_kept):
    saved = timezone.now() - dt.timedelta(days=age)
    with time_machine.travel(saved, tick=False):
        keep(sign_in(cast.li), {"channel": "nursing_home"}, resident=resident)
    assert ("已恢复" in form_of(sign_in(cast.li), resident=resident)[1]) == is_kept
    call_command("nightly", "--only", "clear-drafts", stdout=StringIO())
    assert SigningDraft.objects.exists() == is_kept


def test_the_command_counts_before_it_clears(cast, resident, sign_in):
    with time_machine.travel(dt.datetime(2026, 9, 1, tzinfo=dt.UTC), tick=False):
        keep(sign_in(cast.li), {"channel": "nursing_home"}, resident=resident)
    out = StringIO()
    call_command("clear_drafts", "--dry-run", stdout=out)
    assert "将清除 1 份" in out.getvalue()
    assert SigningDraft.objects.exists()
    call_command("clear_drafts", "--on", "2026-11-22", stdout=out)
    assert "已清除 1 份" in out.getvalue()
    assert not SigningDraft.objects.exists()


def test_only_posted_and_only_in_scope(cast, district, home, resident, sign_in):
    for name in ("agreement-draft", "agreement-draft-drop"):
        assert sign_in(cast.li).get(reverse(name) + query(resident=resident)).status_code == 405
        assert sign_in(cast.zhao).post(reverse(name) + query(resident=resident)).status_code == 404
        assert sign_in(cast.zhao).post(reverse(name) + query(household=home)).status_code == 404
        assert sign_in(cast.zhou).post(reverse(name) + query(household=home)).status_code == 403
        assert sign_in(cast.li).post(reverse(name)).status_code == 404
    there = ResidentFactory(grid=district.grid_b)
    assert keep(sign_in(cast.li), {"channel": "x"}, resident=there).status_code == 404
