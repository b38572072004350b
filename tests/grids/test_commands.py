"""manage.py load_divisions."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from grids import divisions
from grids.models import Area, Grid
from tests.factories.grids import AreaFactory

pytestmark = pytest.mark.django_db


def load(*args, **options) -> str:
    out = StringIO()
    call_command("load_divisions", *args, stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("code", "total"), [("371002", 228), ("500112", 443), ("430202", 70), ("411671", 47)]
)
def test_shipped_files_twice(code, total):
    assert f"新增 {total} 个，改名 0 个，未变 0 个" in load(code)
    assert f"新增 0 个，改名 0 个，未变 {total} 个" in load(code)


def test_a_file_with_date_and_grids(tmp_path):
    path = tmp_path / "区划.csv"
    path.write_bytes(divisions.shipped("411671").decode().encode("gb18030"))
    told = load(str(path), "--valid-from", "2026-01-01", "--with-grids")
    assert "新建默认网格 43 个" in told
    assert Grid.objects.count() == 43
    assert set(Area.objects.values_list("valid_from", flat=True)) == {dt.date(2026, 1, 1)}


def test_a_dry_run_writes_nothing():
    told = load("411671", "--dry-run")
    assert "将新增 47 个" in told
    assert "未写入" in told
    assert not Area.objects.exists()


def test_what_the_file_does_not_name_is_reported():
    load("411671")
    AreaFactory(code="411671011999", name="撤并村")
    told = load("411671")
    assert "文件中没有、系统中已有的区划 1 个" in told
    assert "411671011999 撤并村" in told


def test_bad_files(tmp_path):
    with pytest.raises(CommandError, match="读不了文件"):
        load(str(tmp_path / "nothing.csv"))
    path = tmp_path / "bad.csv"
    path.write_text("code,name,parent_code,level\n371002,环翠区,37,district\n371002001,x,371009,township\n")
    with pytest.raises(CommandError, match="第 3 行“上级代码”"):
        load(str(path))
    path.write_bytes(b"x" * (divisions.MAX_BYTES + 1))
    with pytest.raises(CommandError, match="文件超过 2 MB"):
        load(str(path))
    assert not Area.objects.exists()


def test_a_bad_date_is_told():
    with pytest.raises(CommandError, match="valid-from"):
        load("411671", "--valid-from", "明天")
