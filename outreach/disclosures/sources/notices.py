"""Items 8 and 9: new techniques and policies, as far as they stand in the month."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.urls import reverse

from outreach.choices import TechniqueKind
from outreach.disclosures.base import Drafted, Fact, Month, Unit
from outreach.disclosures.plain import POINT, bounded, plain_line
from outreach.models import NewTechnique, PolicyNotice
from outreach.queries.notices import policies_of, techniques_of

ROOM = 1600  # characters for all points: below what an item may hold, so that people can still add to it
EACH = 300
_NO_TECHNIQUE = "本月没有登记在用的新技术或中医适宜技术，请机构家医管家在“公开日程”的新技术中登记；确实没有的，标明本月无此项。"
_NO_POLICY = "本月没有登记要宣传的政策，请机构家医管家（或区卫健局）在“公开日程”的政策中登记；确实没有的，标明本月无此项。"


def techniques(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """Two queries."""
    told = techniques_of({one.institution for one in units}, first=month.first, last=month.last)
    page = reverse("calendar-techniques")
    found = {}
    for unit in units:
        rows = told.get(unit.institution, ())
        own = sum(one.institution_id == unit.institution for one in rows)
        facts = (
            Fact("本机构在用的新技术", own, "项", page),
            Fact("其他机构可提供的新技术", len(rows) - own, "项"),
        )
        found[unit] = _drafted([(one.title, _technique(one, unit)) for one in rows], facts, _NO_TECHNIQUE)
    return found


def policies(units: Sequence[Unit], month: Month, now: datetime) -> Mapping[Unit, Drafted]:
    """Two queries."""
    told = policies_of({one.institution for one in units}, first=month.first, last=month.last)
    page = reverse("calendar-policies")
    return {
        unit: _drafted(
            [(one.title, _policy(one)) for one in told.get(unit.institution, ())],
            (Fact("本月宣传的政策", len(told.get(unit.institution, ())), "项", page),),
            _NO_POLICY,
        )
        for unit in units
    }


def _technique(one: NewTechnique, unit: Unit) -> str:
    where = "" if one.institution_id == unit.institution else f"（{one.institution.name}）"
    phone = f" 咨询电话：{one.phone}" if one.phone else ""
    return f"【{TechniqueKind(one.kind).label}】{_said(one.title + where, one.text)}{phone}"


def _policy(one: PolicyNotice) -> str:
    return _said(one.title, one.text) + (f"（依据：{plain_line(one.document)}）" if one.document else "")


def _said(title: str, text: str) -> str:
    return f"{plain_line(title)}：{bounded(plain_line(text), EACH)}"


def _drafted(told: Iterable[tuple[str, str]], facts: tuple[Fact, ...], gap: str) -> Drafted:
    """Points as long as there is room; what is left is named by its title, never dropped."""
    lines: list[str] = []
    left: list[str] = []
    for title, words in told:
        if left or sum(map(len, lines)) + len(words) > ROOM:
            left.append(plain_line(title))
        else:
            lines.append(words)
    if left:
        lines.append(bounded(f"另有：{'、'.join(left)}", EACH))
    if not lines:
        return Drafted("", facts, gap)
    return Drafted("\n".join(POINT + one for one in lines), facts)
