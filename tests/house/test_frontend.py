"""What the browser gets: nothing inline, nothing from outside, nothing that an older browser does not know, readable."""

import gettext
import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.urls import reverse

from teams.access import Permission

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(
    path for path in ROOT.glob("**/*.html") if "templates" in path.parts and ".venv" not in path.parts
)
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
VENDORED = ROOT / "static" / "vendor"


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_template = pytest.mark.parametrize("path", TEMPLATES, ids=name)
each_sheet = pytest.mark.parametrize("path", SHEETS, ids=name)
each_script = pytest.mark.parametrize("path", SCRIPTS, ids=name)


def tags(text: str) -> list[str]:
    """Every HTML tag, with the template's own tags taken out of it."""
    plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    return re.findall(r"<[a-zA-Z][^>]*>", plain)


@each_template
def test_nothing_inline(path):
    text = path.read_text()
    assert not re.search(r"<style[\s>]", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "a script without src"
    assert not re.search(r"<script[^>]*>\s*[^<\s]", text), "a script with a body"
    for tag in tags(text):
        assert not re.search(r"\sstyle\s*=", tag), tag
        assert not re.search(r"\s(on\w+|hx-on[:\w-]*)\s*=", tag), tag
        assert "javascript:" not in tag, tag


@each_template
def test_nothing_from_outside(path):
    for tag in tags(path.read_text()):
        assert not re.search(r"""(src|href|action|data|content)\s*=\s*["']\s*(https?:)?//""", tag), tag


@each_template
def test_every_static_file_exists(path):
    text = path.read_text()
    wanted = re.findall(r"""\{%\s*static\s+["']([^"']+)["']""", text) + re.findall(r'"/static/([^"]+)"', text)
    for file in wanted:
        assert finders.find(file), file


@each_template
def test_every_url_in_a_menu_leads_somewhere(path):
    for url_name in re.findall(r"""\{%\s*nav_link\s+["']([^"']+)["']""", path.read_text()):
        reverse(url_name)


@each_template
def test_every_permission_asked_for_is_one(path):
    names = {one.name for one in Permission}
    assert set(re.findall(r"""["'](\w+)["'] in can""", path.read_text())) <= names


@each_sheet
def test_sheets_work_in_an_older_browser(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    for unknown in ("oklch(", "color-mix(", "@layer", ":has(", "@container", "@import", "@scope"):
        assert unknown not in text
    assert not re.search(r"url\(\s*['\"]?(https?:)?//", text)
    assert text.count("{") == text.count("}")
    assert not re.search(r"auto-fi[lt]+, minmax\((?!min\(100%|0)", text), "a column wider than a phone"
    assert not re.search(r"\{[^{}@]*\{", re.sub(r"@media[^{]*\{", "", text)), "nested rules"
    for variable in set(re.findall(r"var\((--[a-z0-9-]+)", text)):
        frame = GRID if path.name.startswith("grid-") else TOKENS
        assert f"{variable}:" in text + frame, variable


@each_script
def test_scripts_bring_nothing_that_the_policy_refuses(path):
    text = path.read_text()
    for refused in (
        "eval(",
        "new Function",
        "innerHTML",
        "document.write",
        'setAttribute("style"',
        "http://",
    ):
        assert refused not in text


def test_vendored_files_are_what_the_page_says():
    rows = re.findall(r"`([\w./-]+)` \| ([0-9a-f]{64}) \|", (VENDORED / "README.md").read_text())
    assert {file for file, _ in rows} == {
        str(path.relative_to(VENDORED)) for path in VENDORED.glob("*/*") if path.name != "LICENSE"
    }
    for file, digest in rows:
        content = (VENDORED / file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, file
        assert b"sourceMappingURL" not in content
        assert (VENDORED / file).parent.joinpath("LICENSE").exists()


def test_the_compiled_wordings_are_those_written():
    folder = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
    written = dict(
        re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', (folder / "django.po").read_text(), re.MULTILINE)
    )
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert written
    assert {one: compiled.gettext(one) for one in written} == written


# ---- contrast, after WCAG 2.1 ----

TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()
GRID = (ROOT / "static" / "css" / "grid.css").read_text()


def colors(text: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{6});", text))


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


GROUNDS = ("surface", "surface-2", "paper")
TEXT = [
    *(
        (ink, ground)
        for ink in ("ink", "ink-2", "ink-3", "accent", "accent-strong", "red")
        for ground in GROUNDS
    ),
    *((one, f"{one}-soft") for one in ("red", "yellow", "green", "blue", "gray")),
    *(("ink", f"{one}-soft") for one in ("red", "yellow", "green", "blue", "accent")),
    ("ink-3", "gray-soft"),
    ("accent-strong", "accent-soft"),
    ("ink-2", "line-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-accent", "red"),
    ("letterhead", "surface"),
]
# Borders of controls, the focus ring and bars must be seen against what is around them.
SHAPES = [("line-strong", ground) for ground in GROUNDS] + [
    ("accent", ground) for ground in (*GROUNDS, "line")
]


@pytest.mark.parametrize(("front", "back"), TEXT)
def test_text_is_readable(front, back):
    token = colors(TOKENS)
    assert contrast(token[f"--{front}"], token[f"--{back}"]) >= 4.5


@pytest.mark.parametrize(("front", "back"), SHAPES)
def test_shapes_are_seen(front, back):
    token = colors(TOKENS)
    assert contrast(token[f"--{front}"], token[f"--{back}"]) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_grid_pages_are_readable(scheme):
    light, dark = GRID.split("@media (prefers-color-scheme: dark)")
    token = colors(light) | (colors(dark) if scheme == "dark" else {})
    for ground in ("ground", "surface"):
        for front in ("text", "text-2", "accent", "red"):
            assert contrast(token[f"--g-{front}"], token[f"--g-{ground}"]) >= 4.5, (front, ground)
    assert contrast(token["--g-on-accent"], token["--g-accent"]) >= 4.5


# ---- answers to what went wrong ----


@pytest.mark.parametrize("template", ["400.html", "500.html"])
def test_bare_answers_need_nothing(template):
    page = render_to_string(template)
    assert "回首页" in page
    assert "{%" not in page


@pytest.mark.django_db
def test_a_lost_page_says_what_to_do(client):
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "找不到这个页面" in response.content.decode()


@pytest.mark.django_db
def test_a_refused_page_says_what_to_do(cast, sign_in):
    response = sign_in(cast.sun).get("/admin/")
    assert response.status_code == 403
    assert "没有这项权限" in response.content.decode()


@pytest.mark.django_db
def test_an_old_form_says_what_to_do():
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post(reverse("login"), {"username": "li"})
    assert response.status_code == 403
    assert "已经过期" in response.content.decode()
