"""The nightly search for signings worth a second look: over a whole year at once, and over one more day.

The limit of the whole search is one reading of everything it looks at: agreements by who entered them, signatures by
fingerprint, signed persons by phone. One more day costs no more than reading the signed persons by phone, which what the
registry tells (a phone, a death) asks for every night.
"""

import os
import time
from collections.abc import Callable

from django.db import connection, transaction

from bench import registry
from bench.agreements import DAY, sign_up
from bench.table import Benchmark, Row, benchmark_called, measure
from contracts.actions.reviewing import find_review_flags
from contracts.models import ReviewFlag

MOST_WHOLE, MOST_NIGHT = 5.0, 4.0

_BY_ENTRY = "SELECT created_by_id, created_at FROM contracts_agreement ORDER BY 1, 2"
_BY_INK = (
    "SELECT sha256, count(DISTINCT agreement_id) FROM contracts_signature GROUP BY 1 HAVING count(*) > 1"
)
_BY_PHONE = """
    SELECT phone_index, count(DISTINCT household_id)
    FROM contracts_enrollment signed JOIN residents_resident resident ON resident.id = signed.resident_id
    WHERE signed.state = 'active' GROUP BY 1 HAVING count(*) > 2
"""


def reading(*statements: str) -> Callable[[], None]:
    def read() -> None:
        with connection.cursor() as cursor:
            for one in statements:
                cursor.execute(f"SELECT count(*) FROM ({one}) AS found")  # noqa: S608 - constants of ours
                cursor.fetchall()

    return read


def searched() -> None:
    """A search that leaves nothing behind, so that the next one has the same to do."""
    with transaction.atomic():
        find_review_flags(on=DAY)
        transaction.set_rollback(True)


@benchmark_called("review")
def review_flags() -> list[Row]:
    count = int(os.environ.get("BENCH_ROWS", "1000000"))
    began = time.perf_counter()
    readers = registry.build(count)
    signed = sign_up(readers.doctor)
    print(f"  {count} 名虚构居民，{signed} 份协议，{time.perf_counter() - began:.0f} 秒")
    everything = reading(_BY_ENTRY, _BY_INK, _BY_PHONE)
    try:
        rows = [
            measure(
                Benchmark(
                    "review 全年", searched, everything, MOST_WHOLE, "首次查找核查线索 / 把所看的各读一遍"
                ),
                rounds=3,
            )
        ]
        print(f"  首次查找到 {sum(find_review_flags(on=DAY).values())} 条")
        assert ReviewFlag.objects.exists()
        night = Benchmark(
            "review 一夜", searched, reading(_BY_PHONE), MOST_NIGHT, "再查一天 / 按电话读一遍签约居民"
        )
        return [*rows, measure(night)]
    finally:
        registry.clear()
