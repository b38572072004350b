"""Keyset paging: every row once, whatever the token."""

import pytest

from core.paging import keyset_page
from teams.models import Institution
from tests.factories.teams import InstitutionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(db):
    return InstitutionFactory.create_batch(7)


@pytest.mark.parametrize("size", [1, 3, 6, 7, 8])
def test_every_row_comes_once_and_in_order(rows, size):
    seen, after, pages = [], "", 0
    while True:
        page = keyset_page(Institution.objects.all(), after, size)
        seen += page.rows
        pages += 1
        after = page.next_after
        if not after:
            break
    assert seen == rows
    assert pages == -(-7 // size)


@pytest.mark.parametrize("token", ["", "x", "-1", "１２", "1;drop", "²", " 1"])
def test_a_token_that_is_no_number_begins_at_the_beginning(rows, token):
    assert keyset_page(Institution.objects.all(), token, 3).rows == rows[:3]


def test_a_token_beyond_all_numbers_finds_nothing_and_does_not_fail(rows):
    page = keyset_page(Institution.objects.all(), "9" * 400, 3)
    assert (page.rows, page.next_after) == ([], "")


def test_a_page_is_one_query(rows, django_assert_num_queries):
    with django_assert_num_queries(1):
        keyset_page(Institution.objects.all(), "", 3)
