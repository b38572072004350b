"""A published issue of the ten disclosures, read by many telephones at once, against the bare static file.

The server and its readers share the same two cores, over kept connections, compressed, as browsers ask.
BENCH_SECONDS is how long each round reads.
"""

import os
import tempfile
from pathlib import Path

from django.utils import timezone

from bench import registry
from bench.reading import rate
from bench.serving import ask, server
from bench.table import Row, benchmark
from outreach.choices import DisclosureState, DisclosureStep, DisclosureTopic, ItemState
from outreach.disclosures.content import Content, ContentItem, digest_of
from outreach.models import DisclosureVersion, MonthlyDisclosure
from teams.models import Team

SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
ROUNDS = 5
READERS = 4
CODE = "benchpub"
MOST = 2.0  # times the bare file
_TEXT = "\n".join(
    f"- 第{n}周周三上午8:30至11:00，社区卫生服务站，请带好身份证，电话预约。" for n in range(1, 9)
)


@benchmark
def published() -> list[Row]:
    try:
        _issue()
        with server("config.wsgi:application") as ours, tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "issue.html"
            answer, body = ask(ours, "GET", f"/p/d/{CODE}/")
            assert answer.status == 200, answer.status
            file.write_bytes(body)
            os.environ["BENCH_FILE"] = str(file)
            with server("bench.published_site:application") as plain:
                pairs = [(_rate(ours), _rate(plain)) for _ in range(ROUNDS)]
    finally:
        registry.clear()
    for mine, bare in pairs:
        print(f"  {len(body)} 字节：每秒 {mine:.0f} 次；静态文件每秒 {bare:.0f} 次", flush=True)
    mine, bare = sorted(pairs)[len(pairs) // 2]
    ratios = tuple(bare / mine for mine, bare in pairs)
    return [Row("published", "已发布的十公开网页 / 同样内容的静态文件", 1 / mine, 1 / bare, ratios, MOST)]


def _issue() -> None:
    registry.clear()
    registry.places()
    team = Team.objects.select_related("institution").first()
    assert team is not None
    now = timezone.now()
    items = [ContentItem(one.value, str(one.label), ItemState.FILLED, _TEXT, now) for one in DisclosureTopic]
    content = Content(
        timezone.localdate().replace(day=1), team.institution.name, team.name, team.phone, tuple(items)
    ).as_json()
    issue = MonthlyDisclosure.objects.create(
        institution=team.institution, team=team, month=timezone.localdate().replace(day=1), code=CODE,
        state=DisclosureState.PUBLISHED, drafted_at=now, confirmed_at=now, published_at=now, digest=digest_of(content),
    )  # fmt: skip
    DisclosureVersion.objects.create(
        disclosure=issue,
        number=1,
        step=DisclosureStep.PUBLISHED,
        at=now,
        content=content,
        digest=issue.digest,
    )


def _rate(port: int) -> float:
    return rate(port, f"/p/d/{CODE}/", readers=READERS, seconds=SECONDS)
