"""What every channel can do, and how it says no."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from teams.models import User


@dataclass(frozen=True)
class Letter:
    """One message.

    Attributes:
        key: the same for every try.
        text: what may leave the system: numbers, no names.
    """

    digest_id: int
    recipient: User
    key: str
    text: str


class Refused(Exception):
    """This message will never leave this way.

    Attributes:
        kind: a few words for the row; they quote nothing of the message.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class NotYet(Exception):
    """The channel has carried enough for now; nothing was tried.

    Attributes:
        at: when it will carry again.
    """

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class Channel(Protocol):
    """A way out.

    Attributes:
        code: of ``ChannelCode``.
        knows_keys: it knows a message again and carries it once, however often it is handed over.
    """

    code: str
    knows_keys: bool

    def is_available(self) -> bool:
        """Whether this installation has been given what the channel needs."""

    def may_have_sent(self, failure: str) -> bool:
        """Whether a try that failed so may have arrived all the same; asked only of those that know no keys."""

    def send(self, letter: Letter, *, at: datetime) -> None:
        """Hand it over.

        Raises:
            Refused: never again. NotYet: later. Anything else: try again.
        """
