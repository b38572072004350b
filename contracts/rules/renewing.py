"""When an agreement goes on after its last day, for how long, and what stands in the way (4.6, S0-8, S1-13, P13)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.choices import AgreementKind
from contracts.rules import Objection
from core.dates import term_end

_ONE = timedelta(days=1)


def next_term(ends_on: date, years: int) -> tuple[date, date]:
    """First and last day of the term that follows: it begins the day after the old one ends."""
    return ends_on + _ONE, term_end(ends_on + _ONE, years)


def may_sign_on(ends_on: date, *, on: date, notice_days: int, grace_days: int) -> bool:
    """Whether a successor may be signed: from the days of notice before the end until the days of grace after it."""
    return ends_on - timedelta(days=notice_days) <= on <= ends_on + timedelta(days=grace_days)


def was_reached(reached: Iterable[date | None], *, starts_on: date, ends_on: date) -> bool:
    """Whether anybody under the agreement was spoken with inside the term (S1-27)."""
    return any(one is not None and starts_on <= one <= ends_on for one in reached)


@dataclass(frozen=True)
class Candidate:
    """An agreement at its end, as far as renewing without a new form asks.

    Attributes:
        present: how many of its people are present and free on the days of the new term.
        has_representative: the household's representative is one of them; True for other kinds.
        packages_gone: names of packages that are not offered any more.
        items_gone: names of chosen services that the new version of their package does not hold.
        packages: how many packages would stand in the successor.
    """

    kind: AgreementKind
    present: int
    is_taken: bool
    has_successor: bool
    has_transfer: bool
    is_team_active: bool
    has_doctor: bool
    has_representative: bool = True
    packages_gone: Collection[str] = ()
    items_gone: Collection[str] = ()
    packages: int = 1


def object_to_renewal(one: Candidate, *, least_members: int) -> Objection | None:
    """Why an agreement is left out and has to be signed anew by hand; the first reason found."""
    return _object_to_agreement(one) or _object_to_people(one, least_members) or _object_to_offer(one)


def _object_to_agreement(one: Candidate) -> Objection | None:
    if one.kind == AgreementKind.SUPPLEMENTARY:
        return Objection("supplementary", "补充协议随疗程结束，不续签；仍有需要的，请重新签补充协议。")
    if one.has_successor:
        return Objection("renewed_already", "已有下一份协议，不必再续签。")
    if one.has_transfer:
        return Objection("transfer_open", "居民正在办理转签，请先办结转签。")
    if not one.is_team_active:
        return Objection("team_not_active", "团队在新协议的生效日不在服务期内，请先移交其他团队。")
    if not one.has_doctor:
        return Objection("doctor_not_in_team", "签约医生已不在团队，请先更换签约医生。")
    return None


def _object_to_people(one: Candidate, least_members: int) -> Objection | None:
    if one.present == 0 and one.is_taken:
        return Objection("overlap", "居民在新的协议期内已有其他签约。")
    if one.present == 0:
        return Objection("nobody_present", "协议里的居民已死亡、迁出或失访，不续签。")
    if one.kind != AgreementKind.HOUSEHOLD:
        return None
    if not one.has_representative:
        return Objection("representative_gone", "家庭代表已不在协议内，请先指定新的家庭代表。")
    if one.present < least_members:
        return Objection(
            "family_too_small", f"家庭协议至少覆盖{least_members}人，现有成员不足，请改签个人协议。"
        )
    return None


def _object_to_offer(one: Candidate) -> Objection | None:
    if one.packages_gone:
        names = "、".join(one.packages_gone)
        return Objection("package_gone", f"服务包“{names}”已停止提供，请与居民重新选定后签名续签。")
    if one.items_gone:
        names = "、".join(one.items_gone)
        return Objection("item_gone", f"所选服务“{names}”已不在服务包内，请与居民重新选定后签名续签。")
    if not one.packages:
        return Objection("no_package", "原有服务包都已不适用，请与居民重新选定后签名续签。")
    return None


NOT_REACHED = Objection(
    "not_reached", "协议期内没有联系上过居民，不自动续签；请联系居民，登记联系或签名续签。"
)
