"""What lists say of a rule: its name, whether a call may settle it, and the form that proves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from care.choices import Program, ServiceMode
from care.models import CareRule
from care.queries.rules import rulebook_on
from care.rules.schedule import label_of
from care.rules.tables import ServiceRule, Table, allows
from contracts.choices import ProofKind

WITHHELD = "专项管理服务"  # a list of persons never names a restricted diagnosis, to nobody
CONTACT = "contact"  # not a form: an attempt to reach somebody
# Services that no programme gives: the form whose record proves them.
FORM_OF = {
    ProofKind.CONTACT: CONTACT,
    ProofKind.HEALTH_PLAN: "health_plan",
    ProofKind.CHECK_UP: "check_up",
    ProofKind.ASSESSMENT: "household_assessment",
    ProofKind.HOME_VISIT: "home_service",
    ProofKind.CONSULTATION: "consultation",
    ProofKind.HANDOUT: "education",
}


@dataclass(frozen=True)
class RuleCard:
    """One rule as a list shows it.

    Attributes:
        items: codes of the promised services that it gives.
        rule: of the table in force; None for a service that only agreements name.
        item: id of that service; the record page ticks it when asked with ``?item=``.
        form: code of the form to fill in; "contact" for a call alone, "" where a person writes it down by hand.
    """

    id: int
    code: str
    name: str
    program: Program
    is_restricted: bool
    form: str
    is_by_phone: bool
    items: tuple[str, ...]
    rule: ServiceRule | None
    item: int | None

    def name_of(self, sequence: int) -> str:
        """With the name of the time, where a series has one: 0-6岁儿童健康检查（6月龄）."""
        label = label_of(self.rule, sequence) if self.rule else ""
        return f"{self.name}（{label}）" if label else self.name

    @property
    def program_name(self) -> str:
        return WITHHELD if self.is_restricted else str(self.program.label)

    @property
    def is_contact(self) -> bool:
        return self.form == CONTACT


@dataclass(frozen=True)
class RuleCards:
    """Every rule that a plan or a task may name, by id; and the tables in force, by programme."""

    by_id: Mapping[int, RuleCard]
    tables: Mapping[str, Table]

    @property
    def restricted(self) -> list[int]:
        return [one.id for one in self.by_id.values() if one.is_restricted]

    @property
    def by_phone(self) -> list[int]:
        """What a call may settle."""
        return [one.id for one in self.by_id.values() if one.is_by_phone]

    def of_program(self, program: str) -> list[int]:
        return [one.id for one in self.by_id.values() if one.program == program]


def rule_cards(*, on: date) -> RuleCards:
    """The register of rules, and the tables in force. Two queries."""
    book = rulebook_on(on)
    known = CareRule.objects.select_related("item")
    cards = {one.pk: _card(one, book.rules.get(one.pk)) for one in known.order_by("program", "pk")}
    return RuleCards(cards, book.tables)


def _card(known: CareRule, rule: ServiceRule | None) -> RuleCard:
    if rule is not None:
        form, is_by_phone = (rule.forms or (CONTACT,))[0], allows(rule, ServiceMode.PHONE)
        items = rule.items
    else:
        item = known.item
        form = FORM_OF.get(ProofKind(item.proof), "") if item else ""
        is_by_phone = bool(item and not item.is_face_to_face)
        items = (item.code,) if item else ()
    return RuleCard(
        known.pk,
        known.code,
        WITHHELD if known.is_restricted else known.name,
        Program(known.program),
        known.is_restricted,
        form,
        is_by_phone,
        items,
        rule,
        known.item_id,
    )
