"""Working days: the library's years, the notice as printed, weekends where nothing is known."""

import datetime as dt
import logging

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import (
    CannotSetWorkdays,
    check_calendar,
    is_working,
    keep_day,
    load_known,
    missing_years,
    next_working,
    set_year,
    working_days_after,
)
from core.holidays import CannotReadNotice, SpecialDay, known_days, read_notice
from core.models import WorkDay

D = dt.date
NOTICE_2026 = """
国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。
"""


@pytest.fixture(autouse=True)
def calendar(request):
    """As the migration fills it; a test with real transactions may have emptied it."""
    if request.cls in (TestDays, TestPages):
        request.getfixturevalue("db")
        load_known(known_days(), source="国务院办公厅节假日安排通知")


class TestNotice:
    def test_the_printed_notice_says_what_the_library_says(self):
        read = {(one.day, one.is_working) for one in read_notice(NOTICE_2026, 2026)}
        assert read == {(one.day, one.is_working) for one in known_days() if one.day.year == 2026}

    def test_a_holiday_over_the_turn_of_the_year(self):
        text = "元旦：2026年12月31日至2027年1月2日放假，共3天。"
        assert [one.day for one in read_notice(text, 2027)] == [D(2026, 12, 31), D(2027, 1, 1), D(2027, 1, 2)]

    def test_a_span_over_two_months(self):
        days = read_notice("国庆节：9月29日至10月2日放假调休，共4天。", 2027)
        assert [one.day.day for one in days] == [29, 30, 1, 2]
        assert {one.name for one in days} == {"国庆节"}

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "notice_empty"),
            ("春节快乐", "notice_empty"),
            ("春节：2月15日至23日放假调休，共8天。", "notice_count_differs"),
            ("春节：2月30日放假，共1天。", "notice_no_such_day"),
            ("春节：2月23日至15日放假。", "notice_span"),
            ("春节：2月1日至28日放假。", "notice_span"),
            ("元旦：1月1日放假，共1天。\n新年：1月1日放假，共1天。", "notice_day_twice"),
            ("元旦：1日放假，共1天。", "notice_no_such_day"),
        ],
    )
    def test_what_cannot_be_right_is_refused(self, text, code):
        with pytest.raises(CannotReadNotice) as caught:
            read_notice(text, 2027)
        assert caught.value.code == code

    @given(st.text(alphabet="元旦：0123456789月日至放假上班，。共天年\n", max_size=60))
    def test_any_text_is_read_or_refused(self, text):
        try:
            read_notice(text, 2027)
        except CannotReadNotice:
            return


@pytest.mark.django_db
class TestDays:
    @pytest.mark.parametrize(
        ("day", "works"),
        [
            (D(2026, 9, 20), True),  # Sunday, made up for
            (D(2026, 9, 25), False),  # Friday, mid-autumn
            (D(2026, 10, 10), True),  # Saturday, made up for
            (D(2026, 11, 21), False),  # a plain Saturday
            (D(2026, 11, 23), True),  # a plain Monday
            (D(2031, 1, 4), False),  # nothing known: weekends
            (D(2031, 1, 6), True),
        ],
    )
    def test_holidays_and_make_up_days(self, day, works):
        assert is_working(day) is works

    def test_counting_working_days(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert working_days_after(D(2026, 9, 30), 1) == D(2026, 10, 8)
        assert working_days_after(D(2026, 9, 30), 3) == D(2026, 10, 10)
        assert working_days_after(D(2026, 9, 30), 0) == D(2026, 9, 30)
        assert next_working(D(2026, 10, 8)) == D(2026, 10, 8)
        assert next_working(D(2026, 2, 15)) == D(2026, 2, 24)

    def test_counting_beyond_what_is_read_at_once(self):
        end = working_days_after(D(2026, 1, 1), 248)
        days = [D(2026, 1, 1) + dt.timedelta(days=one) for one in range(1, (end - D(2026, 1, 1)).days + 1)]
        assert sum(map(is_working, days)) == 248

    def test_agrees_with_the_library_day_by_day(self):
        import chinese_calendar

        days = [D(2025, 1, 1) + dt.timedelta(days=one) for one in range(730)]
        special = dict(WorkDay.objects.values_list("day", "is_working"))
        ours = [special.get(day, day.weekday() < 5) for day in days]
        assert ours == [chinese_calendar.is_workday(day) for day in days]

    def test_missing_years_are_told_in_time_and_to_the_log(self, caplog):
        assert missing_years(D(2026, 10, 31)) == []
        assert missing_years(D(2026, 11, 1)) == [2027]
        assert missing_years(D(2027, 1, 1)) == [2027]
        with caplog.at_level(logging.WARNING):
            assert check_calendar(on=D(2026, 12, 1)) == 1
        assert "2027" in caplog.text

    def test_a_year_is_replaced_and_other_years_stay(self):
        before = WorkDay.objects.exclude(day__year=2026).count()
        days = [SpecialDay(D(2026, 1, 1), False, "元旦")]
        assert set_year(year=2026, days=days, source="测试") == 1
        assert WorkDay.objects.filter(day__year=2026).count() == 1
        assert WorkDay.objects.exclude(day__year=2026).count() == before

    @pytest.mark.parametrize(
        ("day", "code"), [(D(2026, 5, 1), "other_year"), (D(2026, 12, 31), "year_without_days")]
    )
    def test_days_of_another_year_are_refused(self, day, code):
        with pytest.raises(CannotSetWorkdays) as caught:
            set_year(year=2027, days=[SpecialDay(day, False, "元旦")], source="测试")
        assert caught.value.code == code

    def test_loading_again_keeps_what_the_bureau_entered(self):
        keep_day(day=D(2026, 1, 1), is_working=True, name="元旦", source="测试")
        WorkDay.objects.filter(day=D(2026, 1, 2)).delete()
        assert load_known(known_days(), source="库") == 1
        assert is_working(D(2026, 1, 1))
        assert load_known(known_days(), source="库") == 0


class TestPages:
    def test_the_banner_asks_for_the_next_year_from_november_on(self, cast, sign_in, noon):
        page = sign_in(cast.zhou).get(reverse("admin:index")).content.decode()
        assert "工作日历还没有 2027 年" in page
        assert reverse("admin:core_workday_notice") in page
        set_year(year=2027, days=[SpecialDay(D(2027, 1, 1), False, "元旦")], source="测试")
        assert "工作日历还没有" not in sign_in(cast.zhou).get(reverse("admin:index")).content.decode()

    def test_a_notice_is_read_shown_and_confirmed(self, cast, sign_in, noon):
        client, page = sign_in(cast.zhou), reverse("admin:core_workday_notice")
        data = {
            "year": 2027, "source": "国办发明电〔2026〕7号", "text": "元旦：1月1日至3日放假，共3天。1月9日上班。"
        }  # fmt: skip
        shown = client.post(page, data)
        assert "2027-01-01（周五，元旦）" in shown.content.decode()
        assert missing_years(D(2027, 1, 1)) == [2027]
        changed = client.post(page, data | {"seen": shown.context["seen"], "text": "元旦：1月1日放假。"})
        assert "请核对后" in changed.content.decode()  # not what was shown before
        assert missing_years(D(2027, 1, 1)) == [2027]
        assert client.post(page, data | {"seen": shown.context["seen"]}).status_code == 302
        assert is_working(D(2027, 1, 9))
        assert not is_working(D(2027, 1, 1))

    def test_a_text_that_is_no_notice_comes_back_with_what_was_typed(self, cast, sign_in):
        page = sign_in(cast.zhou).post(
            reverse("admin:core_workday_notice"), {"year": 2027, "source": "甲", "text": "春节快乐"}
        )
        assert "没有读到放假安排" in page.content.decode()
        assert "春节快乐" in page.content.decode()

    def test_only_the_bureau_changes_it(self, cast, sign_in):
        assert sign_in(cast.qian).get(reverse("admin:core_workday_notice")).status_code == 403
        assert sign_in(cast.qian).get(reverse("admin:core_workday_changelist")).status_code == 200

    def test_a_single_day_is_entered_and_corrected(self, cast, sign_in):
        client = sign_in(cast.zhou)
        data = {"day": "2027-03-08", "name": "妇女节", "source": "区通知"}
        assert client.post(reverse("admin:core_workday_add"), data).status_code == 302
        assert not is_working(D(2027, 3, 8))
        row = reverse("admin:core_workday_change", args=["2027-03-08"])
        assert client.post(row, data | {"is_working": "on"}).status_code == 302
        assert is_working(D(2027, 3, 8))
