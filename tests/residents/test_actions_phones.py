"""Further phones: whose they are, found by search, masked, kept once."""

import pytest
from django.db import connection

from residents import actions
from residents.models import ContactPhone, Resident
from residents.queries import search
from tests.factories.residents import ResidentFactory
from tests.residents.conftest import POLICY, TODAY


def add(person, cast, phone="13700008888", owner="儿子"):
    return actions.add_contact_phone(resident=person, phone=phone, owner=owner, by=cast.li, on=TODAY)


def test_found_by_the_whole_number_and_its_last_digits(cast, person, neighbor):
    row = add(person, cast, " 137 0000 8888 ")
    assert str(row) == "儿子 137****8888"
    for typed in ("13700008888", "8888", "08888", "008888"):
        assert list(search(cast.li, typed)) == [person], typed
        assert not search(cast.zhao, typed).exists()
    assert Resident.objects.with_phone(person.phone).get() == person  # his own still finds him


def test_sealed_in_the_database(cast, person):
    add(person, cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT residents_contactphone::text FROM residents_contactphone")
        assert "13700008888" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("phone", "owner", "code"),
    [
        ("", "儿子", "phone_missing"),
        ("123", "儿子", "phone_form"),
        ("13800000000", "儿子", "phone_placeholder"),
        ("13700008888", " ", "owner_missing"),
    ],
)
def test_refused(cast, person, phone, owner, code):
    with pytest.raises(actions.CannotKeepPhone) as refused:
        add(person, cast, phone, owner)
    assert refused.value.code == code


def test_once_and_not_without_end(cast, district, person):
    other = ResidentFactory(grid=district.grid_a, phone="13700002468")
    with pytest.raises(actions.CannotKeepPhone) as refused:
        add(other, cast, other.phone, "本人")
    assert refused.value.code == "phone_twice"
    add(person, cast)
    with pytest.raises(actions.CannotKeepPhone, match="不用重复"):
        add(person, cast)
    for n in range(1, 10):
        add(person, cast, f"1370000{n:04d}")
    with pytest.raises(actions.CannotKeepPhone) as refused:
        add(person, cast, "13700009999")
    assert refused.value.code == "too_many_phones"


def test_two_people_may_share_a_number(cast, district, person):
    other = ResidentFactory(grid=district.grid_a)
    add(person, cast)
    add(other, cast)
    assert Resident.objects.with_phone("13700008888").count() == 2


def test_removed_but_kept_in_the_history(cast, person):
    row = add(person, cast)
    pk = row.pk
    actions.remove_contact_phone(contact_phone=row, by=cast.li, on=TODAY)
    assert not ContactPhone.objects.exists()
    assert ContactPhone.pgh_event_models  # tracked
    assert (
        row.__class__.objects.model._meta.get_field("history")
        .related_model.objects.filter(pgh_obj_id=pk)
        .exists()
    )


@pytest.mark.usefixtures("today")
def test_the_reveal_shows_them_too(cast, person):
    add(person, cast)
    clear = actions.reveal_resident(
        resident=person, reason="联系居民", policy=POLICY, by=cast.li, on=TODAY, ip=None, page=""
    )
    assert clear.phones == (("儿子", "13700008888"),)
