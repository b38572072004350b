"""Seasons: days against published tables, the shipped texts, the bureau's own words, item 1 (S0-10, S0-23)."""

import datetime as dt
from itertools import pairwise

import pytest
from django.urls import reverse

from outreach.actions.seasons import CannotKeepSeason, change_season
from outreach.choices import SeasonKind
from outreach.disclosures.base import Month, Unit
from outreach.disclosures.plain import plain_line
from outreach.disclosures.sources.seasons import season_of_month
from outreach.models import SeasonEntry
from outreach.rules.seasons import (
    TERMS,
    SeasonUnknown,
    dog_days_and_nines,
    festivals,
    solar_terms,
)
from outreach.season_data import load_seasons, shipped_seasons

NOW = dt.datetime(2026, 11, 1, 0, 0, tzinfo=dt.UTC)
UNIT = Unit(institution=1, team=1, teams=(1,))
# Days of the 24 terms from 小寒 to 冬至, as the almanacs print them: two a month.
DAYS = {
    2023: (5, 20, 4, 19, 6, 21, 5, 20, 6, 21, 6, 21, 7, 23, 8, 23, 8, 23, 8, 24, 8, 22, 7, 22),
    2024: (6, 20, 4, 19, 5, 20, 4, 19, 5, 20, 5, 21, 6, 22, 7, 22, 7, 22, 8, 23, 7, 22, 6, 21),
    2025: (5, 20, 3, 18, 5, 20, 4, 20, 5, 21, 5, 21, 7, 22, 7, 23, 7, 23, 8, 23, 7, 22, 7, 21),
    2026: (5, 20, 4, 18, 5, 20, 5, 20, 5, 21, 5, 21, 7, 23, 7, 23, 7, 23, 8, 23, 7, 22, 7, 22),
}
# Equinoxes and solstices in UTC, to the minute, as observatories publish them.
MOMENTS = [
    ((2023, 3), (20, 21, 24)), ((2023, 6), (21, 14, 58)), ((2023, 9), (23, 6, 50)), ((2023, 12), (22, 3, 27)),
    ((2024, 3), (20, 3, 6)), ((2024, 6), (20, 20, 51)), ((2024, 9), (22, 12, 44)), ((2024, 12), (21, 9, 20)),
    ((2025, 3), (20, 9, 1)), ((2025, 6), (21, 2, 42)), ((2025, 9), (22, 18, 19)), ((2025, 12), (21, 15, 3)),
    ((2026, 3), (20, 14, 46)), ((2026, 6), (21, 8, 25)), ((2026, 9), (23, 0, 5)), ((2026, 12), (21, 20, 50)),
]  # fmt: skip


def first(year: int, month: int) -> dt.date:
    return dt.date(year, month, 1)


class TestDays:
    @pytest.mark.parametrize("year", DAYS)
    def test_the_published_days(self, year):
        found = [term for month in range(1, 13) for term in solar_terms(first(year, month))]
        assert tuple(one.on.day for one in found) == DAYS[year]
        assert tuple(one.name for one in found) == TERMS
        assert [one.number for one in found] == list(range(1, 25))

    @pytest.mark.parametrize(("month", "utc"), MOMENTS)
    def test_the_published_moments(self, month, utc):
        second = solar_terms(first(*month))[1]
        published = dt.datetime(*month, *utc, tzinfo=dt.UTC)
        assert abs(second.at - published) <= dt.timedelta(seconds=75)

    def test_the_moment_is_in_beijing_time(self):
        assert (
            f"{solar_terms(dt.date(2026, 11, 30))[1].at:%Y-%m-%d %H:%M %Z}"
            == "2026-11-22 15:23 Asia/Shanghai"
        )

    def test_two_a_month_in_every_year_half_a_month_apart(self):
        found = [term for year in range(1901, 2100, 11) for month in range(1, 13)
                 for term in solar_terms(first(year, month))]  # fmt: skip
        for early, late in zip(found[::2], found[1::2], strict=True):
            assert (early.at.year, early.at.month) == (late.at.year, late.at.month)
        in_year = [pair for pair in pairwise(found) if pair[0].at.year == pair[1].at.year]
        assert all(13 < (late.at - early.at).days < 17 for early, late in in_year)

    @pytest.mark.parametrize("year", [1900, 2100])
    def test_not_beyond_the_compared_tables(self, year):
        for ask in (solar_terms, festivals, dog_days_and_nines):
            with pytest.raises(SeasonUnknown):
                ask(first(year, 1))

    @pytest.mark.parametrize(
        ("month", "told"),
        [
            ((2026, 2), [(16, "除夕"), (17, "春节")]),
            ((2026, 3), [(3, "元宵节")]),
            ((2025, 1), [(1, "元旦"), (7, "腊八节"), (28, "除夕"), (29, "春节")]),
            ((2025, 10), [(1, "国庆节"), (6, "中秋节"), (29, "重阳节")]),
            ((2023, 4), []),  # the leap second month has no festivals of its own
            ((2026, 6), [(1, "儿童节"), (19, "端午节")]),
        ],
    )
    def test_festivals(self, month, told):
        assert [(one.on.day, one.name) for one in festivals(first(*month))] == told

    @pytest.mark.parametrize(
        ("year", "starts"),
        [
            (2023, ["07-11", "07-21", "08-10", "08-20"]),
            (2024, ["07-15", "07-25", "08-14", "08-24"]),
            (2025, ["07-20", "07-30", "08-09", "08-19"]),
            (2026, ["07-15", "07-25", "08-14", "08-24"]),
        ],
    )
    def test_dog_days(self, year, starts):
        found = [*dog_days_and_nines(first(year, 7)), *dog_days_and_nines(first(year, 8))]
        assert [one.name for one in found] == ["初伏", "中伏", "末伏", "出伏"]
        assert [f"{one.on:%m-%d}" for one in found] == starts

    def test_the_nines_run_from_the_winter_solstice(self):
        found = [one for month in ((2025, 12), (2026, 1), (2026, 2), (2026, 3))
                 for one in dog_days_and_nines(first(*month))]  # fmt: skip
        assert [one.name[0] for one in found] == list("一二三四五六七八九")
        assert found[0].on == dt.date(2025, 12, 21)
        assert {(late.on - early.on).days for early, late in pairwise(found)} == {9}


class TestTexts:
    def test_all_terms_and_months_within_their_length(self):
        rows = shipped_seasons()
        terms = {one["number"]: one["title"] for one in rows if one["kind"] == SeasonKind.TERM}
        assert [terms[number] for number in range(1, 25)] == list(TERMS)
        assert {one["number"] for one in rows if one["kind"] == SeasonKind.MONTH} == set(range(1, 13))
        assert len(rows) == 36
        for one in rows:
            assert 80 <= len(one["health"]) <= 200, one["title"]
            assert 60 <= len(one["diseases"]) <= 150, one["title"]

    def test_no_text_is_told_twice_and_all_are_plain(self):
        texts = [one[field] for one in shipped_seasons() for field in ("health", "diseases")]
        assert len(set(texts)) == len(texts)
        assert all(plain_line(one) == one for one in texts)

    @pytest.mark.parametrize(
        ("months", "word"),
        [
            ((1, 2, 11, 12), "流感"), ((10, 11, 12, 1), "诺如病毒"), ((4, 5, 6), "手足口病"),
            ((4, 5, 6, 7), "发热伴血小板减少综合征"), ((6, 7, 8), "中暑"), ((11, 12, 1, 2), "一氧化碳中毒"),
            ((12, 1), "冰雪"), ((6, 7), "溺水"), ((7, 8), "登革热"),
        ],
    )  # fmt: skip
    def test_what_to_watch_in_which_month(self, months, word):
        told = {
            one["number"]: one["diseases"] for one in shipped_seasons() if one["kind"] == SeasonKind.MONTH
        }
        assert all(word in told[month] for month in months)

    @pytest.mark.parametrize(
        ("month", "day"),
        [
            (2, "世界癌症日"),
            (3, "世界防治结核病日"),
            (5, "世界高血压日"),
            (9, "世界心脏日"),
            (11, "联合国糖尿病日"),
        ],
    )
    def test_awareness_days_stand_in_their_month(self, month, day):
        [text] = [
            one["health"] for one in shipped_seasons() if (one["kind"], one["number"]) == ("month", month)
        ]
        assert day in text

    @pytest.mark.django_db
    def test_loaded_once_and_never_over_an_edited_row(self):
        assert SeasonEntry.objects.count() == 36
        SeasonEntry.objects.filter(kind="term", number=22).update(health="本区自己的话")
        SeasonEntry.objects.filter(kind="term", number=1).delete()
        load_seasons(SeasonEntry)
        assert SeasonEntry.objects.count() == 36
        assert SeasonEntry.objects.get(kind="term", number=22).health == "本区自己的话"


@pytest.mark.django_db
class TestItem:
    def text(self, month: dt.date) -> str:
        return season_of_month([UNIT], Month.of(month), NOW)[UNIT].text

    def test_terms_with_day_and_moment_then_their_words(self):
        lines = self.text(dt.date(2026, 11, 1)).split("\n")
        assert lines[0] == "本月节气：11月7日（周六）17:52立冬，11月22日（周日）15:23小雪。"
        assert [one.split("：")[0] for one in lines[1:]] == [
            "立冬养生", "立冬防病", "小雪养生", "小雪防病", "本月养生", "本月防病",
        ]  # fmt: skip
        assert "联合国糖尿病日" in lines[5]

    def test_festivals_and_dog_days(self):
        assert "本月节日：2月16日（周一）除夕，2月17日（周二）春节。" in self.text(dt.date(2026, 2, 3))
        assert "本月时令：7月15日（周三）初伏，7月25日（周六）中伏。" in self.text(dt.date(2026, 7, 1))

    def test_every_month_fits_the_item(self):
        assert max(len(self.text(first(2026, month))) for month in range(1, 13)) <= 1200

    def test_also_with_the_longest_texts(self):
        SeasonEntry.objects.update(health="养" * 300, diseases="病" * 300)
        assert len(self.text(dt.date(2026, 2, 1))) <= 2000

    def test_what_is_missing_is_named_with_who_fills_it(self):
        SeasonEntry.objects.filter(title__in=["小雪", "十一月"]).delete()
        drafted = season_of_month([UNIT], Month.of(dt.date(2026, 11, 1)), NOW)[UNIT]
        assert "缺小雪、本月的养生防病内容" in drafted.gap
        assert "区卫健局" in drafted.gap
        assert "立冬养生" in drafted.text

    def test_one_query_for_all_units(self, django_assert_num_queries):
        units = [Unit(institution=one, team=one, teams=(one,)) for one in range(1, 301)]
        with django_assert_num_queries(1):
            found = season_of_month(units, Month.of(dt.date(2026, 11, 1)), NOW)
        assert set(found) == set(units)


class TestOwnWords:
    def test_reworded_without_what_cannot_be_seen(self, cast):
        entry = SeasonEntry.objects.get(kind="term", number=22)
        change_season(by=cast.zhou, entry=entry, health="添衣\u200b保暖\n勤通风", diseases="\u202e防流感")
        entry.refresh_from_db()
        assert (entry.health, entry.diseases) == ("添衣保暖 勤通风", "防流感")

    @pytest.mark.parametrize(("health", "diseases", "field"), [
        (" \u200b", "好", "health"), ("好", "", "diseases"), ("长" * 301, "好", "health"),
    ])  # fmt: skip
    def test_empty_or_too_long_is_refused(self, cast, health, diseases, field):
        entry = SeasonEntry.objects.get(kind="term", number=22)
        with pytest.raises(CannotKeepSeason) as refused:
            change_season(by=cast.zhou, entry=entry, health=health, diseases=diseases)
        assert (refused.value.code, refused.value.field) == ("season_text", field)

    def test_exactly_the_most_letters(self, cast):
        entry = SeasonEntry.objects.get(kind="month", number=1)
        change_season(by=cast.zhou, entry=entry, health="长" * 300, diseases="长" * 300)

    def test_the_bureau_rewords_the_steward_reads(self, cast, sign_in):
        entry = SeasonEntry.objects.get(kind="month", number=11)
        page = reverse("admin:outreach_seasonentry_change", args=[entry.pk])
        typed = {"health": "新的养生内容", "diseases": "新的防病内容"}
        assert sign_in(cast.qian).post(page, typed).status_code == 403
        assert "联合国糖尿病日" in sign_in(cast.qian).get(page).content.decode()
        assert sign_in(cast.zhou).post(page, typed).status_code == 302
        entry.refresh_from_db()
        assert entry.health == "新的养生内容"
        long = sign_in(cast.zhou).post(page, typed | {"health": "长" * 301})
        assert long.status_code == 200
        assert "300" in long.content.decode()
        assert entry.history.count() == 1
