"""Which rows live together: by household number, by the head's name, or by order (a head, then his members).

Rows with errors are grouped like all others, so that a corrected row that comes back alone finds its household: what it
was recognised by is kept with the household (``Household.roster_key``).
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from residents.choices import Relation
from residents.imports.columns import Column
from residents.imports.plan import Draft, Family
from residents.rules.faults import Fault

HOUSEHOLD_NUMBER = re.compile(r"\d{12}F\d{5}")
_KEY_LENGTH = 120


def group_families(drafts: Iterable[Draft]) -> list[Family]:
    """Put every row with household facts into a family; ``draft.family`` is its index. Faults are added to rows."""
    drafts = list(drafts)
    book = _Book(drafts)
    for draft in drafts:
        family = book.family_of(draft)
        if family is not None:
            _join(family, draft)
    for at, family in enumerate(book.families):
        _finish(family, at)
    return book.families


class _Book:
    """The families found so far, by the keys under which rows ask for them."""

    def __init__(self, drafts: list[Draft]) -> None:
        self.families: list[Family] = []
        self._by_key: dict[tuple[str, str], Family] = {}
        self._of_head: dict[int, Family] = {}
        self._heads: dict[tuple[str, str], list[Draft]] = defaultdict(list)
        self._last: Family | None = None
        for draft in drafts:
            if draft.relation == Relation.HEAD and not draft.household:
                self._of_head[draft.row] = self._new(draft, head_key(draft))
                self._heads[draft.village_code, draft.name].append(draft)

    def family_of(self, draft: Draft) -> Family | None:
        if draft.household:
            return self._by_number(draft)
        if draft.relation == Relation.HEAD:
            self._last = self._of_head[draft.row]
            return self._last
        if draft.head_name:
            return self._by_head(draft)
        return self._by_order(draft) if draft.relation else None

    def _by_number(self, draft: Draft) -> Family:
        number = draft.household.upper()
        family = self._named(draft, number if HOUSEHOLD_NUMBER.fullmatch(number) else f"no:{number}")
        if draft.relation == Relation.HEAD:
            self._last = family
        return family

    def _by_head(self, draft: Draft) -> Family | None:
        """All rows that name one head; of several heads of one name, the one at the same address."""
        heads = self._heads.get((draft.village_code, draft.head_name), [])
        if len(heads) > 1:
            heads = [one for one in heads if one.address == draft.address]
            if len(heads) != 1:
                cause = f"本村居有多位户主叫“{draft.head_name}”，无法判断属于哪一户"
                draft.refuse(
                    Column.HEAD, Fault("head_ambiguous", cause, "请在“户号”列为同一户填写相同的编号")
                )
                return None
        if heads:
            return self._of_head[heads[0].row]
        return self._named(draft, f"head:{draft.head_name}|{draft.address}")

    def _by_order(self, draft: Draft) -> Family | None:
        """A member below his head, of the same village."""
        family = self._last
        if family is None or family.village_code != draft.village_code:
            cause = "前面没有本村居的户主行，不知道属于哪一户"
            draft.refuse(
                Column.RELATION, Fault("head_not_found", cause, "请把户主排在成员前面，或填写户主姓名、户号")
            )
            return None
        head = family.head
        if head and head.address and draft.address and head.address != draft.address:
            cause = f"住址与上方户主（第 {head.row} 行）不同"
            draft.warn(Column.ADDRESS, Fault("address_differs", cause, "已归入该户，请核对是否同一户"))
        return family

    def _named(self, draft: Draft, key: str) -> Family:
        at = (draft.village_code, key[:_KEY_LENGTH])
        if at not in self._by_key:
            self._by_key[at] = self._new(draft, key)
        return self._by_key[at]

    def _new(self, draft: Draft, key: str) -> Family:
        family = Family(draft.village_code, key[:_KEY_LENGTH])
        self.families.append(family)
        return family


def head_key(head: Draft) -> str:
    return f"head:{head.name}|{head.address}"


def _join(family: Family, draft: Draft) -> None:
    if draft.relation == Relation.HEAD:
        if family.head is not None:
            cause = f"这一户的户主已在第 {family.head.row} 行"
            draft.refuse(
                Column.RELATION,
                Fault("second_head", cause, "一户只能有一位户主，请改填关系；不是一户请分开填户号"),
            )
            return
        family.head = draft
    family.rows.append(draft)


def _finish(family: Family, at: int) -> None:
    """A member without a relation word counts as some relative, and the reader is told."""
    for draft in family.rows:
        draft.family = at
        if not draft.relation:
            draft.relation, draft.relation_is_guess = Relation.OTHER_RELATIVE.value, True
            cause = "没有填与户主关系"
            draft.warn(Column.RELATION, Fault("relation_missing", cause, "暂记为其他亲属，请核实后修改"))
