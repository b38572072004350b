"""The words in double braces that a text may contain. Plain replacement: nothing in a text is ever executed.

Pure. The value of a placeholder is set in one pass, so a name that looks like a placeholder stays a name; escaping is
the template's.
"""

import re
from collections.abc import Mapping

from contracts.choices import DocumentKind

MAX_LETTERS = 20_000  # about twelve pages; what a print must be able to finish in a moment
BLANK = "＿＿＿＿＿＿"  # a line to write on where there is nothing to print

_MARK = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_TEAM = ("机构名称", "机构地址", "团队名称", "团队长", "团队电话", "服务时间", "监督电话", "打印日期")
_AGREEMENT = (
    *_TEAM, "居民姓名", "协议编号", "签约医生", "签约日期", "生效日期", "到期日期", "协议期限", "服务包",
)  # fmt: skip
_HOUSEHOLD = (*_AGREEMENT, "代表人姓名", "户主姓名", "家庭人数")
_SUPPLEMENTARY = (*_AGREEMENT, "原协议编号", "病种", "疗程")
_ENDED = (*_AGREEMENT, "最后有效日", "终止原因")

ALLOWED: dict[DocumentKind, tuple[str, ...]] = {
    DocumentKind.INDIVIDUAL: _AGREEMENT,
    DocumentKind.HOUSEHOLD: _HOUSEHOLD,
    DocumentKind.SUPPLEMENTARY: _SUPPLEMENTARY,
    DocumentKind.NOTICE_SIGNED: _AGREEMENT,
    DocumentKind.NOTICE_RENEWAL: _AGREEMENT,
    DocumentKind.NOTICE_ENDED: _ENDED,
    DocumentKind.CONTACT_CARD: _TEAM,
    DocumentKind.LETTER_SIGNING: _TEAM,
    DocumentKind.LETTER_RECORD: _TEAM,
    DocumentKind.LETTER_POINTS: _TEAM,
}


def names_in(text: str) -> list[str]:
    """Placeholders of a text in their order, each once."""
    return list(dict.fromkeys(_MARK.findall(text)))


def object_to_text(kind: DocumentKind, text: str) -> str:
    """Why a text cannot be published, a sentence that names the culprit; "" if it can."""
    if len(text) > MAX_LETTERS:
        return f"文本共{len(text)}字，超过{MAX_LETTERS}字，请删减。"
    allowed = ALLOWED[kind]
    unknown = [one for one in names_in(text) if one not in allowed]
    if unknown:
        named = "、".join("{{" + one + "}}" for one in unknown)
        return f"“{kind.label}”里不能用占位符{named}。可以用：{'、'.join(allowed)}。"
    rest = _MARK.sub("", text)
    if "{{" in rest or "}}" in rest:
        at = min(place for place in (rest.find("{{"), rest.find("}}")) if place >= 0)
        return f"“{rest[max(at - 8, 0) : at + 10]}”处的占位符不完整，应写成两个左括号、名称、两个右括号，如{{{{居民姓名}}}}。"
    return ""


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; one without a value becomes a line to write on, an unknown one stays."""
    return _MARK.sub(lambda found: _value(found, values), text)


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    return values[found[1]] or BLANK if found[1] in values else found[0]
