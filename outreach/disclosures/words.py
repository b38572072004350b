"""An issue as a message to a group: one screen of plain text and the address of the rest. Pure."""

from outreach.disclosures.content import Content, ContentItem
from outreach.disclosures.plain import plain_line
from outreach.queries.bulletins import Bulletin
from outreach.rules.posters import shares

MOST = 600  # characters: what a telephone shows without "全文"
_LEAST = 12  # characters of an item that are worth reading
_SHORT = {
    1: "节气养生", 2: "体检安排", 3: "预防接种", 4: "健康活动", 5: "履约巡诊",
    6: "上月服务", 7: "专家坐诊", 8: "新技术", 9: "政策", 10: "其他",
}  # fmt: skip
UNPUBLISHED = "【未发布，仅供内部核对，请勿转发】"


def group_text(bulletin: Bulletin, *, link: str) -> str:
    """At most ``MOST`` characters.

    Args:
        link: whole address of the public page.
    """
    content = bulletin.content
    told = [one for one in content.items if not one.is_nothing]
    head = _head(bulletin)
    foot = _foot(content, link, is_corrected=bool(bulletin.corrections))
    labels = [f"{one.number}.{_SHORT[one.number]}：" for one in told]
    words = [_in_one_line(one) for one in told]
    around = len("\n".join([*head, *labels, *foot]))
    most = shares([len(one) for one in words], MOST - around) if words else []
    lines = [
        label + _cut(text, max(room, _LEAST)) for label, text, room in zip(labels, words, most, strict=True)
    ]
    return "\n".join([*head, *lines, *foot])


def _head(bulletin: Bulletin) -> list[str]:
    title = f"【{plain_line(bulletin.content.publisher)}】{bulletin.content.month_words}“十公开”"
    return [title] if bulletin.is_published else [UNPUBLISHED, title]


def _foot(content: Content, link: str, *, is_corrected: bool) -> list[str]:
    none = "、".join(_SHORT[one.number] for one in content.items if one.is_nothing)
    told = [f"本月没有：{none}"] if none else []
    told += ["发布后有更正，以全文为准。"] if is_corrected else []
    return [
        *told,
        f"全文：{link}",
        *([f"咨询电话：{plain_line(content.phone)}"] if content.phone else []),
    ]


def _in_one_line(item: ContentItem) -> str:
    """Lines joined as a sentence would; each cleaned once more, whatever stands in the database."""
    found = ""
    for line in filter(None, (plain_line(one) for one in item.shown.split("\n"))):
        found += ("" if not found or found[-1] in "。；！？：，" else "；") + line
    return found


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip("，、；：") + "…"
