"""Content apart from the database: cleaning, blocks, digest, comparison, the table of steps."""

import datetime as dt
import json
import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.choices import DisclosureState, DisclosureStep, ItemState
from outreach.disclosures.content import Block, Content, ContentItem, Figure, blocks_of, digest_of
from outreach.disclosures.plain import MAX_LINES, bounded, plain, plain_line
from outreach.rules.disclosures import (
    NOTE_PERMISSION,
    TRANSITIONS,
    Entry,
    Row,
    clashes,
    compared,
    entry_finding,
    gaps_finding,
    is_draftable,
    line_rows,
    settled,
    step_finding,
    steps_from,
)
from teams.access import Permission
from tests.outreach.hostile import HOSTILE, INVISIBLE

AT = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
FILLED, NOTHING, GAP = ItemState.FILLED, ItemState.NOTHING, ItemState.GAP


def item(number=1, text="内容", state=FILLED, **more) -> ContentItem:
    return ContentItem(number, f"事项{number}", state, text, AT, **more)


def content(*items: ContentItem) -> Content:
    return Content(dt.date(2026, 11, 1), "环翠楼街道社区卫生服务中心", "李医生团队", "0631-5200001", items)


# --- plain text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_invisible_is_left(text):
    for found in (plain(text), plain_line(text)):
        assert not any(one in found for one in INVISIBLE)
        assert all(
            one == "\n" or unicodedata.category(one) not in ("Cc", "Cf", "Co", "Cs", "Cn") for one in found
        )
        assert found == found.strip() and "\n\n\n" not in found
    assert "\n" not in plain_line(text)


@given(st.text(max_size=400))
def test_cleaning_twice_is_cleaning_once(text):
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("• 一点\n●二点\n* 三点\n- 四点\n-3℃不是一点", "- 一点\n- 二点\n- 三点\n- 四点\n-3℃不是一点"),
        ("  多  个\t空　格  ", "多 个 空 格"),
        ("一\n\n\n\n二", "一\n\n二"),
        ("反\u202e向", "反向"),
        ("叠\u0301\u0302\u0303\u0304字", "叠\u0301\u0302字"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),  # escaping is for who writes HTML
    ],
)
def test_lines_are_plain(text, cleaned):
    assert plain(text) == cleaned


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("一二三", 3, "一二三"),
        ("一二三四", 3, "一二…"),
        ("一\n二\n三", 5, "一\n二\n三"),
        ("一\n二\n三", 4, "一\n…"),
        ("一二三\n四五六", 5, "一二三\n…"),
    ],
)
def test_what_is_too_long_says_so(text, most, shown):
    assert bounded(text, most) == shown
    assert len(shown) <= most


@given(st.lists(st.text(alphabet="字a ", max_size=30), max_size=90), st.integers(5, 300))
def test_what_is_bounded_fits(lines, most):
    text = plain("\n".join(lines))
    found = bounded(text, most)
    assert len(found) <= most and found.count("\n") < MAX_LINES
    assert found == text or found.endswith("…")


def test_blocks_are_paragraphs_and_lists():
    text = "第一行\n第二行\n- 一点\n- 二点\n接着\n\n- 三点"
    assert blocks_of(text) == (
        Block("paragraph", ("第一行", "第二行")),
        Block("list", ("一点", "二点")),
        Block("paragraph", ("接着",)),
        Block("list", ("三点",)),
    )
    assert blocks_of("") == ()


# --- content ----------------------------------------------------------------------------------------------------


def test_content_comes_back_from_json_as_it_went():
    figure = Figure("高血压随访", None, "人", AT, "/care/")
    one = content(item(1, facts=(figure,)), item(2, "", GAP, gap="由团队补充"), item(3, "", NOTHING))
    stored = json.loads(json.dumps(one.as_json()))
    assert Content.from_json(stored) == one
    assert digest_of(stored) == digest_of(one)
    assert [part.number for part in one.gaps] == [2]
    assert (one.publisher, one.month_words, one.as_of) == (
        "环翠楼街道社区卫生服务中心 李医生团队",
        "2026年11月",
        AT,
    )
    assert [part.shown for part in one.items] == ["内容", "待补充", "本月无此项"]


def test_the_digest_tells_one_letter_from_another_and_not_the_order_of_keys():
    stored = content(item()).as_json()
    assert digest_of(stored) == digest_of(dict(reversed(stored.items())))
    assert digest_of(content(item(text="内容。"))) != digest_of(stored)
    assert len(digest_of(stored)) == 64


def test_of_an_issue_the_team_stands_before_its_institution():
    place = SimpleNamespace(name="中心", phone="1")
    team = SimpleNamespace(name="团队", phone="")
    row = {"state": "filled", "text": "x", "as_of": AT, "facts": [], "gap": "旧"}
    rows = [SimpleNamespace(number=number, **row) for number in (2, 1)]
    issue = SimpleNamespace(month=dt.date(2026, 11, 1), institution=place, team=team)
    found = Content.of_issue(issue, rows)
    assert (found.team, found.phone, [one.number for one in found.items]) == ("团队", "1", [1, 2])
    assert all(one.gap == "" for one in found.items)
    issue.team = None
    assert Content.of_issue(issue, rows).team == ""


# --- rules ------------------------------------------------------------------------------------------------------


def test_the_table_of_steps_names_permissions_and_leaves_what_is_published():
    names = {one.permission for one in TRANSITIONS.values()} | {NOTE_PERMISSION}
    assert names <= {one.name for one in Permission}
    assert steps_from(DisclosureState.PUBLISHED) == ()
    assert DisclosureStep.DRAFTED not in TRANSITIONS
    for step, one in TRANSITIONS.items():
        for state in DisclosureState:
            finding = step_finding(step, state)
            assert (finding is None) == (state == one.start)
            assert finding is None or finding.code == f"is_{state.value}"


@pytest.mark.parametrize(
    ("on", "draftable"),
    [
        ((2026, 10, 31), False), ((2026, 11, 2), False), ((2026, 11, 3), True), ((2026, 11, 30), True),
        ((2026, 12, 1), False), ((2026, 12, 31), False),
    ],
)  # fmt: skip
def test_a_month_is_drafted_from_its_draft_day_to_its_end(on, draftable):
    assert is_draftable(dt.date(2026, 11, 1), dt.date(*on), 3) == draftable


@pytest.mark.parametrize(
    ("entry", "before", "meant"),
    [
        (Entry(GAP, "写了"), Entry(GAP, ""), FILLED),
        (Entry(GAP, "原样"), Entry(GAP, "原样"), GAP),
        (Entry(GAP, ""), Entry(FILLED, "原样"), GAP),
        (Entry(FILLED, "写了"), Entry(GAP, ""), FILLED),
        (Entry(NOTHING, ""), Entry(GAP, ""), NOTHING),
    ],
)
def test_text_written_into_a_gap_fills_it(entry, before, meant):
    assert settled(entry, before).state == meant


@pytest.mark.parametrize(
    ("items", "least", "code"),
    [(10, 10, None), (9, 10, "too_few_items"), (9, 9, None), (10, 12, None)],
)
def test_an_issue_has_all_its_items(items, least, code):
    finding = gaps_finding(content(*(item(number) for number in range(1, items + 1))), least=least)
    assert (finding.code if finding else None) == code


def test_an_entry_of_the_longest_text_is_kept():
    assert entry_finding(1, Entry(FILLED, "长" * 2000)) is None
    assert entry_finding(1, Entry(FILLED, "长" * 2001)).code == "text_long"


def test_only_the_same_item_clashes():
    seen, now = content(item(1), item(2)), content(item(1), item(2, "同事改的"))
    assert clashes([1, 2], seen, now) == [2]
    assert clashes([1], seen, now) == []


def test_lines_stand_side_by_side():
    assert line_rows(["一", "二", "三"], ["一", "贰", "三", "四"]) == (
        Row("same", "一", "一"), Row("changed", "二", "贰"), Row("same", "三", "三"), Row("added", "", "四"),
    )  # fmt: skip
    assert line_rows(["一", "二"], []) == (Row("removed", "一", ""), Row("removed", "二", ""))


@given(st.lists(st.sampled_from("一二三"), max_size=8), st.lists(st.sampled_from("一二三"), max_size=8))
def test_a_comparison_loses_no_line(left, right):
    rows = line_rows(left, right)
    assert [one.left for one in rows if one.mark != "added"] == left
    assert [one.right for one in rows if one.mark != "removed"] == right


def test_a_gap_is_compared_with_its_words():
    left, right = content(item(1, "", GAP, gap="由团队补充")), content(item(1, "", NOTHING), item(2))
    first, second = compared(left, right)
    assert first.rows == (Row("changed", "［待补充］由团队补充", "本月无此项"),)
    assert [one.mark for one in second.rows] == ["added"] and not second.is_same
