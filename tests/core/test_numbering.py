"""Serials: rising, never given twice, also by two at once."""

import threading

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from core.models import NumberSequence
from core.numbering import next_serials


@pytest.mark.django_db
def test_serials_begin_at_one_and_rise_by_prefix():
    with transaction.atomic():
        assert list(next_serials("A-2026")) == [1]
        assert list(next_serials("A-2026", 3)) == [2, 3, 4]
        assert list(next_serials("B-2026")) == [1]
        assert list(next_serials("A-2026")) == [5]


@pytest.mark.django_db(transaction=True)
def test_serials_are_taken_inside_a_transaction_only():
    with pytest.raises(TransactionManagementError):
        next_serials("A-2026")
    assert not NumberSequence.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_gives_its_serial_back():
    class Stop(Exception):
        pass

    with pytest.raises(Stop), transaction.atomic():
        next_serials("A-2026")
        raise Stop
    with transaction.atomic():
        assert list(next_serials("A-2026")) == [1]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_get_the_same():
    """The second waits at the row until the first has committed."""
    taken: list[int] = []
    start = threading.Barrier(2)

    def take() -> None:
        try:
            start.wait(timeout=10)
            for _ in range(25):
                with transaction.atomic():
                    taken.extend(next_serials("A-2026", 2))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(taken) == list(range(1, 101))
