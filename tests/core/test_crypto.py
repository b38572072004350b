"""Sealing, finding, and the column that seals."""

import base64

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core import crypto
from core.crypto import Unreadable, blind_index, blind_tail, seal, unseal
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


def test_two_columns_never_share_a_purpose():
    """But for an identity number and the same number when it has been replaced: they must open alike."""
    from django.apps import apps

    fields = [
        field
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, SealedTextField)
    ]
    own = [
        f
        for f in fields
        if not hasattr(f.model, "pgh_tracked_model") and f.model.__name__ != "PastIdentifier"
    ]
    assert len({field.purpose for field in own}) == len(own)
    assert all(field.purpose for field in fields)
