"""What a file is, told by its content and never by its name; dangerous ones are refused before anything opens them."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import BinaryIO, Self

from core.refusals import Refusal
from residents.imports.biff import NotOle, look_into
from residents.imports.source import Source
from residents.policy import ResidentsPolicy

MAX_UNPACKED = 400 * 1024 * 1024  # bytes; an honest list of 200,000 rows unpacks to some 200 MB
MAX_RATIO = 100  # unpacked to packed; honest lists stay below 20
MAX_ENTRIES = 2_000  # parts of an archive
MAX_CELLS = 8_000_000  # of one sheet, empty ones between used ones included: each takes 32 bytes when read
MAX_TEXTS = 4_000_000  # distinct texts of a workbook
MAX_COLUMNS = 200
HEAD_ROOM = 200  # titles, blank and signature rows beside the counted ones

_MB = 1024 * 1024
_BLOCK = 256 * 1024
_PACKED = 16 * 1024
# Where a row or a cell with content stands; empty ones are closed at once and not kept by a reader.
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,3})(\d{1,9})[\"'](?=[^<>]*>)(?![^<>]*/>)")
_ODDLY_WRITTEN = (b" r='", b" r =", b'= "', b"= '", b"\tr=", b"\nr=", b"\rr=")  # valid, and nobody writes so
_ERROR = b't="e"'
_TAG = 256  # bytes that one tag may take
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")


class CannotReadRoster(Refusal):
    """The file as a whole cannot be used."""


class FileKind(StrEnum):
    XLSX = "xlsx"
    XLS = "xls"
    TEXT = "text"


@dataclass(frozen=True)
class Limits:
    """How much one file may hold (rows: of one sheet)."""

    max_bytes: int
    max_workbook_bytes: int
    max_rows: int
    max_csv_rows: int

    @classmethod
    def of(cls, policy: ResidentsPolicy) -> Self:
        return cls(
            policy.roster_max_bytes,
            policy.roster_max_workbook_bytes,
            policy.roster_max_rows,
            policy.roster_max_csv_rows,
        )


@dataclass(frozen=True)
class Inspection:
    """What a look at the bytes told: which reader the file needs, and how many cells hold a formula's error."""

    kind: FileKind
    error_cells: int = 0


_SENTENCES = {
    "file_empty": "文件是空的。请选择填写好的花名册。",
    "file_protected": "文件设有打开密码。请在 Excel 中取消密码（另存为时清除）后再上传。",
    "file_damaged": "文件已损坏，打不开。请用 Excel 重新另存一份后再上传。",
    "file_bomb": "文件解压后异常庞大，已拒绝打开。请重新导出后再上传。",
    "file_type": "这不是 Excel 或 CSV 文件。请上传 .xlsx、.xls 或 .csv 格式的花名册。",
    "text_mixed": "文件里混有几种文字编码，有的内容是乱码。请用 Excel 打开检查，另存为 .xlsx 后再上传。",
    "text_zeros": "文件里夹有空字节，多半是导出中断或复制不完整。请重新导出，或用 Excel 打开检查，另存为 .xlsx 后再上传。",
    "file_quotes": '有一格的引号（"）没有成对，后面的内容读不出来。请用 Excel 打开，另存为 .xlsx 后再上传。',
    "file_html": "这是网页改名成的表格（旧系统常见）。请用 Excel 打开，另存为 .xlsx 后再上传。",
    "file_pdf": "这是 PDF 文件，读不出表格。请向提供方要 Excel 原件（.xlsx）后再上传。",
    "file_image": "这是图片，读不出表格。请把名单录入模板后再上传。",
    "file_archive": "这是压缩包。请先解压，再上传里面的 Excel 或 CSV 文件。",
    "file_document": "这是 Word 或 WPS 文字文档。请把其中的表格复制到 Excel，另存为 .xlsx 后再上传。",
    "file_wps": "这是 WPS 表格（.et）或其他表格格式。请在 WPS 中打开，另存为“Excel 文件（*.xlsx）”后再上传。",
    "too_many_columns": f"超过 {MAX_COLUMNS} 列。请删去多余的列。",
}


def refusal(code: str) -> CannotReadRoster:
    return CannotReadRoster(code, _SENTENCES[code], field="file")


def too_large(limit: int) -> CannotReadRoster:
    sentence = f"文件超过 {limit // _MB} MB。请按村居拆成几个文件，或删去图片后再上传。"
    return CannotReadRoster("file_too_large", sentence, field="file")


def too_many_rows(limit: int) -> CannotReadRoster:
    sentence = f"超过 {limit} 行。请按村居拆成几个文件分次导入。"
    return CannotReadRoster("too_many_rows", sentence, field="file")


def kind_of(source: Source, limits: Limits) -> FileKind:
    """Which reader the file needs; raises as ``inspect``."""
    return inspect(source, limits).kind


def inspect(source: Source, limits: Limits) -> Inspection:
    """Look at a file without opening it.

    Raises:
        CannotReadRoster: empty, too large, of another kind, protected, or made to burst.
    """
    if not source.size:
        raise refusal("file_empty")
    with source.open() as stream:
        head = stream.read(4096)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE)):
            if source.size > limits.max_workbook_bytes:
                raise too_large(limits.max_workbook_bytes)
            stream.seek(0)
            look = _compound if head.startswith(_OLE) else _archive
            return look(stream, source.size, limits)
        if source.size > limits.max_bytes:
            raise too_large(limits.max_bytes)
    _refuse_other_kinds(head)
    return Inspection(FileKind.TEXT)


def _refuse_other_kinds(head: bytes) -> None:
    if head.startswith(b"%PDF"):
        raise refusal("file_pdf")
    if head.startswith(_IMAGES):
        raise refusal("file_image")
    if head.startswith(_ARCHIVES):
        raise refusal("file_archive")
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if bare.startswith((b"<", b"mime-version:")):
        raise refusal("file_html")


def _compound(stream: BinaryIO, size: int, limits: Limits) -> Inspection:
    """An OLE container: the names in its directory tell who wrote it."""
    names = {
        name: name.encode("utf-16-le") for name in ("EncryptedPackage", "Workbook", "Book", "WordDocument")
    }
    found = set()
    tail = b""
    while block := stream.read(_BLOCK):
        found |= {name for name, coded in names.items() if coded in tail + block}
        tail = block[-64:]
    if "EncryptedPackage" in found:
        raise refusal("file_protected")
    if "WordDocument" in found:
        raise refusal("file_document")
    if not found:
        raise refusal("file_wps")
    _weigh_old(stream, size, limits)
    return Inspection(FileKind.XLS)


def _weigh_old(stream: BinaryIO, size: int, limits: Limits) -> None:
    try:
        seen = look_into(stream, size)
    except NotOle as error:
        raise refusal("file_damaged") from error
    if seen is None:
        raise refusal("file_damaged")
    if seen.is_locked:
        raise refusal("file_protected")
    for rows, columns in seen.fields:
        _judge_field(rows, columns, limits)
    if sum(rows * columns for rows, columns in seen.fields) > MAX_CELLS:  # all sheets are kept at once
        raise refusal("file_bomb")


def _archive(stream: BinaryIO, size: int, limits: Limits) -> Inspection:
    """An archive: by its directory first, then by really unpacking it piece by piece, keeping nothing."""
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise refusal("file_damaged") from error
    names = {one.filename for one in entries}
    if "xl/workbook.xml" not in names:
        raise refusal(_other_archive(names))
    said = sum(one.file_size for one in entries)
    if said > min(MAX_UNPACKED, MAX_RATIO * size) or len(entries) > MAX_ENTRIES:
        raise refusal("file_bomb")
    if any(one.flag_bits & 1 for one in entries):
        raise refusal("file_protected")
    allowed = min(MAX_UNPACKED, MAX_RATIO * size)
    errors = 0
    for one in entries:
        weight, found = _weigh(stream, one, allowed, limits)
        allowed, errors = allowed - weight, errors + found
    return Inspection(FileKind.XLSX, errors)


def _other_archive(names: set[str]) -> str:
    if "word/document.xml" in names:
        return "file_document"
    if names & {"xl/workbook.bin", "content.xml"}:
        return "file_wps"
    return "file_archive" if names and "[Content_Types].xml" not in names else "file_type"


def _weigh(stream: BinaryIO, entry: zipfile.ZipInfo, allowed: int, limits: Limits) -> tuple[int, int]:
    """Unpacked bytes of one part, and its cells with errors; refused once it is too much or its cells span too far."""
    total = texts = errors = 0
    is_doubtful, rest = False, b""
    doubt = _doubt(limits.max_rows + HEAD_ROOM)
    for block in _unpacked(stream, entry):
        total += len(block)
        if total > allowed:
            raise refusal("file_bomb")
        if entry.filename.endswith(".xml"):
            errors += (rest + block).count(_ERROR) - rest.count(_ERROR)
            texts += block.count(b"<si>") + block.count(b"<si ")
            block = rest + block
            is_doubtful = (
                is_doubtful or bool(doubt.search(block)) or any(one in block for one in _ODDLY_WRITTEN)
            )
            rest = block[-_TAG:]
            if texts > MAX_TEXTS:
                raise refusal("file_bomb")
    if is_doubtful:
        _measure(_unpacked(stream, entry), limits)
    return total, errors


@cache
def _doubt(most: int) -> re.Pattern[bytes]:
    """References beyond column AN, or of rows in the order of ``most`` and beyond: seldom, and quickly looked for."""
    first, more = str(most)[0], len(str(most)) - 1
    wide = b"(?:[A-Za-z]{3}|[B-Zb-z][A-Za-z]|[Aa][O-Zo-z])\\d"
    far = f"[A-Za-z]{{0,3}}(?:[{first}-9]\\d{{{more}}}|\\d{{{more + 2},}})".encode()
    return re.compile(b' r="(?:' + wide + b"|" + far + b")")


def _measure(blocks: Iterator[bytes], limits: Limits) -> None:
    """How far the used cells reach: a reader keeps the whole rectangle, empty cells too."""
    rows = columns = 0
    rest = b""
    for block in blocks:
        block = rest + block
        for letters, row in _REFERENCE.findall(block):
            rows, columns = max(rows, int(row)), max(columns, _column_number(letters))
        _judge_field(rows, columns, limits)
        rest = block[-_TAG:]


def _unpacked(stream: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The blocks of one part, whatever length its directory entry claims."""
    stream.seek(entry.header_offset)
    local = stream.read(30)
    if local[:4] != b"PK\x03\x04":
        raise refusal("file_damaged")
    stream.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), io.SEEK_CUR)
    if entry.compress_type == zipfile.ZIP_STORED:
        yield stream.read(min(entry.compress_size, MAX_UNPACKED))
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise refusal("file_damaged")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while not inflate.eof:
            packed = inflate.unconsumed_tail or stream.read(_PACKED)
            if not packed:
                raise refusal("file_damaged")
            yield inflate.decompress(packed, _BLOCK)
    except zlib.error as error:
        raise refusal("file_damaged") from error


def _judge_field(rows: int, columns: int, limits: Limits) -> None:
    if rows > limits.max_rows + HEAD_ROOM:
        raise too_many_rows(limits.max_rows)
    if columns > MAX_COLUMNS:
        raise refusal("too_many_columns")
    if rows * columns > MAX_CELLS:
        raise refusal("file_bomb")


@lru_cache(maxsize=20_000)
def _column_number(letters: bytes) -> int:
    number = 0
    for one in letters.upper():
        number = number * 26 + one - 64
    return number
