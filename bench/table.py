"""Benchmarks by name, and the table of their ratios."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True)
class Benchmark:
    """Two ways to do the same work, each called once a round, in turn: a busy machine slows both alike."""

    name: str
    ours: Callable[[], object]
    plain: Callable[[], object]
    limit: float  # the ratio ours / plain that must not be exceeded
    about: str
    after: Callable[[], object] | None = None  # takes the data away again


@dataclass(frozen=True)
class Row:
    """Seconds of the middle round; ratios over all rounds."""

    name: str
    about: str
    ours: float
    plain: float
    ratios: tuple[float, ...]
    limit: float

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def is_within(self) -> bool:
        return self.median <= self.limit


Build = Callable[[], Benchmark | list[Row]]
REGISTRY: dict[str, Build] = {}


def benchmark(build: Build) -> Build:
    """Register a function that prepares its data and returns a Benchmark; its name is the benchmark's name."""
    REGISTRY[build.__name__] = build
    return build


def benchmark_called(name: str) -> Callable[[Build], Build]:
    """Register under a name that no function can have. One that measures several things itself returns rows."""

    def register(build: Build) -> Build:
        REGISTRY[name] = build
        return build

    return register


def measure(found: Benchmark, rounds: int = ROUNDS) -> Row:
    try:
        pairs = [(_seconds(found.ours), _seconds(found.plain)) for _ in range(rounds)]
    finally:
        if found.after:
            found.after()
    ours, plain = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratios = tuple(mine / other for mine, other in pairs)
    return Row(found.name, found.about, ours, plain, ratios, found.limit)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return max(time.perf_counter() - began, 1e-9)


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """The table, ratios first: seconds depend on the machine, ratios hardly do."""
    if not rows:
        yield "尚无测项"
        return
    yield f"{'ratio':>8} {'min':>8} {'max':>8} {'limit':>8} {'ours s':>10} {'plain s':>10}  "
    for row in rows:
        verdict = "✔" if row.is_within else "✘ 超出上限"
        yield (
            f"{row.median:8.3f} {min(row.ratios):8.3f} {max(row.ratios):8.3f} {row.limit:8.3f} "
            f"{row.ours:10.4f} {row.plain:10.4f}  {row.name} {verdict}  {row.about}"
        )
