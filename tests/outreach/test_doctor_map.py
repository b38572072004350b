"""The doctor map: every township and village with its teams and points, drawn offline, nothing about a resident."""

import datetime as dt
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from core.refusals import Refusal
from grids.choices import AreaLevel
from grids.models import AreaOutline
from outreach.choices import Coordinates
from outreach.outlines import MAX_BYTES, read_outlines
from outreach.queries.doctor_map import district_map, township_map
from tests.factories.grids import AreaFactory, GridResponsibilityFactory, MicroGridFactory
from tests.factories.teams import TeamFactory
from tests.outreach.seats import make_point

ON = dt.date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("noon")


def point(grid, name: str = "服务点", **facts):
    letters = "abcdefghjkmnpqrstuvwxyz"
    return make_point(
        grid, name=name, code=f"point{letters[grid.service_points.count()]}{letters[len(name)]}2", **facts
    )


def square(code: str, west: float, *, name: str = "code", kind: str = "Polygon") -> dict:
    ring = [[west, 37.0], [west + 0.1, 37.0], [west + 0.1, 37.1], [west, 37.1], [west, 37.0]]
    coordinates = [ring] if kind == "Polygon" else [[ring]]
    return {
        "type": "Feature",
        "properties": {name: code},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features: dict) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def outlined(district, tmp_path):
    townships = list(district.village_a.parent.parent.children.order_by("code"))
    file = tmp_path / "map.geojson"
    file.write_bytes(collection(*(square(one.code, 122 + n / 10) for n, one in enumerate(townships))))
    call_command("import_outlines", str(file), "--source", "测试图", verbosity=0)
    return townships


@pytest.mark.django_db
class TestDistrict:
    def test_without_outlines_each_township_is_a_tile_that_leads_to_its_villages(
        self, client, cast, district
    ):
        page = client.get(reverse("public-map"))
        assert page.status_code == 200
        text = page.content.decode()
        township = district.village_a.parent
        assert "示意图" in text
        assert reverse("public-map-township", args=[township.code]) in text
        assert text.count("<rect") == township.parent.children.count()
        assert len(page.content) < 60_000

    def test_with_outlines_it_is_a_map_with_the_points_on_it(self, client, cast, district, outlined):
        inside = point(district.grid_a, "甲点", longitude="122.050000", latitude="37.050000")
        point(district.grid_a, "乙点", longitude="100.000000", latitude="20.000000")
        point(district.grid_a, "丙点", longitude=None, latitude=None)
        text = client.get(reverse("public-map")).content.decode()
        assert text.count("<path") == len(outlined)
        assert (text.count("<circle"), text.count("<rect")) == (1, 0)
        assert reverse("public-point", args=[inside.code]) in text
        assert "示意图" not in text

    def test_a_township_without_an_outline_is_in_the_list(self, client, cast, district, outlined):
        other = AreaFactory(code="371002009", level=AreaLevel.TOWNSHIP, name="无图镇")
        page = client.get(reverse("public-map"))
        text = page.content.decode()
        assert text.count("<path") == len(outlined)
        assert text.count(reverse("public-map-township", args=[other.code])) == 1
        assert "无图镇" in text

    def test_a_team_of_a_micro_grid_alone_is_counted(self, cast, district):
        before = district_map(on=ON)
        team = TeamFactory(institution=cast.institution_a)
        GridResponsibilityFactory(grid=MicroGridFactory(parent=district.grid_a), team=team)
        after = district_map(on=ON)
        assert after.teams == before.teams + 1
        assert [one.box for one in after.drawing.shapes] == [one.box for one in before.drawing.shapes]

    def test_few_outlines_make_no_map_with_holes(self, client, cast, district, outlined):
        AreaOutline.objects.all().delete()
        assert "示意图" in client.get(reverse("public-map")).content.decode()

    def test_before_any_area_is_loaded_there_is_none(self, client, db):
        assert client.get(reverse("public-map")).status_code == 404

    def test_six_queries_however_many(self, cast, district, django_assert_num_queries):
        for n in range(5):
            point(district.grid_a, f"点{n}")
        with django_assert_num_queries(6):
            found = district_map(on=ON)
        assert found.points == 5
        assert found.teams == len({one.pk for one in (cast.team_a, cast.team_b)})


@pytest.mark.django_db
class TestTownship:
    def test_it_lists_villages_with_teams_telephone_and_points(self, client, cast, district):
        shown = point(district.grid_a, "甲<b>点")
        text = client.get(
            reverse("public-map-township", args=[district.village_a.parent.code])
        ).content.decode()
        assert district.village_a.name in text
        assert cast.team_a.name in text
        assert "甲&lt;b&gt;点" in text
        assert reverse("public-point", args=[shown.code]) in text
        assert not re.search(r"\d{17}[\dX]", text)

    def test_a_closed_point_and_a_team_that_has_ended_are_not_on_it(self, client, cast, district):
        point(district.grid_a, "旧服务点", closed_on=ON)
        cast.team_a.ends_on = ON - dt.timedelta(days=1)
        cast.team_a.save(update_fields=["ends_on"])
        text = client.get(
            reverse("public-map-township", args=[district.village_a.parent.code])
        ).content.decode()
        assert "旧服务点" not in text
        assert cast.team_a.name not in text
        assert "还没有家庭医生团队负责这里" in text

    def test_seven_queries_however_many(self, cast, district, django_assert_num_queries):
        for n in range(5):
            point(district.grid_a, f"点{n}")
        with django_assert_num_queries(7):
            township_map(district.village_a.parent.code, on=ON)

    @pytest.mark.parametrize("code", ["999999999", "x", "371002"])
    def test_an_unknown_code_is_not_found(self, client, cast, district, code):
        assert client.get(reverse("public-map-township", args=[code])).status_code == 404


class TestReading:
    def test_codes_of_every_length_and_property(self):
        found = read_outlines(
            collection(
                square("371002001000", 122, name="adcode"),
                square("371002000000", 122, kind="MultiPolygon"),
                square("371002001003", 122, name="区划代码"),
                square("", 122),
            ),
            system=Coordinates.WGS84,
        )
        assert set(found) == {"371002001", "371002", "371002001003"}
        assert found["371002"][0][0] == (122.0, 37.0)

    def test_chinese_coordinates_are_converted(self):
        found = read_outlines(collection(square("371002", 122)), system=Coordinates.GCJ02)
        east, north = found["371002"][0][0]
        assert 0.003 < 122 - east < 0.008
        assert 0 < abs(37 - north) < 0.003

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (b"", "no_outlines"),
            (b"[]", "no_outlines"),
            (b'{"features": [{"properties": {"code": "371002"}, "geometry": null}]}', "no_outlines"),
            (collection(square("371002", 200)), "no_outlines"),
            (collection(square("", 122)), "outlines_without_codes"),
            (collection(), "outlines_without_codes"),
            (b" " * (MAX_BYTES + 1), "outlines_too_large"),
        ],
    )
    def test_anything_else_is_refused(self, raw, code):
        with pytest.raises(Refusal) as refused:
            read_outlines(raw, system=Coordinates.WGS84)
        assert refused.value.code == code


@pytest.mark.django_db
class TestCommand:
    def test_the_same_area_again_takes_the_new_outline(self, district, outlined, tmp_path, capsys):
        file = tmp_path / "again.geojson"
        file.write_bytes(collection(square(outlined[0].code, 120), square("999999", 120)))
        call_command("import_outlines", str(file), "--source", "新图")
        kept = AreaOutline.objects.get(area=outlined[0])
        assert (kept.source, kept.rings[0][0]) == ("新图", [120.0, 37.0])
        assert "999999" in capsys.readouterr().out

    def test_codes_that_nobody_has_are_refused(self, district, tmp_path):
        file = tmp_path / "other.geojson"
        file.write_bytes(collection(square("999999", 120)))
        with pytest.raises(CommandError, match="没有本系统的区划代码"):
            call_command("import_outlines", str(file), "--source", "图")

    def test_a_file_that_is_not_there(self, db, tmp_path):
        with pytest.raises(CommandError, match="不能读取"):
            call_command("import_outlines", str(tmp_path / "no"), "--source", "图")
