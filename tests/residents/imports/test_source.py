"""Files and sealed uploads, opened as often as needed."""

import hashlib
import io
import os

import pytest

from core.crypto import Unreadable
from residents.choices import ImportState, PartKind
from residents.imports.source import PIECE, Source, pieces, seal_piece
from residents.models import RosterImport, RosterPart

DATA = os.urandom(2 * PIECE + 12_345)


@pytest.fixture
def roster(cast) -> RosterImport:
    """An upload whose pieces are stored, the last first."""
    made = RosterImport.objects.create(
        file_name="a.csv", uploaded_by=cast.li, state=ImportState.RECEIVED, report=""
    )
    for number, piece in reversed(list(enumerate(pieces(io.BytesIO(DATA))))):
        RosterPart.objects.create(
            roster=made, number=number, sealed=seal_piece(piece, roster_id=made.pk, number=number)
        )
    RosterPart.objects.create(roster=made, holds=PartKind.ERRORS, number=0, sealed=b"something else")
    return made


def test_an_upload_is_what_was_uploaded(roster):
    source = Source.of_roster(roster)
    assert source.size == len(DATA)
    assert source.digest == hashlib.sha256(DATA).hexdigest()
    with source.open() as first, source.open() as second:
        assert first.read(10) == second.read(10) == DATA[:10]
        first.seek(PIECE - 5)
        assert first.read(10) == DATA[PIECE - 5 : PIECE + 5]
        first.seek(-7, os.SEEK_END)
        assert first.read() == DATA[-7:]
        assert first.read() == b""
        assert second.read() == DATA[10:]


def test_no_database_is_asked_while_it_is_read(roster, django_assert_num_queries):
    with django_assert_num_queries(1):
        source = Source.of_roster(roster)
    with django_assert_num_queries(0), source.open() as stream:
        stream.read()


def test_a_piece_opens_only_at_its_own_place(roster):
    first, second = RosterPart.objects.filter(roster=roster, holds=PartKind.FILE).order_by("number")[:2]
    RosterPart.objects.filter(pk=second.pk).update(sealed=first.sealed)
    with pytest.raises(Unreadable), Source.of_roster(roster).open() as stream:
        stream.read()


def test_an_upload_without_pieces_is_empty(cast):
    made = RosterImport.objects.create(file_name="a.csv", uploaded_by=cast.li, report="")
    assert Source.of_roster(made).size == 0


def test_files_and_bytes_of_a_program(tmp_path):
    (tmp_path / "a").write_bytes(DATA)
    for source in (Source.of_path(tmp_path / "a"), Source.of_bytes(DATA)):
        assert (source.size, source.digest) == (len(DATA), hashlib.sha256(DATA).hexdigest())
