"""Rosters made on the spot, as bytes."""

import csv
import datetime as dt
import io
from pathlib import Path

import openpyxl

from residents.choices import Sex
from residents.imports.columns import Column
from tests.factories.residents import id_number

FILES = Path(__file__).parents[2] / "data" / "rosters"
HEADER = tuple(one.value for one in Column)


def number(serial: int, sex: int = Sex.FEMALE, born_on: dt.date = dt.date(1960, 1, 1)) -> str:
    """A good number that no factory gives out."""
    return id_number(born_on, 200 + serial, sex)


def row(name="林桂芳", number_="", *, village="东北村社区", **cells) -> list:
    """One line under ``HEADER``; keywords are its Chinese titles."""
    given = {"姓名": name, "身份证号": number_, "村居": village} | cells
    return [given.get(title, "") for title in HEADER]


def xlsx(*rows, header=HEADER, title="", sheet="Sheet1") -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    if title:
        page.append([title])
    for one in [header, *rows]:
        page.append(list(one))
    return saved(book)


def saved(book) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def csv_bytes(*rows, header=HEADER, encoding="utf-8", delimiter=",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    return text.getvalue().encode(encoding)
