"""Sealing, finding, and the column that seals."""

import base64
import os
import pickle
from collections import defaultdict

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core import crypto
from core.crypto import Sealer, Unreadable, blind_index, blind_tail, seal, unseal
from core.fields import SealedTextField
from residents.models import Resident
from tests.factories.residents import ResidentFactory

NUMBER = "371099199001010018"


@given(st.text(max_size=200))
def test_what_is_sealed_opens_again(text):
    assert unseal(seal(text, purpose="a"), purpose="a") == text


def test_equal_texts_are_sealed_differently():
    sealed = {seal(NUMBER, purpose="a") for _ in range(1000)}
    assert len(sealed) == 1000
    assert len({one[2:14] for one in sealed}) == 1000


def test_the_text_cannot_be_read_from_the_seal():
    assert NUMBER.encode() not in seal(NUMBER, purpose="a")


@pytest.mark.parametrize("place", range(len(seal(NUMBER, purpose="a"))))
def test_a_flipped_bit_anywhere_is_noticed(place):
    sealed = bytearray(seal(NUMBER, purpose="a"))
    sealed[place] ^= 1
    with pytest.raises(Unreadable):
        unseal(bytes(sealed), purpose="a")


@pytest.mark.parametrize("length", [0, 1, 2, 13, 14, 29])
def test_a_cut_seal_is_noticed(length):
    with pytest.raises(Unreadable):
        unseal(seal(NUMBER, purpose="a")[:length], purpose="a")


def test_a_seal_moved_to_another_field_does_not_open():
    with pytest.raises(Unreadable):
        unseal(seal(NUMBER, purpose="resident.id_number"), purpose="resident.phone")


def test_another_key_does_not_open_it(settings):
    sealed = seal(NUMBER, purpose="a")
    settings.FIELD_KEY = b"another key of thirty-two bytes!"
    with pytest.raises(Unreadable):
        unseal(sealed, purpose="a")


def test_blind_index_is_stable_keyed_and_bound_to_its_purpose(settings):
    first = blind_index(NUMBER, purpose="a")
    assert first == blind_index(NUMBER, purpose="a")
    assert first != blind_index(NUMBER, purpose="b")
    assert first != blind_index(NUMBER[:-1] + "X", purpose="a")
    settings.INDEX_KEY = b"another key of thirty-two bytes!"
    assert first != blind_index(NUMBER, purpose="a")


def test_blind_index_does_not_change_between_releases():
    """Stored rows are found by it: a new value here means that every index must be written anew."""
    assert str(blind_index(NUMBER, purpose="resident.id_number")) == KNOWN


KNOWN = "19e7e1ad-dcf4-2b85-6685-9ed2d4df250c"


def test_blind_tail_fits_a_bigint():
    tails = [blind_tail(f"{n:04d}", purpose="resident.id_tail") for n in range(10_000)]
    assert len(set(tails)) == 10_000
    assert all(-(2**63) <= tail < 2**63 for tail in tails)


def test_the_two_keys_differ(settings):
    assert settings.FIELD_KEY != settings.INDEX_KEY
    assert len(settings.FIELD_KEY) == len(settings.INDEX_KEY) == 32
    assert base64.b64encode(settings.FIELD_KEY)


@pytest.mark.django_db
def test_a_sealed_column_holds_no_text_and_empty_stays_empty(district):
    one = ResidentFactory(grid=district.grid_a, id_number=NUMBER, phone="")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, phone FROM residents_resident WHERE id = %s", [one.pk])
        number, phone = (bytes(value) for value in cursor.fetchone())
    assert NUMBER.encode() not in number
    assert number[0] == crypto.AES_GCM
    assert phone == b""
    read = Resident.objects.get(pk=one.pk)
    assert (read.id_number, read.phone) == (NUMBER, "")


@pytest.mark.django_db
def test_a_seal_copied_from_one_column_into_another_is_refused(district):
    one = ResidentFactory(grid=district.grid_a)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE residents_resident SET phone = id_number WHERE id = %s", [one.pk])
    with pytest.raises(Unreadable):
        Resident.objects.get(pk=one.pk)


# A replaced number becomes a former one, a list's second phone one of several, and what another list says of a person is
# compared and taken over: set-based, for a million rows at once, so that no value is ever opened on the way.
SHARED = {
    "resident.id_number": {"Resident.id_number", "PastIdentifier.id_number", "ComparisonLine.id_number"},
    "resident.phone": {"Resident.phone", "ContactPhone.phone", "ComparisonLine.phone"},
}


def test_two_columns_never_share_a_purpose():
    """But for those between which a sealed value is copied as it is, by SQL: they must open alike."""
    from django.apps import apps

    columns = defaultdict(set)
    for model in apps.get_models():
        if not hasattr(model, "pgh_tracked_model"):
            for field in model._meta.fields:
                if isinstance(field, SealedTextField):
                    columns[field.purpose].add(f"{model.__name__}.{field.name}")
    assert all(columns)
    assert {purpose: names for purpose, names in columns.items() if len(names) > 1} == SHARED


class TestManyValues:
    """A sealer says the same as the functions, for loops over very many values."""

    @given(st.text(max_size=50), st.sampled_from(("a", "resident.id_number", "身份")))
    def test_it_speaks_the_same_form(self, text, purpose):
        sealer = Sealer.of_settings()
        assert unseal(sealer.seal(text, purpose=purpose), purpose=purpose) == text
        assert sealer.blind_index(text, purpose=purpose) == blind_index(text, purpose=purpose)
        assert sealer.blind_tail(text, purpose=purpose) == blind_tail(text, purpose=purpose)
        sealed, index = sealer.pairs(purpose)(text)
        assert unseal(bytes.fromhex(sealed), purpose=purpose) == text
        assert index == blind_index(text, purpose=purpose).hex

    @pytest.mark.parametrize("length", [16, 32, 64, 65, 200])
    def test_an_index_key_of_any_length(self, length, settings):
        settings.INDEX_KEY = os.urandom(length)
        assert Sealer.of_settings().blind_index("x", purpose="a") == blind_index("x", purpose="a")

    def test_no_beginning_is_used_twice(self):
        one, two = Sealer.of_settings(), Sealer.of_settings()
        pair = one.pairs("a")
        sealed = [pair("x")[0] for _ in range(3_000)] + [
            two.seal("x", purpose="a").hex() for _ in range(3_000)
        ]
        assert len({beginning[4:28] for beginning in sealed}) == 6_000

    def test_a_copy_and_a_forked_child_begin_anew(self):
        sealer = Sealer.of_settings()
        pair = sealer.pairs("a")
        pair("x")
        copied = pickle.loads(pickle.dumps(sealer))  # noqa: S301
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, pair("x")[0].encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writing)
        of_child = os.read(reading, 1_000).decode()
        os.close(reading)
        beginnings = {one[4:20] for one in (pair("x")[0], copied.pairs("a")("x")[0], of_child)}
        assert len(beginnings) == 3
        assert unseal(bytes.fromhex(of_child), purpose="a") == "x"
