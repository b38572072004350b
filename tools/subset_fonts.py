"""Builds the fonts in static/fonts from Noto CJK (Debian package fonts-noto-cjk). See static/fonts/README.md.

    .venv/bin/python tools/subset_fonts.py [folder of the .ttc files]

The result depends only on the version of the source and of fonttools.
"""

import subprocess
import sys
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path("/usr/share/fonts/opentype/noto")
CHINESE = "SC"  # the glyphs as they are written in mainland China
NAMES = ROOT / "tools" / "rare_name_characters.txt"
DRAWABLE = (
    ROOT / "contracts" / "data" / "paper_font.txt"
)  # what the text font holds, read by contracts.printing.fonts
# What stands in a form beside letters: check boxes, roman numerals, superscripts, units.
SYMBOLS = "☐☑☒✓✔□■▢●○◆◇★☆→←↑↓①②③④⑤⑥⑦⑧⑨⑩㎡℃‰№℡·—–…‘’“”〈〉《》「」『』【】〔〕〖〗￥¥€×÷±≤≥≈≠∞²³½¼"
SUBSETS = (
    ("NotoSerifCJK-Regular.ttc", "paper-song.woff2", True),
    ("NotoSansCJK-Bold.ttc", "paper-hei.woff2", False),
)


def gb2312(*, first_level_only: bool = False) -> set[str]:
    """Characters of GB 2312: rows 1 to 9 symbols, 16 to 55 the common hanzi, 56 to 87 the others."""
    rows = [*range(1, 10), *range(16, 56 if first_level_only else 88)]
    found = set()
    for row in rows:
        for cell in range(1, 95):
            try:
                found.add(bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def wanted(*, with_names: bool) -> set[str]:
    latin = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))}
    names = set(NAMES.read_text(encoding="utf-8")) - {"\n"} if with_names else set()
    return latin | set(SYMBOLS) | gb2312(first_level_only=not with_names) | names


def subset(source: Path, target: Path, characters: set[str]) -> None:
    fonts = TTCollection(source, lazy=True).fonts
    number = next(i for i, one in enumerate(fonts) if one["name"].getDebugName(1).endswith(CHINESE))
    text = target.with_suffix(".txt")
    text.write_text("".join(sorted(characters)), encoding="utf-8")
    command = [
        sys.executable, "-m", "fontTools.subset", str(source), f"--font-number={number}", f"--text-file={text}",
        f"--output-file={target}", "--flavor=woff2", "--no-hinting", "--desubroutinize", "--layout-features=",
        "--name-IDs=0,1,2,3,4,5,6,13,14", "--no-recalc-timestamp", "--drop-tables+=vhea,vmtx,VORG,BASE,GPOS,GSUB",
    ]  # fmt: skip
    subprocess.run(command, check=True)  # noqa: S603 - fixed program and arguments
    text.unlink()


def drawable(font: Path) -> str:
    """Every character of a font, in order."""
    with TTFont(font, lazy=True) as opened:
        return "".join(chr(code) for code in sorted(opened.getBestCmap()))


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE
    for source, target, with_names in SUBSETS:
        made = ROOT / "static" / "fonts" / target
        subset(folder / source, made, wanted(with_names=with_names))
        sys.stdout.write(f"{made.name}: {made.stat().st_size:,} bytes\n")
    DRAWABLE.write_text(drawable(ROOT / "static" / "fonts" / SUBSETS[0][1]), encoding="utf-8")


if __name__ == "__main__":
    main()
