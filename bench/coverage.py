"""Coverage by townships, by teams and by population with its family share, for everybody of the district.

The limit is what any such table has to do once: join every resident with his agreement and group by place (named in the
measured limits as "resident left join contract, GROUP BY").
"""

import os
import time

from django.db import connection

from assessment.choices import Level
from assessment.queries import populations
from assessment.queries.heads import residents_known, tallies
from bench import registry
from bench.agreements import DAY, sign_up
from bench.table import Benchmark, Row, benchmark_called, measure
from residents.policy import ResidentsPolicy

LIMITS = {"按镇街": 4.0, "按团队": 4.0, "按人群": 5.0}
POLICY = ResidentsPolicy()

_PLAIN = """
SELECT grid.village_id, count(*), count(one.id), count(*) FILTER (WHERE one.kind = 'household')
FROM residents_resident resident
JOIN grids_grid grid ON grid.id = resident.grid_id
LEFT JOIN (contracts_enrollment signed JOIN contracts_agreement one ON one.id = signed.agreement_id)
    ON signed.resident_id = resident.id AND signed.state = 'active'
    AND signed.starts_on <= %(on)s AND signed.ends_on >= %(on)s
GROUP BY 1
"""


def plain() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, {"on": DAY})
        cursor.fetchall()


@benchmark_called("coverage")
def coverage_tables() -> list[Row]:
    count = int(os.environ.get("BENCH_ROWS", "1000000"))
    began = time.perf_counter()
    readers = registry.build(count)
    signed = sign_up(readers.doctor)
    print(f"  {count} 名虚构居民，{signed} 份协议，{time.perf_counter() - began:.0f} 秒")
    known = residents_known(readers.bureau, None, DAY)
    ways = {
        "按镇街": lambda: tallies(Level.TOWNSHIP, known, on=DAY, policy=POLICY),
        "按团队": lambda: tallies(Level.TEAM, known, on=DAY, policy=POLICY),
        "按人群": lambda: populations(readers.bureau, area=None, on=DAY, policy=POLICY),
    }
    try:
        return [
            measure(
                Benchmark(
                    f"coverage {name}",
                    way,
                    plain,
                    LIMITS[name],
                    "签约覆盖一张表 / 居民左连协议按地点分组一次",
                )
            )
            for name, way in ways.items()
        ]
    finally:
        registry.clear()
