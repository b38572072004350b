"""What may be corrected or changed on a running agreement without a new one, and how it is told (4.6).

What is not in this table is not amended: days and term, kind, household and team. Entered wrongly, such an agreement
is made void and signed again; another team is a transfer.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from contracts.parties import HouseMember, Parties
from contracts.rules import Objection
from core.masks import mask_name, mask_phone


@dataclass(frozen=True)
class Particular:
    """One thing that stands on the paper and may be copied anew from the registry or the team's page.

    Attributes:
        shown: how it reads in the story and on the paper's list of changes; None: only that it changed.
    """

    label: str
    shown: Callable[[str], str] | None = None


# Key: path into contracts.parties.Parties.
PARTICULARS: dict[str, Particular] = {
    "b.name": Particular("姓名", mask_name),
    "b.sex": Particular("性别", str),
    "b.born_on": Particular("出生日期"),
    "b.id_kind": Particular("证件类型", str),
    "b.id_number": Particular("证件号码"),
    "b.phone": Particular("联系电话", mask_phone),
    "b.address": Particular("住址"),
    "b.guardian_name": Particular("监护人", mask_name),
    "b.guardian_relation": Particular("监护人关系", str),
    "b.guardian_phone": Particular("监护人电话", mask_phone),
    "a.address": Particular("机构地址", str),
    "a.phone": Particular("机构电话", str),
    "a.complaint_phone": Particular("监督电话", str),
    "a.team": Particular("团队名称", str),
    "a.team_phone": Particular("团队电话", str),
    "a.service_times": Particular("服务时间", str),
    "a.doctor.phone": Particular("签约医生电话", mask_phone),
}
MEMBER = "members."  # + resident id: all that the paper says of one member of a household


@dataclass(frozen=True)
class Difference:
    """What the paper says and what is registered now, as far as it may be shown; "" where neither may."""

    key: str
    label: str
    before: str
    after: str

    def told(self) -> str:
        return f"{self.label}由“{self.before}”更正为“{self.after}”" if self.after else f"{self.label}已更正"


def differences(then: Parties, now: Parties) -> list[Difference]:
    """What of the paper no longer agrees with the registry and the team's page."""
    found = [_difference(key, one, _at(then, key), _at(now, key)) for key, one in PARTICULARS.items()]
    today = {one.resident_id: one for one in now.members}
    found += [
        Difference(f"{MEMBER}{one.resident_id}", f"成员{mask_name(one.name)}的登记信息", "", "")
        for one in then.members
        if one.resident_id in today and _differs(one, today[one.resident_id])
    ]
    return [one for one in found if one is not None]


def _difference(key: str, what: Particular, before: str, after: str) -> Difference | None:
    """Nothing that was signed is emptied by what the registry does not know."""
    if before == after or not after:
        return None
    if what.shown is None:
        return Difference(key, what.label, "", "")
    return Difference(key, what.label, what.shown(before) or "（空）", what.shown(after))


def _differs(then: HouseMember, now: HouseMember) -> bool:
    own = [one.name for one in fields(HouseMember) if not one.name.startswith("guardian_")]
    return any(getattr(then, one) != getattr(now, one) for one in own)


def _at(parties: Parties, key: str) -> str:
    found: object = parties
    for name in key.split("."):
        found = getattr(found, name)
    return str(found)


def corrected(then: Parties, now: Parties, keys: Collection[str]) -> Parties:
    """The paper's parties with these particulars as they are registered now; a member's guardian stays as he agreed."""
    a, b = then.a, then.b
    for key in keys:
        if key == "a.doctor.phone":
            a = replace(a, doctor=replace(a.doctor, phone=now.a.doctor.phone))
        elif key.startswith("a."):
            facts: dict[str, Any] = {key[2:]: _at(now, key)}
            a = replace(a, **facts)
        elif key.startswith("b."):
            facts = {key[2:]: _at(now, key)}
            b = replace(b, **facts)
    today = {f"{MEMBER}{one.resident_id}": one for one in now.members}
    return Parties(a, b, tuple(_member(one, today, keys) for one in then.members))


def _member(one: HouseMember, today: dict[str, HouseMember], keys: Collection[str]) -> HouseMember:
    key = f"{MEMBER}{one.resident_id}"
    if key not in keys:
        return one
    kept = {name: getattr(one, name) for name in ("guardian_name", "guardian_relation", "guardian_phone")}
    return replace(today[key], **kept)


def swapped(label: str, before: Iterable[str], after: Iterable[str]) -> str:
    """服务包：增加“A”，取消“B”; "" if nothing changed."""
    was, now = list(before), list(after)
    more = "、".join(f"“{one}”" for one in now if one not in was)
    less = "、".join(f"“{one}”" for one in was if one not in now)
    words = "，".join(part for part in (f"增加{more}" if more else "", f"取消{less}" if less else "") if part)
    return f"{label}：{words}" if words else ""


def object_to_amendment(
    changes: Collection[str], *, changes_promise: bool, is_agreed: bool, reason: str
) -> Objection | None:
    """Something changes, somebody says why, and what is promised changes only with the resident's word."""
    if not changes:
        return Objection("nothing_changed", "没有需要更正或变更的内容，请先修改再保存。")
    if changes_promise and not is_agreed:
        return Objection(
            "agreement_missing", "变更服务内容须居民（监护人）同意，请与居民说明后勾选。", "agreed"
        )
    if not reason:
        return Objection("reason_missing", "请写明更正或变更的原因。", "reason")
    return None
