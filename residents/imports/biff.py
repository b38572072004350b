"""A look into an old workbook (BIFF in an OLE container) without reading it: is it locked, how far do its cells reach.

A reader keeps the whole rectangle between the first and the last used cell of every sheet, so that a few bytes at the
far corner would take hundreds of megabytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_SECTOR_AT, _TABLE_AT, _HEADER = 30, 76, 512
_END, _FREE = 0xFFFFFFFE, 0xFFFFFFFF
_BOF, _EOF, _LOCKED = {0x0809, 0x0409, 0x0209, 0x0009}, 0x000A, 0x002F
_CELLS = frozenset((0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00BD, 0x00BE, 0x00D6, 0x00FD))
_RUNS = frozenset((0x00BD, 0x00BE))  # several cells in one record; the last column stands at its end
_BLANKS = frozenset((0x0201, 0x00BE))
_MAX_STREAM = 128 * 1024 * 1024


@dataclass(frozen=True)
class OldBook:
    """What was seen: whether it is locked, and the rows and columns of each sheet, counted from A1."""

    is_locked: bool
    fields: tuple[tuple[int, int], ...]


class NotOle(Exception):
    """The container does not hold together."""


def look_into(stream: BinaryIO, size: int) -> OldBook | None:
    """None when the container has no workbook in it.

    Raises:
        NotOle: damaged.
    """
    container = _Container(stream, size)
    found = container.entry(("Workbook", "Book"))
    if found is None:
        return None
    return _seen(container.read(*found))


class _Container:
    """The directory and the chains of sectors of an OLE file."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        stream.seek(0)
        head = stream.read(_HEADER)
        if len(head) < _HEADER:
            raise NotOle
        self._size = 1 << int.from_bytes(head[_SECTOR_AT : _SECTOR_AT + 2], "little")
        if self._size not in (512, 4096):
            raise NotOle
        self._most = size // self._size + 2  # sectors there can be
        self._small_below = int.from_bytes(head[56:60], "little")
        self._directory_at = int.from_bytes(head[48:52], "little")
        self._small_table_at = int.from_bytes(head[60:64], "little")
        self._next = self._table(head)

    def _table(self, head: bytes) -> list[int]:
        """Which sector follows which."""
        places = _numbers(head[_TABLE_AT:_HEADER])
        further = int.from_bytes(head[68:72], "little")
        for _ in range(self._most):
            if further in (_END, _FREE):
                break
            more = _numbers(self._sector(further))
            places, further = [*places, *more[:-1]], more[-1]
        chain: list[int] = []
        for place in places:
            if place != _FREE and len(chain) <= self._most:
                chain += _numbers(self._sector(place))
        return chain

    def _sector(self, number: int) -> bytes:
        if number >= self._most:
            raise NotOle
        self._stream.seek((number + 1) * self._size)
        return self._stream.read(self._size).ljust(self._size, b"\0")

    def _chain(self, first: int) -> Iterator[bytes]:
        number = first
        for _ in range(self._most):
            if number in (_END, _FREE):
                return
            yield self._sector(number)
            if number >= len(self._next):
                raise NotOle
            number = self._next[number]
        raise NotOle

    def entry(self, names: tuple[str, ...]) -> tuple[int, int] | None:
        """First sector and length of a stream of the directory."""
        directory = b"".join(self._chain(self._directory_at))
        self._root = int.from_bytes(directory[116:120], "little")
        for at in range(0, len(directory), 128):
            one = directory[at : at + 128]
            name = one[: max(0, int.from_bytes(one[64:66], "little") - 2)].decode(
                "utf-16-le", errors="replace"
            )
            if name in names:
                return int.from_bytes(one[116:120], "little"), int.from_bytes(one[120:124], "little")
        return None

    def read(self, first: int, length: int) -> bytes:
        if length > _MAX_STREAM:
            raise NotOle
        if length >= self._small_below:
            return b"".join(self._chain(first))[:length]
        small = b"".join(self._chain(self._root))
        table = [one for sector in self._chain(self._small_table_at) for one in _numbers(sector)]
        parts, number = [], first
        while number not in (_END, _FREE) and len(parts) * 64 < length:
            parts.append(small[number * 64 : number * 64 + 64])
            if number >= len(table):
                raise NotOle
            number = table[number]
        return b"".join(parts)[:length]


def _numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data) - 3, 4)]


def _seen(data: bytes) -> OldBook:
    """Through all records once."""
    fields: list[tuple[int, int]] = []
    rows = columns = at = 0
    while at + 4 <= len(data):
        kind, length = (
            int.from_bytes(data[at : at + 2], "little"),
            int.from_bytes(data[at + 2 : at + 4], "little"),
        )
        if kind == _LOCKED:
            return OldBook(True, ())
        if kind in _BOF:
            rows = columns = 0
        elif kind == _EOF:
            fields.append((rows, columns))
        elif kind in _CELLS and kind not in _BLANKS and length >= 6:
            last = at + 4 + length - 2 if kind in _RUNS else at + 6
            rows = max(rows, int.from_bytes(data[at + 4 : at + 6], "little") + 1)
            columns = max(columns, int.from_bytes(data[last : last + 2], "little") + 1)
        at += 4 + length
    return OldBook(False, tuple(fields))
