"""What the page of one agreement is made of beside its own cards: one block a subject, in this order.

A block reads what its template shows, a bounded number of queries each; what it has nothing to say of answers None.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest

from contracts.queries.agreements import AgreementDetail
from contracts.views.blocks import evidence, life, moves, own_word, promised, review

Read = Callable[..., dict[str, Any] | None]


@dataclass(frozen=True)
class Block:
    """``read(request, detail, on=day)`` gives the context, which the template knows as ``block``; None: not shown."""

    template: str
    read: Read


@dataclass(frozen=True)
class Shown:
    template: str
    context: dict[str, Any]


DEALINGS = "contracts/_life_dealings.html"

# Above the cards: what somebody has to see or do first.
NOTICES: tuple[Block, ...] = (
    Block("contracts/_disputes.html", own_word.disputes),
    Block("contracts/_life_first.html", life.first_of_all),
)
# Between what was promised and the story.
CARDS: tuple[Block, ...] = (
    Block("contracts/_promised.html", promised.read),
    Block("contracts/_own_word.html", own_word.read),
    Block("contracts/_evidence.html", evidence.read),
    Block("contracts/_moves.html", moves.read),
    Block("contracts/_life_wishes.html", life.wishes),
    Block(DEALINGS, life.dealings),
    Block("contracts/_review.html", review.read),
)


def shown(
    blocks: tuple[Block, ...], request: HttpRequest, detail: AgreementDetail, *, on: date
) -> Iterator[Shown]:
    for one in blocks:
        context = one.read(request, detail, on=on)
        if context is not None:
            yield Shown(one.template, context)
