"""What a list is read and judged under."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from residents.imports.source import Source
from residents.policy import ResidentsPolicy
from teams.access import Scope
from teams.models import Institution


@dataclass(frozen=True)
class Terms:
    """Under which a list is checked.

    Attributes:
        scope: where the uploader may enter people.
        may_restricted: whether kinds under special protection may be entered from this list.
        institution: of the uploader; None for an operator.
    """

    scope: Scope
    policy: ResidentsPolicy
    may_restricted: bool
    institution: Institution | None = None


@dataclass(frozen=True)
class Order:
    """One list to be checked or applied.

    Attributes:
        mapping: what the uploader said of the columns, by sheet.
        memory: bare title -> column, as somebody of the institution once explained it.
        on: the day for which ages and scopes are counted.
    """

    source: Source
    file_name: str
    terms: Terms
    on: date
    mapping: Mapping[str, Any] = field(default_factory=dict)
    memory: Mapping[str, str] = field(default_factory=dict)
