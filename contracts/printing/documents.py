"""A document ready to be laid out: its text filled in, and what its layout shows beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from contracts.choices import LETTERS, NOTICES, DocumentKind
from contracts.models import AgreementTemplate
from contracts.printing.placeholders import fill

_FOLDER = "contracts/printing"
LAYOUTS: dict[DocumentKind, str] = (
    dict.fromkeys(
        (DocumentKind.INDIVIDUAL, DocumentKind.HOUSEHOLD, DocumentKind.SUPPLEMENTARY),
        f"{_FOLDER}/agreement.html",
    )
    | dict.fromkeys(NOTICES, f"{_FOLDER}/notice.html")
    | dict.fromkeys(LETTERS, f"{_FOLDER}/letter.html")
    | {DocumentKind.CONTACT_CARD: f"{_FOLDER}/cards.html"}
)


@dataclass(frozen=True)
class Document:
    """What one layout draws.

    Attributes:
        title, pieces: the text, placeholders filled; pieces are ("heading" or "text", words).
        version: title and version of the text it was made from, printed at the foot.
        copies: a caption for each copy; [""] for a single one.
        facts: what the layout shows besides, by name.
    """

    kind: DocumentKind
    title: str
    pieces: list[tuple[str, str]]
    version: str
    copies: list[str]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def layout(self) -> str:
        return LAYOUTS[self.kind]

    @property
    def sheets(self) -> tuple[str, ...]:
        """Static names of sheets that only this layout needs."""
        return ()


def document_of(
    template: AgreementTemplate, values: Mapping[str, str], *, copies: list[str] | None = None, **facts: Any
) -> Document:
    """Fill a text. It is cut into pieces first, so that no value can make itself a heading."""
    return Document(
        kind=DocumentKind(template.kind),
        title=fill(template.title, values),
        pieces=[(kind, fill(words, values)) for kind, words in template.paragraphs],
        version=str(AgreementTemplate(title=fill(template.title, values), version=template.version)),
        copies=copies or [""],
        facts=facts,
    )


def text_on(kind: DocumentKind, *, on: date) -> AgreementTemplate:
    """The newest text in force on a day; before the first one came into force, the first. One or two queries.

    Raises:
        AgreementTemplate.DoesNotExist: there is none at all.
    """
    texts = AgreementTemplate.objects.filter(kind=kind)
    in_force = texts.filter(in_force_from__lte=on).order_by("-version").first()
    return in_force or texts.earliest("version")
