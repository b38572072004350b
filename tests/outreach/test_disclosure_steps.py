"""Edit, confirm, return, publish, correct: who has seen what, and that what is published stays."""

import threading
from io import StringIO

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from outreach.actions.disclosures import (
    CannotDisclose,
    add_note,
    confirm,
    edit_items,
    publish,
    redraft,
    send_back,
)
from outreach.choices import DisclosureState, DisclosureStep, DisclosureTopic, ItemState
from outreach.disclosures import drafting
from outreach.disclosures.base import Drafted, Fact
from outreach.disclosures.content import Content, digest_of
from outreach.models import DisclosureNote, DisclosureVersion, MonthlyDisclosure
from outreach.policy import policy_on
from outreach.queries.disclosures import broken_digests
from outreach.rules.disclosures import Entry
from tests.outreach.disclosing import DAY, confirmed, drafted, filled, last, published, write

FILLED, NOTHING, GAP = ItemState.FILLED, ItemState.NOTHING, ItemState.GAP


def refused(code: str, act, *args, **kwargs) -> CannotDisclose:
    with pytest.raises(CannotDisclose) as caught:
        act(*args, now=timezone.now(), **kwargs)
    assert caught.value.code == code
    return caught.value


def saying(text: str, **more):
    return lambda units, month, now: dict.fromkeys(units, Drafted(text, **more))


# --- editing ----------------------------------------------------------------------------------------------------


def test_an_edit_keeps_who_and_when_and_a_version(cast, noon):
    issue = drafted(cast.team_a)
    assert write(issue, cast.wang, n3="周三上午\r\n接种", n10="") == [3, 10]
    three, ten = issue.items.get(number=3), issue.items.get(number=10)
    assert (three.state, three.text, three.edited_by) == (FILLED, "周三上午\n接种", cast.wang)
    assert (ten.state, ten.text) == (NOTHING, "")
    newest = issue.versions.order_by("-number").first()
    assert (newest.number, newest.step, newest.by) == (2, DisclosureStep.EDITED, cast.wang)
    assert newest.digest == digest_of(newest.content)


def test_an_edit_that_changes_nothing_keeps_no_version(cast, noon):
    issue = filled(cast.team_a, cast.wang)
    assert write(issue, cast.wang, n3="第3项的内容") == []
    assert last(issue) == 2


def test_two_people_may_edit_different_items_but_not_the_same(cast, noon):
    issue = filled(cast.team_a, cast.wang)
    opened = last(issue)
    write(issue, cast.li, n3="李医生改的")
    edit = {"by": cast.wang, "disclosure": issue, "seen": opened}
    same = {3: Entry(FILLED, "王护士改的"), 4: Entry(FILLED, "第4项的内容")}
    told = refused("edited_meanwhile", edit_items, entries=same, **edit)
    assert "第3项" in told.sentence and "第4项" not in told.sentence
    both = {3: Entry(FILLED, "第3项的内容"), 5: Entry(FILLED, "王护士改的")}
    assert edit_items(now=timezone.now(), entries=both, **edit) == [5]
    assert issue.items.get(number=3).text == "李医生改的"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry(FILLED, ""), "text_missing"),
        (Entry(FILLED, "\u200b\u3000 \n"), "text_missing"),
        (Entry(NOTHING, "其实有"), "nothing_with_text"),
        (Entry(FILLED, "长" * 2001), "text_long"),
        (Entry(FILLED, "\n".join("行" * 61)), "text_lines"),
    ],
)
def test_an_item_that_cannot_be_kept_is_refused_at_its_field(cast, noon, entry, code):
    issue = filled(cast.team_a, cast.wang)
    told = refused(code, edit_items, by=cast.wang, disclosure=issue, seen=last(issue), entries={4: entry})
    assert told.field == "text_4" and "第4项" in told.sentence
    assert issue.items.get(number=4).text == "第4项的内容"


@pytest.mark.parametrize("text", ["长" * 2000, "\n".join("行" * 60)])
def test_the_longest_texts_are_kept(cast, noon, text):
    issue = filled(cast.team_a, cast.wang)
    assert write(issue, cast.wang, n4=text) == [4]


def test_text_written_into_a_gap_fills_it_and_an_emptied_item_is_a_gap(cast, noon):
    issue = drafted(cast.team_a)
    edit = {"by": cast.wang, "disclosure": issue}
    edit_items(now=timezone.now(), seen=1, entries={2: Entry(GAP, "体检安排")}, **edit)
    assert issue.items.get(number=2).state == FILLED
    edit_items(now=timezone.now(), seen=2, entries={2: Entry(GAP, "")}, **edit)
    two = issue.items.get(number=2)
    assert (two.state, two.text) == (GAP, "") and two.gap


def test_a_form_of_a_version_that_never_was_is_refused(cast, noon):
    issue = drafted(cast.team_a)
    refused(
        "version_unknown", edit_items, by=cast.wang, disclosure=issue, seen=9, entries={2: Entry(FILLED, "x")}
    )


# --- drafting again ---------------------------------------------------------------------------------------------


def test_asking_again_leaves_what_somebody_wrote_and_renews_the_figures(cast, noon, monkeypatch):
    issue = drafted(cast.team_a)
    write(issue, cast.wang, n3="手写的接种安排")
    sources = {
        DisclosureTopic.IMMUNIZATION: saying("取来的接种安排", facts=(Fact("接种日", 4, "天"),)),
        DisclosureTopic.SPECIALISTS: saying("取来的坐诊安排"),
    }
    monkeypatch.setattr(drafting, "SOURCES", sources)
    replaced = redraft(by=cast.wang, now=timezone.now(), disclosure=issue)
    assert 7 in replaced and 3 not in replaced
    three = issue.items.get(number=3)
    assert (three.text, three.drafted) == ("手写的接种安排", "取来的接种安排")
    assert three.facts[0]["value"] == 4
    assert issue.items.get(number=7).text == "取来的坐诊安排"
    assert redraft(by=cast.wang, now=timezone.now(), disclosure=issue, numbers=[3]) == [3]
    three.refresh_from_db()
    assert (three.text, three.edited_by, three.edited_at) == ("取来的接种安排", None, None)


def test_of_an_institution_the_sources_are_asked_for_all_its_teams(cast, noon, monkeypatch):
    MonthlyDisclosure.objects.all().delete()
    asked = []

    def source(units, month, now):
        asked.extend(units)
        return dict.fromkeys(units, Drafted("x"))

    issue = MonthlyDisclosure.objects.create(
        institution=cast.institution_a, month=DAY.replace(day=1), code="abcdefgh", drafted_at=timezone.now()
    )
    issue.items.create(number=7, as_of=timezone.now())
    monkeypatch.setattr(drafting, "SOURCES", {DisclosureTopic.SPECIALISTS: source})
    redraft(by=cast.qian, now=timezone.now(), disclosure=issue)
    assert [(one.team, one.teams) for one in asked] == [(None, (cast.team_a.pk,))]


# --- confirming, returning, publishing --------------------------------------------------------------------------


def leader_confirms(issue, by, seen=None):
    return confirm(
        by=by, now=timezone.now(), policy=policy_on(DAY), disclosure=issue, seen=seen or last(issue)
    )


def test_the_way_to_the_public(cast, noon):
    issue = filled(cast.team_a, cast.wang)
    leader_confirms(issue, cast.li)
    issue.refresh_from_db()
    assert (issue.state, issue.confirmed_by) == (DisclosureState.CONFIRMED, cast.li)
    publish(by=cast.qian, now=timezone.now(), disclosure=issue, seen=last(issue))
    issue.refresh_from_db()
    assert (issue.state, issue.published_by) == (DisclosureState.PUBLISHED, cast.qian)
    newest = issue.versions.order_by("-number").first()
    assert newest.step == DisclosureStep.PUBLISHED
    assert issue.digest == newest.digest == digest_of(Content.from_json(newest.content))


def test_what_is_open_cannot_be_confirmed(cast, noon):
    issue = filled(cast.team_a, cast.wang)
    edit_items(by=cast.wang, now=timezone.now(), disclosure=issue, seen=2, entries={8: Entry(GAP, "")})
    told = refused("has_gaps", confirm, by=cast.li, policy=policy_on(DAY), disclosure=issue, seen=3)
    assert "第8项" in told.sentence and "第7项" not in told.sentence


def test_nine_items_cannot_be_confirmed(cast, noon):
    issue = filled(cast.team_a, cast.wang)
    issue.items.get(number=9).delete()
    refused("too_few_items", confirm, by=cast.li, policy=policy_on(DAY), disclosure=issue, seen=last(issue))


def test_nobody_signs_what_he_has_not_seen(cast, noon):
    issue = filled(cast.team_a, cast.wang)
    opened = last(issue)
    write(issue, cast.wang, n1="后来改的")
    refused("changed_meanwhile", confirm, by=cast.li, policy=policy_on(DAY), disclosure=issue, seen=opened)
    leader_confirms(issue, cast.li)
    refused("changed_meanwhile", publish, by=cast.qian, disclosure=issue, seen=opened)


def test_who_confirmed_does_not_publish(cast, noon):
    issue = confirmed(cast.team_a, cast.li)
    refused("own_confirmation", publish, by=cast.li, disclosure=issue, seen=last(issue))


def test_steps_out_of_order_are_refused(cast, noon):
    draft = filled(cast.team_a, cast.wang)
    refused("is_draft", publish, by=cast.qian, disclosure=draft, seen=2)
    refused("is_draft", send_back, by=cast.qian, disclosure=draft, reason="改")
    leader_confirms(draft, cast.li)
    entry = {1: Entry(FILLED, "x")}
    refused("is_confirmed", edit_items, by=cast.wang, disclosure=draft, seen=3, entries=entry)
    refused("is_confirmed", redraft, by=cast.wang, disclosure=draft)
    refused("is_confirmed", confirm, by=cast.li, policy=policy_on(DAY), disclosure=draft, seen=3)
    publish(by=cast.qian, now=timezone.now(), disclosure=draft, seen=3)
    refused("is_published", edit_items, by=cast.wang, disclosure=draft, seen=4, entries=entry)
    refused("is_published", publish, by=cast.qian, disclosure=draft, seen=4)
    refused("is_published", send_back, by=cast.qian, disclosure=draft, reason="改")


def test_back_to_the_team_with_a_reason(cast, noon):
    issue = confirmed(cast.team_a, cast.li)
    refused("words_missing", send_back, by=cast.qian, disclosure=issue, reason=" \u200b ")
    refused("words_long", send_back, by=cast.qian, disclosure=issue, reason="长" * 301)
    send_back(by=cast.qian, now=timezone.now(), disclosure=issue, reason="第3项缺价格\n请补")
    issue.refresh_from_db()
    assert (issue.state, issue.confirmed_by, issue.confirmed_at) == (DisclosureState.DRAFT, None, None)
    newest = issue.versions.order_by("-number").first()
    assert (newest.step, newest.note) == (DisclosureStep.RETURNED, "第3项缺价格 请补")
    write(issue, cast.wang, n3="带价格")
    leader_confirms(issue, cast.li)


# --- corrections ------------------------------------------------------------------------------------------------


def test_a_correction_leaves_the_published_text_alone(cast, noon):
    issue = published(cast.team_a, cast.li, cast.qian)
    before = issue.versions.order_by("-number").first().content
    note = add_note(by=cast.qian, now=timezone.now(), disclosure=issue, number=3, text="改为周四")
    assert (note.number, note.text) == (3, "改为周四")
    assert issue.versions.order_by("-number").first().content == before
    for act in (lambda: DisclosureNote.objects.filter(pk=note.pk).update(text="x"), note.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_corrections_are_for_what_is_published_and_say_something(cast, noon):
    issue = confirmed(cast.team_a, cast.li)
    note = {"by": cast.qian, "disclosure": issue, "number": None}
    refused("not_published", add_note, text="改", **note)
    publish(by=cast.qian, now=timezone.now(), disclosure=issue, seen=last(issue))
    refused("words_missing", add_note, text="", **note)
    refused("words_long", add_note, text="长" * 501, **note)


def test_versions_cannot_be_changed(cast, noon):
    issue = published(cast.team_a, cast.li, cast.qian)
    for act in (
        lambda: DisclosureVersion.objects.filter(disclosure=issue).update(note="x"),
        lambda: DisclosureVersion.objects.filter(disclosure=issue).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_digests_are_recomputed_and_a_forged_text_is_found(cast, noon):
    issue = published(cast.team_a, cast.li, cast.qian)
    out = StringIO()
    call_command("verify_disclosures", stdout=out)
    assert "已核对 1 期，全部一致" in out.getvalue()
    forged = issue.versions.order_by("-number").first()
    forged.content["items"][2]["text"] = "假的"
    with pgtrigger.ignore(
        "outreach.DisclosureVersion:disclosure_version_frozen"
    ):  # as who owns the database can
        forged.save(update_fields=["content"])
    assert [one.issue for one in broken_digests(MonthlyDisclosure.objects.all())] == [issue]
    with pytest.raises(CommandError, match="1 期"):
        call_command("verify_disclosures", stdout=out)
    assert "内容与指纹不符" in out.getvalue()


# --- at the same time -------------------------------------------------------------------------------------------


def _both(*acts) -> list[str]:
    """Run at once; "" or the code of the refusal."""
    told, gate = [], threading.Barrier(len(acts))

    def run(act) -> None:
        gate.wait()
        try:
            act()
            told.append("")
        except CannotDisclose as refusal:
            told.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[one]) for one in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return sorted(told)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does(cast, noon):
    issue = confirmed(cast.team_a, cast.li)
    seen = last(issue)

    def act():
        publish(by=cast.qian, now=timezone.now(), disclosure=issue, seen=seen)

    assert _both(act, act) == ["", "is_published"]
    assert issue.versions.filter(step=DisclosureStep.PUBLISHED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_edit_and_a_confirmation_at_once_do_not_both_pass(cast, noon):
    issue = filled(cast.team_a, cast.wang)
    seen = last(issue)

    def change():
        entry = {1: Entry(FILLED, "同时改的")}
        edit_items(by=cast.wang, now=timezone.now(), disclosure=issue, seen=seen, entries=entry)

    def sign():
        confirm(by=cast.li, now=timezone.now(), policy=policy_on(DAY), disclosure=issue, seen=seen)

    assert _both(change, sign) in (["", "changed_meanwhile"], ["", "is_confirmed"])


@pytest.mark.django_db(transaction=True)
def test_two_nights_at_once_draft_each_team_once(cast, noon):
    def act():
        drafted(cast.team_a)

    assert _both(act, act) == ["", ""]
    assert MonthlyDisclosure.objects.count() == 2
