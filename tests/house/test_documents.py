"""What the documents promise exists: commands, files, pictures, tests."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md")])


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_exist(document):
    text = document.read_text(encoding="utf-8")
    broken = [
        target
        for target in re.findall(r"\]\(([^)#\s]+)\)", text)
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_exist(document):
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z-]+)", text)) | set(
        re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)
    )
    assert named <= _targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_management_commands_exist(document):
    text = document.read_text(encoding="utf-8")
    ours = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    django = {"migrate", "check", "collectstatic", "clearsessions", "shell", "dbshell"}
    named = set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert named <= ours | django


def test_the_tree_in_the_readme_names_every_room():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert {room for room in rooms if f"`{room}/`" not in text} == set()


def test_the_tests_named_on_the_developer_page_exist():
    text = (ROOT / "docs/development.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/.]+)`", text)
    assert named
    assert [one for one in named if not (ROOT / one).exists()] == []
