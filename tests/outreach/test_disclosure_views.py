"""The pages of the ten disclosures: whose, what they show, what a form does."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from outreach.actions.disclosures import add_note, send_back
from outreach.choices import DisclosureState, ItemState
from outreach.models import MonthlyDisclosure
from tests.factories.grids import GridFactory, GridResponsibilityFactory
from tests.factories.teams import TeamFactory, TeamMembershipFactory
from tests.outreach.disclosing import confirmed, drafted, filled, last, published, write

LIST = "disclosure-list"


def page(client, name: str, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def sent(issue: MonthlyDisclosure, numbers=range(1, 11), **changes) -> dict[str, str]:
    """What the form posts: the texts as they stand, changed."""
    data = {"seen": str(last(issue))}
    for one in issue.items.filter(number__in=numbers):
        data |= {f"text_{one.number}": one.text, f"state_{one.number}": one.state}
    return data | changes


# --- the list ---------------------------------------------------------------------------------------------------


def test_each_reader_sees_his_own_issues(cast, noon, sign_in):
    drafted(cast.team_a)
    for user, names in (
        (cast.wang, {"李医生团队"}),
        (cast.qian, {"李医生团队"}),
        (cast.he, {"李医生团队"}),
        (cast.zhao, {"赵医生团队"}),
        (cast.zhou, {"李医生团队", "赵医生团队"}),
    ):
        text = page(sign_in(user), LIST)
        assert {name for name in ("李医生团队", "赵医生团队") if f">{name}</a>" in text} == names


def test_the_list_tells_what_is_missing_and_narrows(cast, noon, sign_in):
    issue = drafted(cast.team_a)
    client = sign_in(cast.zhou)
    gaps = issue.items.filter(state=ItemState.GAP).count()
    assert f"{gaps} 项待补充" in page(client, LIST)
    assert "没有符合条件" in page(client, LIST, state="published")
    only = page(client, LIST, q="李医生", state="gaps")
    assert "李医生团队</a>" in only and "赵医生团队</a>" not in only
    assert "赵医生团队</a>" in page(client, LIST, institution=cast.institution_b.pk)
    assert "2026年10月没有" in page(client, LIST, month="2026-10")
    assert "2026年11月" in page(client, LIST, month="abc", state="nonsense")


def test_teams_without_an_issue_are_named(cast, noon, sign_in):
    drafted(cast.team_a)
    late = TeamFactory(institution=cast.institution_a, name="后来的团队")
    GridResponsibilityFactory(grid=GridFactory(), team=late)
    assert "后来的团队" in page(sign_in(cast.qian), LIST)
    assert "后来的团队" not in page(sign_in(cast.zhao), LIST)


def test_the_list_is_exported(cast, noon, sign_in):
    drafted(cast.team_a)
    answer = sign_in(cast.zhou).get(reverse(LIST), {"export": "1"})
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_list_asks_the_database_as_often_for_many_as_for_few(cast, noon, sign_in):
    client = sign_in(cast.zhou)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client, LIST)
        return len(seen)

    drafted(cast.team_a)
    few = count()
    for number in range(10):
        team = TeamFactory(institution=cast.institution_b, name=f"第{number}团队")
        GridResponsibilityFactory(grid=GridFactory(), team=team)
    drafted(cast.team_a)
    assert MonthlyDisclosure.objects.count() == 12
    assert count() <= few


# --- one issue --------------------------------------------------------------------------------------------------


def test_an_issue_of_another_team_is_not_there(cast, noon, sign_in):
    issue = drafted(cast.team_a)
    client = sign_in(cast.zhao)
    for name in ("disclosure-detail", "disclosure-versions"):
        assert client.get(reverse(name, args=[issue.pk])).status_code == 404
    for name in ("disclosure-detail", "disclosure-redraft", "disclosure-confirm"):
        assert client.post(reverse(name, args=[issue.pk]), {"seen": "1"}).status_code == 404
    steward = sign_in(cast.wu)
    for name in ("disclosure-return", "disclosure-publish", "disclosure-note"):
        assert steward.post(reverse(name, args=[issue.pk]), {"seen": "1"}).status_code == 404


def test_open_items_stand_first_and_figures_tell_their_moment(cast, noon, sign_in):
    issue = drafted(cast.team_a)
    write(issue, cast.li, n1="立冬")
    text = page(sign_in(cast.wang), "disclosure-detail", issue.pk)
    gap = issue.items.filter(state=ItemState.GAP).order_by("number").first()
    assert text.index(f'id="item-{gap.number}"') < text.index('id="item-1"')
    assert "取数时间 11月22日 12:00" in text and "截至 11月22日 12:00" in text
    assert "王护士" not in text.split('id="item-1"')[1][:1500] and "李医生" in text


def test_the_form_saves_all_or_one_item(cast, noon, sign_in):
    issue = filled(cast.team_a, cast.li)
    client = sign_in(cast.wang)
    address = reverse("disclosure-detail", args=[issue.pk])
    answer = client.post(address, sent(issue, text_4="义诊\r\n周五", text_5="巡诊"))
    assert answer.status_code == 302
    assert issue.items.get(number=4).text == "义诊\n周五"
    alone = page(client, "disclosure-detail", issue.pk, item=7)
    assert 'name="text_7"' in alone and 'name="text_8"' not in alone
    client.post(f"{address}?item=7", sent(issue, [7], text_7="只改第七项"))
    assert issue.items.get(number=7).text == "只改第七项"
    assert issue.items.get(number=8).text == "第8项的内容"


def test_a_refused_form_comes_back_with_what_was_typed(cast, noon, sign_in):
    issue = filled(cast.team_a, cast.li)
    client = sign_in(cast.wang)
    address = reverse("disclosure-detail", args=[issue.pk])
    answer = client.post(address, sent(issue, text_4="打了很久的字", text_5=""))
    text = answer.content.decode()
    assert answer.status_code == 200 and "打了很久的字" in text and "第5项没有内容" in text
    stale = sent(issue, text_4="打了很久的字")
    write(issue, cast.li, n4="李医生先改的")
    text = client.post(address, stale).content.decode()
    assert "打了很久的字" in text and "刚刚被同事改过" in text
    issue = confirmed_again(issue, cast)
    text = client.post(address, stale).content.decode()
    assert "打了很久的字" in text and "已经确认" in text


def confirmed_again(issue, cast):
    from outreach.actions.disclosures import confirm
    from outreach.policy import policy_on

    return confirm(
        by=cast.li,
        now=timezone.now(),
        policy=policy_on(dt.date(2026, 11, 22)),
        disclosure=issue,
        seen=last(issue),
    )


@pytest.mark.parametrize("name", ["zhou", "he"])
def test_who_only_looks_gets_no_form(cast, noon, sign_in, name):
    issue = filled(cast.team_a, cast.li)
    client = sign_in(getattr(cast, name))
    text = page(client, "disclosure-detail", issue.pk)
    # The steps are drawn from the state and the permissions together.
    assert "第4项的内容" in text
    for button in ("团队长确认</button>", "保存</button>", "审核发布</button>", "发布更正说明</button>"):
        assert button not in text
    assert client.post(reverse("disclosure-detail", args=[issue.pk]), sent(issue)).status_code == 403


def test_the_whole_way_by_the_buttons(cast, noon, sign_in):
    issue = filled(cast.team_a, cast.wang)
    assert "团队长确认</button>" not in page(sign_in(cast.wang), "disclosure-detail", issue.pk)
    leader = sign_in(cast.li)
    assert "团队长确认</button>" in page(leader, "disclosure-detail", issue.pk)
    leader.post(reverse("disclosure-confirm", args=[issue.pk]), {"seen": last(issue)})
    issue.refresh_from_db()
    assert issue.state == DisclosureState.CONFIRMED
    steward = sign_in(cast.qian)
    assert "审核发布</button>" in page(steward, "disclosure-detail", issue.pk)
    steward.post(reverse("disclosure-publish", args=[issue.pk]), {"seen": last(issue)})
    issue.refresh_from_db()
    assert issue.state == DisclosureState.PUBLISHED
    text = page(steward, "disclosure-detail", issue.pk)
    assert issue.digest in text and 'name="text_1"' not in text
    steward.post(reverse("disclosure-note", args=[issue.pk]), {"number": "3", "correction": "改为周四"})
    assert "改为周四" in page(steward, "disclosure-detail", issue.pk)
    answer = steward.post(reverse("disclosure-note", args=[issue.pk]), {"number": "3", "correction": ""})
    assert answer.status_code == 200 and "必填" in answer.content.decode()


def test_a_leader_confirms_for_his_own_team_alone(cast, noon, sign_in):
    second = TeamFactory(institution=cast.institution_a, name="第二团队")
    GridResponsibilityFactory(grid=GridFactory(), team=second)
    TeamMembershipFactory(team=second, user=cast.li, is_leader=False)  # a member there, the leader of team A
    issue = filled(second, cast.li)
    leader = sign_in(cast.li)
    assert "团队长确认</button>" not in page(leader, "disclosure-detail", issue.pk)
    answer = leader.post(reverse("disclosure-confirm", args=[issue.pk]), {"seen": last(issue)})
    assert answer.status_code == 403
    issue.refresh_from_db()
    assert issue.state == DisclosureState.DRAFT


def test_a_steward_from_elsewhere_who_serves_in_the_team_does_not_publish(cast, noon, sign_in):
    TeamMembershipFactory(team=cast.team_a, user=cast.wu)  # the steward of institution B
    issue = confirmed(cast.team_a, cast.li)
    client = sign_in(cast.wu)
    assert client.get(reverse("disclosure-detail", args=[issue.pk])).status_code == 200
    for name, typed in (("publish", {"seen": last(issue)}), ("return", {"reason": "不妥"})):
        assert client.post(reverse(f"disclosure-{name}", args=[issue.pk]), typed).status_code == 403
    issue.refresh_from_db()
    assert issue.state == DisclosureState.CONFIRMED


def test_a_stale_or_forged_step_is_told_and_does_nothing(cast, noon, sign_in):
    issue = filled(cast.team_a, cast.wang)
    for seen in ("1", "", "abc", "-1"):
        answer = sign_in(cast.li).post(
            reverse("disclosure-confirm", args=[issue.pk]), {"seen": seen}, follow=True
        )
        assert "内容又有改动" in answer.content.decode()
    issue.refresh_from_db()
    assert issue.state == DisclosureState.DRAFT


def test_what_came_back_says_why(cast, noon, sign_in):
    issue = confirmed(cast.team_a, cast.li)
    steward = sign_in(cast.qian)
    steward.post(reverse("disclosure-return", args=[issue.pk]), {"reason": "第3项缺价格"})
    assert "第3项缺价格" in page(sign_in(cast.wang), "disclosure-detail", issue.pk)
    confirmed_again(issue, cast)
    assert "第3项缺价格" not in page(sign_in(cast.wang), "disclosure-detail", issue.pk)


def test_one_item_or_all_are_drafted_again(cast, noon, sign_in):
    issue = filled(cast.team_a, cast.li)
    client = sign_in(cast.wang)
    address = reverse("disclosure-redraft", args=[issue.pk])
    client.post(address, {"number": ""})
    assert issue.items.get(number=6).text == "第6项的内容"
    client.post(address, {"number": "6"})
    assert "10月签约居民服务情况" in issue.items.get(number=6).text
    assert issue.items.get(number=5).text == "第5项的内容"


def test_two_versions_side_by_side(cast, noon, sign_in):
    issue = filled(cast.team_a, cast.li)
    write(issue, cast.wang, n4="第一行\n第二行", n3="第3项的内容\n多一行")
    client = sign_in(cast.zhou)
    text = page(client, "disclosure-versions", issue.pk)
    assert "第 2 版与第 3 版" in text
    assert "<ins>多一行</ins>" in text and "<del>第4项的内容</del>" in text
    assert "第 1 版与第 1 版" in page(client, "disclosure-versions", issue.pk, left="1", right="1")
    assert "第 2 版与第 3 版" in page(client, "disclosure-versions", issue.pk, left="99", right="x")


def test_a_published_issue_is_shown_as_it_was_published(cast, noon, sign_in):
    issue = published(cast.team_a, cast.li, cast.qian)
    cast.team_a.name = "改名的团队"
    cast.team_a.save(update_fields=["name"])
    issue.items.filter(number=3).update(text="改过的行")
    text = page(sign_in(cast.qian), "disclosure-detail", issue.pk)
    assert "第3项的内容" in text and "改过的行" not in text and "李医生团队" in text


HOSTILE = "<script>alert(1)</script>{{ 7|add:7 }}\u202e<img src=x onerror=a>\u200b\x00"


def test_hostile_text_does_nothing_on_any_page(cast, noon, sign_in):
    issue = filled(cast.team_a, cast.li)
    client = sign_in(cast.li)
    client.post(
        reverse("disclosure-detail", args=[issue.pk]), sent(issue, text_4=HOSTILE.replace("\x00", ""))
    )
    assert "<script>" in issue.items.get(number=4).text
    pages = [page(client, name, issue.pk) for name in ("disclosure-detail", "disclosure-versions")]
    issue = confirmed_again(issue, cast)
    send_back(by=cast.qian, now=timezone.now(), disclosure=issue, reason=HOSTILE)
    pages += [page(client, name, issue.pk) for name in ("disclosure-detail", "disclosure-versions")]
    issue.refresh_from_db()
    issue = confirmed_again(issue, cast)
    sign_in(cast.qian).post(reverse("disclosure-publish", args=[issue.pk]), {"seen": last(issue)})
    add_note(by=cast.qian, now=timezone.now(), disclosure=issue, number=1, text=HOSTILE)
    pages.append(page(sign_in(cast.qian), "disclosure-detail", issue.pk))
    for text in pages:
        assert not re.search(r"<script>alert|<img src=x|\u202e|\u200b", text)
    assert sum("&lt;script&gt;" in text for text in pages) == len(pages)
