"""The bytes of a list: a file on disk, or the sealed pieces of an upload. Read piece by piece, never all at once.

The pieces stay sealed while they wait beside the worker: no name or number lies on a disk in clear.
"""

import hashlib
import io
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Self

from core.crypto import seal_bytes, unseal_bytes
from residents.choices import PartKind
from residents.models import RosterImport, RosterPart

PIECE = 1024 * 1024  # bytes of a file in one sealed piece


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """A file cut as ``RosterPart`` holds it."""
    while piece := stream.read(PIECE):
        yield piece


def seal_piece(piece: bytes, *, roster_id: Any, number: int) -> bytes:
    """Seal piece ``number`` (from 0) of a list: it opens only at its own place."""
    return seal_bytes(piece, purpose=_purpose(roster_id, number))


def _purpose(roster_id: Any, number: int) -> str:
    return f"roster.part:{roster_id}:{number}"


class Source:
    """A list that can be opened any number of times.

    Attributes:
        size: bytes.
    """

    def __init__(self, opener: Callable[[], BinaryIO], size: int) -> None:
        self._opener = opener
        self.size = size

    @classmethod
    def of_path(cls, path: str | Path) -> Self:
        """A file of the command line."""
        found = Path(path)
        return cls(lambda: found.open("rb"), found.stat().st_size)

    @classmethod
    def of_bytes(cls, data: bytes) -> Self:
        """A small file that is in memory already."""
        return cls(lambda: io.BytesIO(data), len(data))

    @classmethod
    def of_roster(cls, roster: RosterImport) -> Self:
        """An upload. Its pieces are copied, sealed as they are, to a file without a name that vanishes with the
        process: the database connection is free for other work while the list is read."""
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the source
        spans = []
        parts = RosterPart.objects.filter(roster=roster, holds=PartKind.FILE).order_by("number")
        for (sealed,) in parts.values_list("sealed").iterator(chunk_size=4):
            spans.append((spool.tell(), len(sealed)))
            spool.write(sealed)
        spool.flush()
        found = _Pieces(spool, spans, roster.pk)
        return cls(lambda: io.BufferedReader(_PiecesReader(found), 64 * 1024), found.size)

    def open(self) -> BinaryIO:
        """The bytes from the beginning, for ``with``."""
        return self._opener()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole file, in hex."""
        found = hashlib.sha256()
        with self.open() as stream:
            while piece := stream.read(PIECE):
                found.update(piece)
        return found.hexdigest()


class _Pieces:
    """Sealed pieces in a spool file; all but the last are PIECE bytes long."""

    def __init__(self, spool: Any, spans: list[tuple[int, int]], roster_id: Any) -> None:
        self._spool, self._spans, self._roster_id = spool, spans, roster_id
        weakref.finalize(self, spool.close)
        self.size = (len(spans) - 1) * PIECE + len(self.piece(len(spans) - 1)) if spans else 0

    def piece(self, number: int) -> bytes:
        begin, length = self._spans[number]
        sealed = os.pread(self._spool.fileno(), length, begin)
        return unseal_bytes(sealed, purpose=_purpose(self._roster_id, number))


class _PiecesReader(io.RawIOBase):
    """The pieces as one file; the piece last read stays open."""

    def __init__(self, source: _Pieces) -> None:
        self._source = source
        self._at = 0
        self._number, self._piece = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._source.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._source.size:
            return 0
        number, inside = divmod(self._at, PIECE)
        if number != self._number:
            self._number, self._piece = number, self._source.piece(number)
        part = self._piece[inside : inside + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)
