"""A whole district's posters of a month as one run: 500 issues drawn by the worker's own verb, rows and all.

Measured against WeasyPrint drawing as many empty pages of the same size, which is what any poster costs at the least.
BENCH_POSTERS makes it smaller.
"""

import datetime as dt
import os
from time import perf_counter, process_time

from django.utils import timezone

from bench import registry
from bench.table import Row, benchmark
from outreach.actions.poster_runs import draw_lot
from outreach.choices import DisclosureStep, DisclosureTopic, ItemState, PaperSize, RunState
from outreach.disclosures.content import Content, ContentItem, digest_of
from outreach.disclosures.poster import poster_pdf
from outreach.models import DisclosureVersion, MonthlyDisclosure, PosterRun
from outreach.queries.bulletins import published_bulletins
from outreach.queries.poster_runs import packed
from teams.choices import Role
from teams.models import Institution, RoleAssignment, Team, User

POSTERS = int(os.environ.get("BENCH_POSTERS", "500"))
# Times an empty page: some 1,500 Chinese letters in two columns, two fonts cut down and embedded, a square code. 38 on a
# busy machine.
MOST = 100.0
MOST_SECONDS = 2.0  # of the processor, each: other work beside it counts for nothing
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_EMPTY = "<html><head><style>@page { size: A4; margin: 10mm }</style></head><body></body></html>"
_SENTENCE = "老年人冬季要注意保暖，坚持规律服药，按时监测血压，出现胸闷气短请及时就医。"
_POINT = "- 11月{n}日（周三）9:00-11:00 第{n}网格家庭医生服务点，测血压、血糖，电话 0631-5200001"


@benchmark
def posters() -> list[Row]:
    try:
        run = _run()
        _warm_up(run)
        began, worked = perf_counter(), process_time()
        while draw_lot(run=run.pk, clock=timezone.now):
            pass
        ours, worked = perf_counter() - began, process_time() - worked
        _refuse_losses(run)
        began = perf_counter()
        for _ in range(POSTERS):
            _draw_one_empty()
        plain = perf_counter() - began
        size = sum(len(one) for one in packed(run)) / 1024 / 1024
    finally:
        registry.clear()
    each = worked / POSTERS
    print(
        f"  {POSTERS} 张：共 {ours:.0f} 秒，每张 {ours / POSTERS:.2f} 秒（其中处理器 {each:.2f} 秒），"
        f"压缩包 {size:.0f} MB；空白页每张 {plain / POSTERS:.3f} 秒",
        flush=True,
    )
    if each > MOST_SECONDS:
        raise SystemExit(f"posters: 每张用处理器 {each:.2f} 秒，超过 {MOST_SECONDS:.0f} 秒")
    about = f"{POSTERS} 张十公开海报 / 同样多的空白页"
    return [Row("posters", about, ours, plain, (ours / plain,), MOST)]


def _warm_up(run: PosterRun) -> None:
    """Fonts and libraries are loaded once in a process: two seconds that are not a poster's."""
    first = MonthlyDisclosure.objects.filter(pk=run.issues[0])
    for bulletin in published_bulletins(first).values():
        poster_pdf(bulletin, size=PaperSize.A4, link="https://example.org/")
    _draw_one_empty()


def _draw_one_empty() -> None:
    from weasyprint import HTML

    HTML(string=_EMPTY).write_pdf()


def _run() -> PosterRun:
    """As many published issues as posters, each a little different, and a run over all of them."""
    registry.clear()
    teams = registry.places()
    home, now = Institution.objects.get(code=registry.CODE), timezone.now()
    bureau = User.objects.create(username=f"{registry.NAMES}bureau", name="测试科长", institution=home)
    RoleAssignment.objects.create(
        user=bureau, role=Role.BUREAU, area_code=registry.DISTRICT, starts_on=registry.SINCE
    )
    month = now.date().replace(day=1)
    contents = [_content(home, teams[n % len(teams)], n, month, now) for n in range(POSTERS)]
    issues = MonthlyDisclosure.objects.bulk_create(
        MonthlyDisclosure(
            institution=home, team=teams[n % len(teams)], month=_month(month, n // len(teams)), state="published",
            code=_code(n), drafted_at=now, confirmed_at=now, published_at=now, digest=digest_of(told),
        )
        for n, told in enumerate(contents)
    )  # fmt: skip
    DisclosureVersion.objects.bulk_create(
        DisclosureVersion(
            disclosure=issue, number=1, step=DisclosureStep.PUBLISHED, at=now, content=told.as_json(), digest=issue.digest
        )
        for issue, told in zip(issues, contents, strict=True)
    )  # fmt: skip
    return PosterRun.objects.create(
        month=month, size=PaperSize.A4, base="https://example.org", issues=[one.pk for one in issues], asked_by=bureau,
        asked_at=now, beat_at=now,
    )  # fmt: skip


def _month(first: dt.date, back: int) -> dt.date:
    """More posters than teams go into earlier months."""
    months = first.year * 12 + first.month - 1 - back
    return dt.date(months // 12, months % 12 + 1, 1)


def _code(n: int) -> str:
    letters = ""
    for _ in range(8):
        n, at = divmod(n, len(_LETTERS))
        letters += _LETTERS[at]
    return letters


def _content(home: Institution, team: Team, n: int, month: dt.date, now: dt.datetime) -> Content:
    """Half of the items are paragraphs, half are points; lengths differ, so that every size of letters comes up."""
    items = []
    for topic in DisclosureTopic:
        count = (n + topic) % 5 + 1
        text = (
            _SENTENCE * count if topic % 2 else "\n".join(_POINT.format(n=one) for one in range(1, count + 1))
        )
        items.append(ContentItem(int(topic), str(topic.label), ItemState.FILLED, text, now))
    return Content(month, home.name, team.name, "0631-5200001", tuple(items))


def _refuse_losses(run: PosterRun) -> None:
    run.refresh_from_db()
    if run.state != RunState.DONE or run.made != POSTERS or run.failed:
        raise SystemExit(f"posters: {run.get_state_display()}，生成 {run.made}，失败 {len(run.failed)}")
