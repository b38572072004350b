"""One row as it was understood, with what is wrong about it. Plain values; nothing of it has been looked up."""

from dataclasses import dataclass, field
from datetime import date

from residents.choices import IdKind, Sex
from residents.imports.columns import Column
from residents.rules.addresses import Door
from residents.rules.faults import Fault

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class RowFault:
    """A fault at a place: which column, and whether the row can be imported all the same."""

    level: str
    column: str
    fault: Fault


@dataclass
class Draft:
    """One person of a list. "" and None mean that the cell says nothing.

    Attributes:
        sheet: index in the book; row: as Excel shows it.
        number: of the document, in its normal form; "" when it could not be read or there is none.
        others: further phones as (number, owner).
    """

    sheet: int
    row: int
    name: str = ""
    sex: int = Sex.UNKNOWN
    born_on: date | None = None
    id_kind: IdKind | str = ""
    number: str = ""
    phone: str = ""
    others: tuple[tuple[str, str], ...] = ()
    relation: str = ""
    relation_is_guess: bool = False
    head_name: str = ""
    household: str = ""
    township: str = ""
    village: str = ""
    grid: str = ""
    village_code: str = ""
    grid_id: int | None = None
    address: str = ""
    door: Door = field(default_factory=Door)
    registration: str = ""
    kinds: tuple[str, ...] = ()
    remark: str = ""
    faults: list[RowFault] = field(default_factory=list)

    def refuse(self, column: Column | str, fault: Fault) -> None:
        self.faults.append(RowFault(ERROR, str(column), fault))

    def warn(self, column: Column | str, fault: Fault) -> None:
        self.faults.append(RowFault(WARNING, str(column), fault))

    @property
    def is_refused(self) -> bool:
        return any(one.level == ERROR for one in self.faults)
