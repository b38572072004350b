import time

from residents.searchable import searchable_columns


def test_every_searchable_column_of_a_resident_is_computed():
    columns = searchable_columns("单雄信", "37100219480229000X", "13812345678")
    assert columns["name_grams"] == ["单雄", "雄信"]
    assert columns["initials"] == "sxx"
    assert None not in columns.values()
    assert set(columns) == {"name_grams", "initials", "id_index", "id_tail", "phone_index", "phone_tail"}


def test_nothing_is_indexed_for_nothing():
    columns = searchable_columns("张三", "", "")
    assert [columns[one] for one in ("id_index", "id_tail", "phone_index", "phone_tail")] == [None] * 4


def test_equal_values_meet_and_purposes_do_not():
    first = searchable_columns("张三", "37100219480229000X", "13812345678")
    second = searchable_columns("李四", "37100219480229000X", "13912345678")
    assert first["id_index"] == second["id_index"]
    assert first["phone_index"] != second["phone_index"]
    assert first["phone_tail"] == second["phone_tail"]
    assert searchable_columns("张三", "371002194802295678", "")["id_tail"] != first["phone_tail"]


def test_a_long_name_fits_the_column():
    assert len(searchable_columns("阿" * 60, "", "")["initials"]) == 30


def test_fast_enough_for_bulk_loads():
    searchable_columns("张三丰", "37100219480229000X", "13812345678")
    begun = time.perf_counter()
    for number in range(2_000):
        searchable_columns("张三丰", str(number).zfill(18), str(13_000_000_000 + number))
    assert time.perf_counter() - begun < 2  # some 20 µs each; the bound leaves room for a busy machine
