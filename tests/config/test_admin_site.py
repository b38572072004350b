"""The management site: who enters, what the menu holds, what the home page says, and at what cost."""

import re
from html import unescape

import pytest
from django.contrib import admin
from django.urls import get_resolver, reverse

from config.admin_site import MENU
from config.dashboard import tiles_for
from teams.access import scope_of
from teams.admin.logs import PAGES
from tests.factories.grids import GridFactory, PostingFactory

IN_MENU = {label for _, labels in MENU for label in labels}


def test_the_menu_holds_every_page_there_is():
    assert {model._meta.label for model in admin.site._registry} == IN_MENU


@pytest.mark.parametrize("who", ["zhou", "qian", "he", "xu", "shen"])
def test_staff_enter_by_role(cast, who, sign_in):
    assert sign_in(getattr(cast, who)).get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("who", ["li", "wang", "sun"])
def test_others_are_told_and_not_sent_to_the_login(cast, who, sign_in):
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("admin:index")).status_code == 403
    assert client.get(reverse("admin:login")).status_code == 403


def test_the_stranger_comes_to_the_one_login_page(client, db):
    response = client.get(reverse("admin:login") + "?next=/admin/teams/team/")
    assert response.url == reverse("login") + "?next=/admin/teams/team/"
    assert client.get(reverse("admin:index"), follow=True).redirect_chain[-1][0].startswith(reverse("login"))


def test_sign_out_and_password_lead_to_our_pages(cast, sign_in):
    client = sign_in(cast.zhou)
    assert client.get(reverse("admin:password_change")).url == reverse("password-change")
    response = client.post(reverse("admin:logout"))
    assert (response.status_code, response.url) == (307, reverse("logout"))


def test_a_person_sees_only_his_own_groups(cast, sign_in):
    auditor = sign_in(cast.shen).get(reverse("admin:index")).content.decode()
    assert "系统与日志" in auditor
    assert reverse("admin:teams_team_add") not in auditor


def test_the_home_page_counts_what_is_missing(cast, district):
    GridFactory(village=district.village_a)
    tiles = {tile.title: tile for tile in tiles_for(cast.zhou, scope_of(cast.zhou).on)}
    assert tiles["网格无团队"].figure == 1
    assert tiles["网格无团队"].is_alarming
    assert tiles["网格无哨兵"].figure == 2
    assert tiles["团队人员不足"].figure == 2
    assert tiles["今日签约"].figure == 0
    assert not tiles["今日签约"].is_alarming


def test_the_home_page_counts_within_the_scope(cast, district):
    GridFactory(village=district.village_b)
    tiles = {tile.title: tile for tile in tiles_for(cast.he, scope_of(cast.he).on)}
    assert tiles["网格无团队"].figure == 0
    assert "今日签约" not in tiles


def test_every_figure_leads_to_its_list(cast, sign_in):
    client = sign_in(cast.zhou)
    for tile in tiles_for(cast.zhou, scope_of(cast.zhou).on):
        assert client.get(tile.url).status_code == 200, tile.title


def test_the_home_page_asks_a_fixed_number_of_questions(cast, district, django_assert_num_queries):
    scope_of(cast.zhou)
    with django_assert_num_queries(11):
        tiles_for(cast.zhou, scope_of(cast.zhou).on)
    for _ in range(3):
        PostingFactory(grid=GridFactory(village=district.village_a))
    with django_assert_num_queries(11):
        tiles_for(cast.zhou, scope_of(cast.zhou).on)


@pytest.mark.parametrize("label", sorted(IN_MENU))
def test_lists_and_forms_are_chinese_and_without_inline_code(cast, label, sign_in):
    model = next(one for one in admin.site._registry if one._meta.label == label)
    opts = model._meta
    special = {"core.ReadLog": cast.shen, "teams.LoginRecord": cast.shen, "outreach.DigestDelivery": cast.xu}
    who = special.get(label, cast.zhou)
    client = sign_in(who)
    for page in ("changelist", "add"):
        response = client.get(reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}"))
        if page == "add" and response.status_code == 403:
            continue
        assert response.status_code == 200
        html = response.content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=", html)
        codes = r'<(\w+)[^>]*class="field-code[^>]*>.*?</\1>'
        typed = r'<textarea[^>]*class="[^"]*\bcode\b[^>]*>.*?</textarea>'  # the text of a decision table
        words = unescape(
            re.sub(rf"<script[^>]*>.*?</script>|{codes}|{typed}|<[^>]+>", " ", html, flags=re.DOTALL)
        )
        english = set(re.findall(r"\b[A-Za-z]{4,}\b", words)) - ALLOWED_WORDS
        assert not english, english


# Names that are not English words: the cast's login names, codes, units.
ALLOWED_WORDS = {"zhou", "wang", "zhao", "qian", "shen", "mmHg", "mmol"}


SHOW_NOBODY = {"agreement-code-send", "agreement-confirm-document", "agreement-draft", "agreement-draft-drop",
    "agreement-link-revoke", "transfer-find", "record-draft", "record-draft-drop", "contact-quick", "reading-void",
    "points-ranked", "sheet-assessment", "task-reopen", "task-search", "referral-find", "grid-errand-take",
    "point-booking-cancel", "point-booking-mark", "point-booking-recognize",  # they do one thing and lead on
    "personal-link-revoke", "personal-link-text", "public-mine-close",
    "guide-map", "guide-grid-analysis", "guide-village-analysis",
    "whistle-alert", "whistle-alert-list", "whistle-oversight", "whistle-oversight-export", "whistle-urgent-list",
    "grid-urgent-list", "whistle-weekly",  # places, clocks and counts
    "contact-rates", "points-goods", "points-ranking", "referral-counts", "referral-export"}  # figures, masked ranks  # fmt: skip


def test_the_read_log_names_every_page_of_persons():
    of_persons = (
        "home", "resident-", "household-", "flag-", "guardian-", "phone-", "risk-", "quality-", "duplicate-", "merge-",
        "roster-", "comparison-", "agreement-", "team-card", "team-letter", "team-board", "approval-", "transfer-", "refusal-",
        "handover-list", "mass-detail", "panel-detail", "dispute-answer", "review-", "public-agreement", "public-confirm",
        "public-dispute", "care-resident", "record-", "contact-", "reading-", "episode-", "sheet-", "service-", "bed-", "task-",
        "fulfilment-team", "fulfilment-silent", "officer-", "referral-", "points-", "inbox-message", "whistle-",
        "errand-", "point-booking", "point-served", "visit-detail", "visit-end", "visit-person", "member-", "grid-call",
        "grid-errand", "grid-households", "grid-urgent", "personal-link-", "survey-answer", "public-mine", "guide-",
    )  # fmt: skip
    named = {
        one for one in get_resolver().reverse_dict if isinstance(one, str) and one.startswith(of_persons)
    }
    assert named - SHOW_NOBODY == set(PAGES)
