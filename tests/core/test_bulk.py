import datetime as dt
import io

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from core.bulk import _Lines, copy_in, new_ids, take_time
from core.crypto import blind_index
from core.models import ReadLog
from residents.models import Household, Resident
from tests.factories.residents import ResidentFactory

ODD = "反斜\\杠 制表\t换行\n回车\r \\N 空\0 引号\"' 逗号, {大括号} 𬭎"


def test_ids_are_new_and_nobody_gets_them_again(db):
    first, second = new_ids(Resident, 3), new_ids(Resident, 2)
    assert len({*first, *second}) == 5
    assert ResidentFactory().pk not in {*first, *second}
    assert new_ids(Resident, 0) == []


def test_every_kind_of_value_survives(district):
    pk, index = new_ids(Resident, 1)[0], blind_index("x", purpose="test")
    at = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
    values = {
        "id": pk, "name": "王建国", "name_grams": ["王建", '引"'], "initials": "wjg", "sex": 1, "born_on": dt.date(1960, 1, 2),
        "id_kind": "01", "id_number": "371099196001020018", "id_index": index, "id_tail": -(2**62), "phone": "",
        "phone_index": None, "phone_tail": None, "household_id": None, "relation": "99", "grid_id": district.grid_a.pk,
        "address": ODD, "registration": "1", "life_status": "present", "life_status_on": None, "confirmed_on": None,
        "remark": "", "created_at": at, "updated_at": at,
    }  # fmt: skip
    copy_in(Resident, list(values), [list(values.values())])
    found = Resident.objects.get(pk=pk)
    assert {name: getattr(found, name) for name in values} == values | {"address": ODD.replace("\0", "")}


def test_arrays_of_numbers(db):
    copy_in(
        ReadLog,
        ["user_id", "user_name", "action", "subject", "subject_ids", "reason", "page"],
        [[7, "li", "list", "resident", [1, 2, 3], "", ""]],
    )
    assert ReadLog.objects.get().subject_ids == [1, 2, 3]


def test_a_violated_constraint_is_djangos_error_and_nothing_is_written(district):
    row = ["371002001001F00001", district.grid_a.pk, "", dt.date(2026, 1, 1)]
    names = ["number", "grid_id", "address", "registered_on"]
    with pytest.raises(IntegrityError, match="number"), transaction.atomic():
        copy_in(Household, names, [row, row])
    assert not Household.objects.exists()


def test_a_row_of_another_length_is_refused(district):
    with pytest.raises(DatabaseError, match="missing data"), transaction.atomic():
        copy_in(Household, ["number", "grid_id"], [["x"]])


@pytest.mark.parametrize("size", [1, 3, 7, 1000, -1, None])
def test_lines_are_read_in_pieces_of_any_size(size):
    source = [f"第{number}行\n" for number in range(20)]
    stream, whole = _Lines(iter(source)), io.StringIO()
    while part := stream.read(size):
        whole.write(part)
    assert whole.getvalue() == "".join(source)


def test_a_big_write_is_not_cut_off_and_the_next_page_is_bounded_again(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '15s'")
        with transaction.atomic():
            take_time()
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("15s",)
        cursor.execute("RESET statement_timeout")
