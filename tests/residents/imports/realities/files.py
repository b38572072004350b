"""29, 30 and 35 to 38: kinds of files, long ones, and columns of other trades."""

from tests.residents.imports.realities.case import HEAD, N, Reality, book, plain, table, zipped
from tests.residents.imports.sheets import FILES

V = "东北村"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LATER = [*HEAD, "家庭医生", "签约团队", "签约日期", "到期日期", "血压", "空腹血糖"]

FILE_CASES = (
    Reality(
        29, "more rows than are looked at together",
        table(*([f"林桂{'芳兰英梅'[at % 4]}", N[at % 10], V] for at in range(5_000))),
        [{"row": at + 2} for at in range(5_000)],
        engine="the rows are checked and applied in the background, with a progress bar",
    ),
    Reality(30, "an old workbook", (FILES / "village.xls").read_bytes(), [{"name": "宋建国"}, {"name": "于秀英"}],
        is_longer=True),
    Reality(30, "a protected workbook", (FILES / "protected.xlsx").read_bytes(), refused="file_protected"),
    Reality(30, "a web page with another name", plain("<html><table><tr><td>姓名</td></tr></table></html>"),
        refused="file_html"),
    Reality(30, "an XML table of the year 2003", plain('<?xml version="1.0"?><Workbook/>'), refused="file_html"),
    Reality(30, "a file of WPS", OLE + b"\0" * 600 + "ETExtData".encode("utf-16-le"), refused="file_wps"),
    Reality(30, "a text document of WPS or Word", OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"),
        refused="file_document"),
    Reality(30, "a new text document", zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
        refused="file_document"),
    Reality(30, "an open document", zipped(**{"mimetype": b"x", "content.xml": b"<x/>"}), refused="file_wps"),
    Reality(30, "an archive", zipped(**{"花名册.xlsx": b"x"}), refused="file_archive"),
    Reality(30, "a PDF", b"%PDF-1.7 ...", refused="file_pdf"),
    Reality(30, "a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, refused="file_image"),
    Reality(
        35, "doctors and teams by name, which a roster does not decide",
        table(["林桂芳", N[0], V, "王医生", "李某某团队", "", "", "", ""], header=LATER),
        [{"name": "林桂芳", "codes": []}], notes=("家庭医生、签约团队",),
        engine="nobody is signed by a list: only an agreement gives a person into a team's care",
    ),
    Reality(
        36, "contract days, which are not entered from a roster",
        table(["林桂芳", N[0], V, "", "", "2024-01-01", "2025-01-01", "", ""], ["于秀英", N[1], V, "", "", "2024-05-01",
            "2024-01-01", "", ""], header=LATER),
        [{"codes": []}, {"codes": []}], notes=("签约日期、到期日期",),
    ),
    Reality(
        37, "blood pressures, which are not entered from a roster",
        table(["林桂芳", N[0], V, "", "", "", "", "140/90", ""], ["于秀英", N[1], V, "", "", "", "", "1400/90", ""],
            header=LATER),
        [{"codes": []}, {"codes": []}], notes=("血压",),
    ),
    Reality(
        38, "glucose, which is not entered from a roster",
        table(["林桂芳", N[0], V, "", "", "", "", "", "空腹6.5"], header=LATER), [{"codes": []}], notes=("空腹血糖",),
    ),
    Reality(
        6, "the example of our template, left in",
        book(list(HEAD), ["示例：张三", N[3], V], ["林桂芳", N[0], V]), [{"name": "林桂芳"}], skipped={"example": 1},
    ),
)  # fmt: skip
