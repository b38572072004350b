"""How a rule says that a value cannot be used, or is doubtful."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Cause and remedy in Chinese, without the closing mark.

    Attributes:
        code: stable, machine readable, snake case.
        cause: what is wrong.
        remedy: what the reader does about it.
    """

    code: str
    cause: str
    remedy: str

    @property
    def sentence(self) -> str:
        return f"{self.cause}，{self.remedy}。"
