"""The law of agreements: states, numbers, who may be signed and by whom, how an agreement ends.

Tables and pure functions: no clock, no database. A check returns an ``Objection`` or None, which means yes.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Objection:
    """Why not: a stable code, a Chinese sentence that says what to do, the form field it belongs to ("" for none)."""

    code: str
    sentence: str
    field: str = ""
