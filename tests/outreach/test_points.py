"""Service points: opened, changed, closed; pages, poster, public page."""

import datetime as dt
import re
from io import BytesIO

import openpyxl
import pytest

from contracts.printing import pdf
from grids.models import Grid
from outreach.actions.points import CannotKeepPoint, change_point, close_point
from outreach.actions.timetables import change_timetable, end_timetable
from outreach.choices import Coordinates, PointService, Venue
from outreach.forms.points import PointForm
from outreach.models import OutreachVisit, ServicePoint
from outreach.queries.points import grids_off
from outreach.rules.places import Place
from tests.factories.grids import GridFactory, MicroGridFactory
from tests.factories.visits import POLICY, a_point, a_timetable, facts, hours

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def point(cast, district):
    return a_point(district.grid_a, by=cast.qian, on=TODAY, name="东北村社区卫康室")


def typed(grid=None, **given) -> dict:
    values = {
        "name": "百货大楼超市服务点", "venue": Venue.SUPERMARKET, "address": "新威路 8 号一楼", "contact": "王护士",
        "phone": "06315200001", "services": [PointService.PRESSURE], "opened_on": "2026-11-22",
    }  # fmt: skip
    return values | ({"grid": grid.pk} if grid else {}) | given


class TestVerbs:
    def test_the_code_is_short_and_without_look_alikes(self, point):
        assert re.fullmatch(r"[abcdefghjkmnpqrstuvwxyz2-9]{8}", point.code)
        point.full_clean()

    def test_no_two_of_a_name_in_a_grid(self, cast, district, point):
        with pytest.raises(CannotKeepPoint) as refused:
            a_point(district.grid_a, by=cast.qian, on=TODAY, name=point.name)
        assert refused.value.code == "name_taken"
        a_point(district.grid_b, by=cast.wu, on=TODAY, name=point.name)

    def test_not_in_a_closed_grid(self, cast, district):
        district.grid_a.closed_on = TODAY + DAY
        district.grid_a.save()
        a_point(district.grid_a, by=cast.qian, on=TODAY, opened_on=TODAY)
        with pytest.raises(CannotKeepPoint) as refused:
            a_point(district.grid_a, by=cast.qian, on=TODAY, opened_on=TODAY + DAY)
        assert refused.value.code == "grid_closed"

    def test_changed_the_code_stays(self, cast, point):
        changed = change_point(
            by=cast.qian, point=point, facts=facts(name="新名称", place=None, venue=Venue.GYM)
        )
        point.refresh_from_db()
        assert (point.name, point.venue, point.latitude, point.code) == ("新名称", "gym", None, changed.code)

    def test_its_own_name_is_not_taken(self, cast, point):
        change_point(by=cast.qian, point=point, facts=facts(name=point.name))

    def test_closed_today_or_later(self, cast, point):
        with pytest.raises(CannotKeepPoint) as refused:
            self.close(cast, point, TODAY - DAY)
        assert refused.value.code == "closed_in_past"
        assert self.close(cast, point, TODAY).closed_on == TODAY
        with pytest.raises(CannotKeepPoint) as refused:
            self.close(cast, point, None)
        assert refused.value.code == "is_closed"

    def close(self, cast, point, day):
        return close_point(by=cast.qian, on=TODAY, now=NOW, policy=POLICY, point=point, closed_on=day)


class TestTwoOrThree:
    def off(self) -> dict[str, str]:
        found = grids_off(Grid.objects.all(), on=TODAY, policy=POLICY)
        return {one.grid.code: one.finding.code for one in found}

    def test_shown_never_blocked(self, cast, district):
        codes = district.grid_a.code, district.grid_b.code
        assert self.off() == dict.fromkeys(codes, "points_few")
        for _ in range(2):
            a_point(district.grid_a, by=cast.qian, on=TODAY)
        assert self.off() == {codes[1]: "points_few"}
        for _ in range(2):
            a_point(district.grid_a, by=cast.qian, on=TODAY)
        assert self.off() == {codes[0]: "points_many", codes[1]: "points_few"}

    def test_those_of_micro_grids_count_with_the_grid_above(self, cast, district):
        micro = MicroGridFactory(parent=district.grid_a)
        for grid in (district.grid_a, micro):
            a_point(grid, by=cast.qian, on=TODAY)
        assert self.off() == {district.grid_b.code: "points_few"}

    def test_closed_and_future_ones_do_not_count(self, cast, district):
        a_point(district.grid_a, by=cast.qian, on=TODAY, opened_on=TODAY + DAY)
        gone = a_point(district.grid_a, by=cast.qian, on=TODAY)
        TestVerbs().close(cast, gone, TODAY)
        assert grids_off(Grid.objects.filter(pk=district.grid_a.pk), on=TODAY, policy=POLICY)[0].number == 0

    def test_two_queries(self, cast, district, django_assert_num_queries):
        for _ in range(5):
            a_point(GridFactory(village=district.village_a), by=cast.qian, on=TODAY)
        with django_assert_num_queries(2):
            grids_off(Grid.objects.all(), on=TODAY, policy=POLICY)


class TestForm:
    def facts(self, **given):
        form = PointForm(typed(**given))
        assert form.is_valid(), form.errors
        return form.facts()

    def test_what_comes_from_a_chinese_map_is_converted_once(self):
        found = self.facts(latitude="39.91334545536069", longitude="116.38404722455657", coordinates="gcj02")
        assert found.place == Place(39.911954, 116.377817)

    def test_what_a_phone_measured_is_not(self):
        found = self.facts(latitude="39.911954", longitude="116.377817", coordinates=Coordinates.WGS84)
        assert found.place == Place(39.911954, 116.377817)

    def test_both_or_none(self):
        assert self.facts().place is None
        form = PointForm(typed(latitude="39.9", coordinates="gcj02"))
        assert "经纬度须同时填写" in form.errors["longitude"][0]

    @pytest.mark.parametrize(("field", "value"), [("latitude", "91"), ("longitude", "181")])
    def test_on_the_globe(self, field, value):
        form = PointForm(typed(**{"latitude": "39", "longitude": "116", field: value}))
        assert field in form.errors


class TestPages:
    def test_the_steward_registers_and_is_led_on(self, noon, cast, district, sign_in):
        browser = sign_in(cast.qian)
        assert browser.get("/points/new/").status_code == 200
        answer = browser.post("/points/new/", typed(district.grid_a))
        point = ServicePoint.objects.get()
        assert answer["Location"] == f"/points/{point.pk}/"
        assert "还没有排巡诊时间" in browser.get(answer["Location"]).content.decode()

    def test_the_grid_that_lacks_one_is_chosen_already(self, noon, cast, district, sign_in):
        browser = sign_in(cast.qian)
        assert f"?grid={district.grid_a.code}" in browser.get("/points/").content.decode()
        form = browser.get(f"/points/new/?grid={district.grid_a.code}").context["form"]
        assert form["grid"].value() == district.grid_a.pk

    def test_where_there_are_too_many_grids_the_code_is_typed(
        self, noon, cast, district, sign_in, monkeypatch
    ):
        for module in ("forms", "views"):
            monkeypatch.setattr(f"outreach.{module}.points.MOST_OPTIONS", 1)
        browser = sign_in(cast.zhou)
        form = browser.get(f"/points/new/?grid={district.grid_a.code}").context["form"]
        assert form["grid"].value() == district.grid_a.code
        refused = browser.post("/points/new/", typed(grid=None) | {"grid": "37100200199901"})
        assert "没有这个网格编码" in refused.content.decode()
        browser.post("/points/new/", typed() | {"grid": district.grid_a.code})
        assert ServicePoint.objects.get().grid == district.grid_a

    def test_a_refusal_keeps_what_was_typed(self, noon, cast, district, point, sign_in):
        answer = sign_in(cast.qian).post("/points/new/", typed(district.grid_a, name=point.name))
        assert answer.status_code == 200
        assert "本网格已有同名服务点" in answer.content.decode()
        assert "新威路 8 号一楼" in answer.content.decode()

    def test_a_visit_with_other_people_that_lost_its_hours_is_shown(self, noon, cast, point, sign_in):
        row = a_timetable(point, cast.team_a, by=cast.qian, on=TODAY)
        OutreachVisit.objects.filter(on=TODAY + 3 * DAY).update(recorded_by=cast.li)
        end_timetable(by=cast.qian, on=TODAY, now=NOW, policy=POLICY, timetable=row, ends_on=TODAY)
        page = sign_in(cast.qian).get(f"/points/{point.pk}/")
        assert len(page.context["detail"].misfits) == 1
        assert "有 1 次巡诊与现在的时间表不符" in page.content.decode()

    def test_edited_from_what_is_stored(self, noon, cast, point, sign_in):
        browser = sign_in(cast.qian)
        form = browser.get(f"/points/{point.pk}/edit/").context["form"]
        assert (form["latitude"].value(), form["coordinates"].value()) == (point.latitude, Coordinates.WGS84)
        values = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}
        browser.post(f"/points/{point.pk}/edit/", values | {"name": "改名"})
        before = point.latitude
        point.refresh_from_db()
        assert (point.name, float(point.latitude)) == ("改名", float(before))

    def test_closed_and_taken_back(self, noon, cast, point, sign_in):
        browser = sign_in(cast.qian)
        browser.post(f"/points/{point.pk}/close/", {"closed_on": "2026-12-01"})
        point.refresh_from_db()
        assert point.closed_on == dt.date(2026, 12, 1)
        assert "12月1日停用" in browser.get("/points/").content.decode()
        browser.post(f"/points/{point.pk}/close/", {"undo": "1"})
        point.refresh_from_db()
        assert point.closed_on is None
        refused = browser.post(f"/points/{point.pk}/close/", {"closed_on": "2026-11-01"})
        assert "停用日期不能早于今天" in refused.content.decode()

    def test_who_may_what(self, noon, cast, point, sign_in):
        for user in (cast.li, cast.he):
            assert sign_in(user).get(f"/points/{point.pk}/").status_code == 200
            assert sign_in(user).get("/points/new/").status_code == 403
            assert sign_in(user).post(f"/points/{point.pk}/close/", {"undo": "1"}).status_code == 403
        for address in ("", "edit/", "close/", "hours/", "poster/"):
            assert sign_in(cast.wu).get(f"/points/{point.pk}/{address}").status_code == 404
        assert sign_in(cast.zhao).get(f"/points/{point.pk}/").status_code == 404
        assert sign_in(cast.sun).get("/points/").status_code == 403

    def test_the_list_is_scoped_searched_and_exported(self, noon, cast, district, point, sign_in):
        other = a_point(district.grid_b, by=cast.wu, on=TODAY, venue=Venue.GYM)
        browser = sign_in(cast.zhou)
        listed = lambda query: [one.point for one in browser.get(f"/points/{query}").context["rows"]]  # noqa: E731
        assert listed("") == [point, other]
        assert listed("?venue=gym") == [other]
        assert listed("?q=东北村") == [point]
        sheet = openpyxl.load_workbook(BytesIO(browser.get("/points/?export=1").content)).active
        assert [cell.value for cell in sheet[4]][2:4] == [district.grid_a.name, point.name]
        assert [one.point for one in sign_in(cast.li).get("/points/").context["rows"]] == [point]

    def test_bounded_queries(self, noon, cast, district, sign_in, django_assert_max_num_queries):
        for _ in range(10):
            one = a_point(district.grid_a, by=cast.qian, on=TODAY)
            a_timetable(one, cast.team_a, by=cast.qian, on=TODAY, staff=(cast.li,), seats=2)
            a_timetable(one, cast.team_a, by=cast.qian, on=TODAY, staff=(cast.wang,), weekday=5)
        browser = sign_in(cast.qian)
        with django_assert_max_num_queries(22):
            browser.get("/points/")
        with django_assert_max_num_queries(26):
            browser.get(f"/points/{one.pk}/")


class TestPosterAndPublicPage:
    @pytest.fixture
    def served(self, cast, point):
        a_timetable(point, cast.team_a, by=cast.qian, on=TODAY, staff=(cast.li,), seats=2)
        return point

    def test_everybody_sees_hours_people_and_the_number_to_call(self, noon, client, served):
        answer = client.get(f"/p/points/{served.code}/")
        text = answer.content.decode()
        for words in (
            "每周三 09:00-11:00",
            "李医生",
            "06315200001",
            f"/p/points/{served.code}/book/",
            "11月25日",
        ):
            assert words in text
        assert answer["Cache-Control"] == "public, max-age=60"
        assert "13900000000" not in text  # the doctor's own telephone

    def test_hours_to_come_and_hours_that_end_say_so(self, noon, cast, client, served):
        row = served.timetables.get()
        change_timetable(
            by=cast.qian, on=TODAY, now=NOW, policy=POLICY, timetable=row, from_on=dt.date(2026, 12, 1),
            hours=hours(cast.team_a, weekday=4),
        )  # fmt: skip
        text = client.get(f"/p/points/{served.code}/").content.decode()
        assert "每周三 09:00-11:00（到11月30日）" in text
        assert "每周四 09:00-11:00（12月1日起）" in text

    def test_a_closed_or_unknown_point_is_not_there(self, noon, cast, client, served):
        assert client.get("/p/points/abcdefgh/").status_code == 404
        TestVerbs().close(cast, served, TODAY)
        assert client.get(f"/p/points/{served.code}/").status_code == 404

    def test_bounded_queries(self, noon, client, served, django_assert_max_num_queries):
        with django_assert_max_num_queries(10):
            client.get(f"/p/points/{served.code}/")

    def test_the_poster_leads_there(self, noon, cast, served, sign_in):
        text = sign_in(cast.li).get(f"/points/{served.pk}/poster/").content.decode()
        assert "data:image/svg+xml" in text
        assert f"http://testserver/p/points/{served.code}/" in text
        assert "每周三 09:00-11:00" in text

    @pytest.mark.skipif(not pdf.is_available(), reason="no Pango")
    def test_the_poster_fits_on_one_page(self, noon, cast, served, sign_in):
        import pypdfium2

        for weekday in (1, 2, 5):
            a_timetable(
                served, cast.team_a, by=cast.qian, on=TODAY, weekday=weekday, staff=(cast.li, cast.wang)
            )
        answer = sign_in(cast.li).get(f"/points/{served.pk}/poster/?format=pdf")
        assert answer["Content-Type"] == "application/pdf"
        made = pypdfium2.PdfDocument(answer.content)
        assert len(made) == 1
        words = made[0].get_textpage().get_text_range()
        assert "李医生" in words
        assert "06315200001" in words
