"""Short links: one for each thing, the same for all who ask, leading to what it is called today."""

import datetime as dt
import threading

import pytest
from django.db import connections

from outreach.actions import short_links as making
from outreach.actions.short_links import CannotMakeLink, link_teams, short_link, short_links
from outreach.choices import PublicKind
from outreach.models import ShortLink
from outreach.queries.short_links import Goal, goal_of, team_behind
from tests.factories.visits import a_point

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)


def made(kind: PublicKind, key="") -> str:
    return short_link(kind=kind, key=key, now=NOW)


def test_a_thing_has_one_code_for_ever():
    first = short_links(kind=PublicKind.GRID, keys=[1, 2], now=NOW)
    again = short_links(kind=PublicKind.GRID, keys=[2, 1, 3], now=NOW + dt.timedelta(days=400))
    assert {key: again[key] for key in first} == first
    assert len(set(again.values())) == 3 == ShortLink.objects.count()
    assert made(PublicKind.TEAM, 1) != first["1"]


def test_codes_have_no_look_alikes():
    codes = short_links(kind=PublicKind.GRID, keys=range(200), now=NOW).values()
    assert not set("".join(codes)) & set("il1o0")
    assert {len(one) for one in codes} == {8}


def test_all_of_a_village_cost_as_much_as_one(django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        short_links(kind=PublicKind.GRID, keys=range(500), now=NOW)
    with django_assert_max_num_queries(1):
        short_links(kind=PublicKind.GRID, keys=range(500), now=NOW)


def test_a_code_that_is_taken_is_drawn_anew(monkeypatch):
    taken = made(PublicKind.MAP)
    drawn = iter([taken, taken, "abcdefgh"])
    monkeypatch.setattr(making, "public_code", lambda: next(drawn))
    assert made(PublicKind.GUIDE) == "abcdefgh"


def test_it_does_not_try_for_ever(monkeypatch):
    taken = made(PublicKind.MAP)
    monkeypatch.setattr(making, "public_code", lambda: taken)
    with pytest.raises(CannotMakeLink) as refused:
        made(PublicKind.GUIDE)
    assert refused.value.code == "no_code"


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_the_same_codes():
    start, found = threading.Barrier(4), []

    def ask() -> None:
        start.wait(10)
        found.append(short_links(kind=PublicKind.GRID, keys=range(40), now=NOW))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert len(found) == 4
    assert all(one == found[0] for one in found)
    assert ShortLink.objects.count() == 40


def test_every_kind_leads_to_its_page(noon, cast, district):
    point = a_point(district.grid_a, by=cast.li, on=noon)
    team = made(PublicKind.TEAM, cast.team_a.pk)
    goals = {
        made(PublicKind.GRID, district.grid_a.pk): Goal("public-grid", (district.grid_a.code,)),
        made(PublicKind.VILLAGE, district.village_a.pk): Goal("public-village", (district.village_a.code,)),
        made(PublicKind.POINT, point.pk): Goal("public-point", (point.code,)),
        made(PublicKind.MAP): Goal("public-map"),
        made(PublicKind.GUIDE): Goal("public-guide"),
        team: Goal("public-team", (team,)),
    }
    assert {code: goal_of(code, on=noon) for code in goals} == goals
    assert goal_of(made(PublicKind.DISCLOSURE, 99), on=noon) is None
    assert goal_of("unknown2", on=noon) is None


def test_what_is_no_more_leads_nowhere(noon, cast, district):
    grid, team = made(PublicKind.GRID, district.grid_a.pk), made(PublicKind.TEAM, cast.team_a.pk)
    district.grid_a.closed_on = noon
    district.grid_a.save()
    cast.team_a.ends_on = noon - dt.timedelta(days=1)
    cast.team_a.save()
    assert goal_of(grid, on=noon) is goal_of(team, on=noon) is team_behind(team, on=noon) is None


def test_a_changed_area_code_is_found_under_the_printed_one(noon, district):
    printed = made(PublicKind.VILLAGE, district.village_a.pk)
    district.village_a.code = "371002001099"
    district.village_a.save()
    assert goal_of(printed, on=noon) == Goal("public-village", ("371002001099",))


def test_every_team_at_work_gets_one_at_night(noon, cast):
    cast.team_b.ends_on = noon - dt.timedelta(days=1)
    cast.team_b.save()
    assert (link_teams(on=noon, now=NOW), link_teams(on=noon, now=NOW)) == (1, 0)
    assert ShortLink.objects.get().key == str(cast.team_a.pk)


def test_the_address_leads_on(noon, cast, district, client):
    answer = client.get(f"/p/{made(PublicKind.GRID, district.grid_a.pk)}/")
    assert (answer.status_code, answer.url) == (302, f"/p/g/{district.grid_a.code}/")
    assert client.get("/p/nothing2/").status_code == 404
