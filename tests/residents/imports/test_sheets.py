"""The template: a roster that the import understands, and whose example is never entered."""

import io

import openpyxl
import pytest

from residents.imports.sheets import TEMPLATE, template_response
from tests.residents.imports.prepared import DONGBEI, REACH, prepared, reach_of_villages, village
from tests.residents.imports.realities.case import N
from tests.residents.imports.sheets import saved


@pytest.fixture
def template() -> bytes:
    return template_response(REACH).content


def book_of(data: bytes):
    return openpyxl.load_workbook(io.BytesIO(data), rich_text=True)


def test_it_is_understood_and_the_example_is_skipped(template):
    found = prepared(template)
    assert found.rows == []
    assert found.skipped == {"example": 1}
    assert list(found.layouts[0].positions) == list(TEMPLATE)
    assert found.layouts[0].missing == ()


def test_filled_in_below_the_example_it_comes_home(template):
    book = book_of(template)
    sheet = book["花名册"]
    for at, value in ((1, "林桂芳"), (2, N[0]), (10, "东北村社区")):
        sheet.cell(row=4, column=at).value = value
    (row,) = prepared(saved(book)).rows
    assert (row.name, row.number, row.row, row.codes) == ("林桂芳", N[0], 4, [])


def test_required_headers_have_a_red_star(template):
    form = book_of(template)["花名册"]
    stars = [one.value for one in form[2] if str(one.value).startswith("*")]
    assert [str(one) for one in stars] == ["*姓名", "*身份证号", "*村居"]
    assert stars[0][0].font.color.rgb == "FFC00000"


@pytest.mark.parametrize("title", ["身份证号", "联系电话", "户号"])
def test_long_numbers_stand_in_text_cells(template, title):
    form = book_of(template)["花名册"]
    at = [str(one.value).removeprefix("*") for one in form[2]].index(title)
    assert form.cell(row=3, column=at + 1).number_format == "@"
    spans = [one for one in form.column_dimensions.values() if one.min <= at + 1 <= one.max]
    assert [one.number_format for one in spans] == ["@"]


def test_drop_downs_offer_ones_own_villages(template):
    book = book_of(template)
    assert book.sheetnames == ["花名册", "填写说明", "选项"]
    assert book["选项"].sheet_state == "hidden"
    assert len(book["花名册"].data_validations.dataValidation) == 5
    assert book["选项"]["E1"].value == "东北村社区"


def test_villages_of_one_name_are_offered_by_their_codes():
    reach = reach_of_villages(DONGBEI, village("371002002009", "东北村社区", "一网格", township="鲸园街道"))
    choices = book_of(template_response(reach).content)["选项"]
    assert [choices["E1"].value, choices["E2"].value] == ["371002001001", "371002002009"]


def test_the_guide_names_no_restricted_kind(template):
    text = "".join(str(cell.value) for line in book_of(template)["填写说明"] for cell in line)
    assert "高血压患者" in text
    assert "艾滋" not in text
    assert "精神" not in text
