"""A page of ours as PDF. Nothing is fetched from anywhere: our own static files and pictures inside the page, no more.

One document at a time in a process, of bounded length: a web request waits seconds, never minutes.
"""

import logging
from collections.abc import Callable
from ctypes import CDLL
from functools import cache
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.utils._os import safe_join

from core.refusals import Refusal

log = logging.getLogger(__name__)

# Nobody answers under this address (RFC 2606): it only gives the static files of a page a place to stand.
ORIGIN = "https://paper.invalid"
MAX_LETTERS = 2_000_000  # two signatures are some 100,000
MAX_PAGES = 80
WAIT_SECONDS = 20
LIBRARIES = (
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libpangoft2-1.0.so.0",
    "libfontconfig.so.1",
    "libharfbuzz.so.0",
)
ABSENT = (
    "服务器没有安装生成 PDF 所需的组件（Pango），请用浏览器的“打印”，也可以在打印窗口里选择“另存为 PDF”。"
)
_KINDS = {".css": "text/css", ".woff2": "font/woff2", ".png": "image/png", ".svg": "image/svg+xml"}
_one_at_a_time = Lock()


class CannotPrint(Refusal):
    """No PDF was made; the page itself can be printed by the browser."""


@cache
def is_available() -> bool:
    """Whether the machine has what WeasyPrint draws with. Cheap: WeasyPrint itself is loaded at the first document."""
    try:
        for name in LIBRARIES:
            CDLL(name)
    except OSError:
        return False
    return True


def to_pdf(html: str, *, most_pages: int | None = None) -> bytes:
    """The page as PDF, its fonts embedded.

    Args:
        most_pages: one that comes out longer is refused before it is written; ``MAX_PAGES`` if not given.

    Raises:
        CannotPrint: Pango is missing, the page is too long, others are printing for too long, the drawing failed.
    """
    if not is_available():
        raise CannotPrint("no_pango", ABSENT)
    if len(html) > MAX_LETTERS:
        raise CannotPrint("too_long", "内容太多，不能生成 PDF，请用浏览器的“打印”。")
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise CannotPrint("busy", "正在生成的文件较多，请过一会儿再试，或者用浏览器的“打印”。")
    try:
        return _drawn(html, MAX_PAGES if most_pages is None else most_pages)
    except CannotPrint:
        raise
    except Exception as fault:
        log.exception("pdf failed")
        raise CannotPrint("failed", "PDF 没有生成成功，请用浏览器的“打印”，并告诉管理员。") from fault
    finally:
        _one_at_a_time.release()


def _drawn(html: str, most_pages: int) -> bytes:
    from weasyprint import HTML

    began = perf_counter()
    page = HTML(string=html, base_url=f"{ORIGIN}/", url_fetcher=_fetcher()())
    document = page.render(font_config=_fonts())
    if len(document.pages) > most_pages:
        raise CannotPrint(
            "too_many_pages", f"共{len(document.pages)}页，超过{most_pages}页，请用浏览器的“打印”。"
        )
    made: bytes = document.write_pdf()
    log.info("pdf: %d pages, %d bytes, %.2f s", len(document.pages), len(made), perf_counter() - began)
    return made


@cache
def _fonts() -> Any:
    """Unpacking the fonts takes longer than a page: kept for the life of the process, used under the lock."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _fetcher() -> Callable[[], Any]:
    """WeasyPrint's own fetcher with every way out closed. Made late, since importing WeasyPrint needs Pango."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OurFiles(URLFetcher):
        """``data:`` and static files; http, https, ftp, file and everything else is refused."""

        def __init__(self) -> None:
            super().__init__(timeout=1, allowed_protocols=("data",), allow_redirects=False)

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith(f"{ORIGIN}/"):
                return super().fetch(url, headers)  # refuses all but data:
            path = static_file(url.removeprefix(ORIGIN))
            if path is None:
                raise ValueError("not one of our static files")
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _KINDS[path.suffix]})

    return OurFiles


def static_file(address: str) -> Path | None:
    """The file behind a path such as /static/css/print.css; None for anything that is not a sheet, font or picture."""
    prefix = f"/{settings.STATIC_URL.strip('/')}/"
    name = unquote(address.split("?")[0].split("#")[0])
    if not name.startswith(prefix) or Path(name).suffix not in _KINDS:
        return None
    name = name.removeprefix(prefix)
    try:
        collected = Path(safe_join(settings.STATIC_ROOT, name)) if settings.STATIC_ROOT else None
        found = str(collected) if collected and collected.is_file() else finders.find(name)
    except (SuspiciousFileOperation, ValueError):  # a way out of the folder, a zero byte
        return None
    return Path(found) if found else None
