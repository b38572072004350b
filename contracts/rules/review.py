"""What a review flag says: a reason to look at a signing again and how to find out, never a verdict (P2)."""

from collections.abc import Mapping
from typing import Any

from contracts.choices import ReviewKind
from contracts.rules import Objection

_K = ReviewKind

# Kind -> how somebody finds out whether all was well.
ADVICE: dict[ReviewKind, str] = {
    _K.BURST: "可抽几位居民电话核实是否本人同意；集中签约、补录纸质协议时常会如此。",
    _K.NIGHT: "可向签约医生了解当时情形，并电话核实居民本人是否知情。",
    _K.SHARED_PHONE: "可核实电话是谁的；确属多户共用的（如亲属代接），记“核查无误”并写明。",
    _K.SAME_INK: "手写签名不会逐点相同，可请居民本人确认，必要时重新签名。",
    _K.AFTER_DEATH: "可先核对死亡日期是否登记有误，再核实协议由谁签署。",
    _K.STAFF_PHONE: "可核实居民本人的电话；工作人员本人或家属签约的，记“核查无误”并写明。",
    _K.FAR_AWAY: "可核实签约地点；在医院、单位或养老机构签约的，记“核查无误”并写明。",
    _K.DISPUTED: "请联系居民了解情况，并按异议处理流程答复。",
}


def reason_of(kind: ReviewKind, facts: Mapping[str, Any]) -> str:
    """Why the signing is worth a second look, a sentence with the figures of the finding."""
    return _SENTENCES[kind](facts)


def _burst(facts: Mapping[str, Any]) -> str:
    paper = "；本份为纸质签名，录入时间不等于签约时间" if facts.get("paper") else ""
    return f"同一录入人在{facts['minutes']}分钟内录入了{facts['count']}份协议{paper}。"


def _same_ink(facts: Mapping[str, Any]) -> str:
    if facts.get("party") == "doctor":
        return f"医生的签名图像在{facts['agreements']}份协议上完全相同。"
    return f"{facts['signers']}人的签名图像完全相同，涉及{facts['agreements']}份协议。"


def _staff_phone(facts: Mapping[str, Any]) -> str:
    if facts.get("whose") == "office":
        return "居民登记的电话是机构或团队的公开电话。"
    if facts.get("is_signer"):
        return "居民登记的电话是签约医生或录入人自己的电话。"
    return "居民登记的电话是一名工作人员的电话。"


_SENTENCES = {
    _K.BURST: _burst,
    _K.NIGHT: lambda facts: f"协议在夜间{facts['at']}电子签署。",
    _K.SHARED_PHONE: lambda facts: f"签约居民登记的电话在{facts['households']}户签约家庭里相同。",
    _K.SAME_INK: _same_ink,
    _K.AFTER_DEATH: lambda facts: f"居民同意签约的日期比登记的死亡日期晚{facts['days']}天。",
    _K.STAFF_PHONE: _staff_phone,
    _K.FAR_AWAY: lambda facts: (
        f"签约时的定位距本村居其他{facts['others']}份协议的签约地点约{facts['km']}公里（已扣除定位误差）。"
    ),
    _K.DISPUTED: lambda facts: "居民本人对协议提出异议，内容见协议页。",
}


def object_to_outcome(note: str, *, is_open: bool, found: str) -> Objection | None:
    """A finding is settled once, with a word on how it was checked.

    Args:
        found: how it stands, in words.
    """
    if not is_open:
        return Objection("already_reviewed", f"该线索已由他人核查为“{found}”，请返回清单。")
    if not note:
        return Objection("note_missing", "请写明怎样核实的，如“电话回访，本人知情同意”。", "note")
    return None
