"""Several telephone numbers in one cell, and whose they are: 13812345678、女儿13912345678 (docs/domain.md 7.1 item 27)."""

import re
from dataclasses import dataclass

from core.text import clean
from residents.rules.faults import Fault
from residents.rules.phones import is_placeholder, normal_phone, read_phones

_HAN = re.compile(r"[\u3400-\u9fff]+")
_PART = re.compile(r"[/、,;|\n]|或|和(?=\d)")
_OWN = frozenset(
    (
        "",
        "本人",
        "自己",
        "手机",
        "电话",
        "座机",
        "宅电",
        "家",
        "家里",
        "固话",
        "移动",
        "联系",
        "号码",
        "微信同号",
    )
)
_FILLING = re.compile(r"(?:的|手机号码?|电话号?码?|联系方式|座机|号码)$")
OWNER_LENGTH = 30


@dataclass(frozen=True)
class Contacts:
    """What was found in one cell.

    Attributes:
        own: the person's first number, "" for none.
        others: further usable numbers as (number, owner); the owner is "" where the cell does not say it.
        faults: about numbers that were left out.
    """

    own: str
    others: tuple[tuple[str, str], ...]
    faults: tuple[Fault, ...] = ()


def read_contacts(text: str) -> Contacts:
    """All usable numbers of a cell; one that is marked as somebody else's is never taken for the person's own."""
    whole = clean(text)
    if not _HAN.search(whole):
        phones = read_phones(whole)
        return Contacts(phones.first, tuple((one, "") for one in phones.numbers[1:]), phones.faults)
    own, others, faults = [], {}, {}
    for part in filter(None, (one.strip() for one in _PART.split(whole))):
        number, owner = _labelled(part)
        if not number:
            faults["phone_form"] = Fault("phone_form", "电话不是有效的手机号或带区号的座机号", "请核实后补录")
        elif is_placeholder(number):
            faults["phone_placeholder"] = Fault(
                "phone_placeholder", "电话像是为了填满格子而写的号码", "请核实后补录"
            )
        elif owner:
            others[number] = owner
        else:
            own.append(number)
    own.sort(key=lambda one: not one.startswith("1"))
    further = dict.fromkeys(own[1:], "") | others
    first = own[0] if own else ""
    return Contacts(
        first, tuple((one, who) for one, who in further.items() if one != first), tuple(faults.values())
    )


def _labelled(part: str) -> tuple[str, str]:
    """The number of a part and whose it is: 女儿:13912345678, 13912345678(女儿)."""
    label = "".join(_HAN.findall(part))
    number = normal_phone(re.sub(r"[()\[\]:：]", "", _HAN.sub("", part)))
    owner = _FILLING.sub("", label)
    return number, "" if owner in _OWN else owner[:OWNER_LENGTH]
