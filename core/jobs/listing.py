"""Which jobs there are; the list itself belongs to the installation, not to the floor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

Numbers = Mapping[str, int]


@dataclass(frozen=True)
class Job:
    """One job of the night. It asks what is due up to a day, so that a missed night is caught up by the next one.

    Attributes:
        name: stable; stands in rows and on command lines.
        label: what people read.
        run: takes the day and the moment; changes whatever is due, in transactions of its own; how many of each kind. A second
            call changes nothing.
        words: Chinese of each number that ``run`` returns, in the order in which they are read.
        command: the management command that does only this, with --on and --dry-run; "" where ``nightly --only`` does it.
        after: names of the jobs that must be done before it.
    """

    name: str
    label: str
    run: Callable[[date, datetime], Numbers]
    words: Mapping[str, str]
    command: str = ""
    after: tuple[str, ...] = ()

    def in_words(self, numbers: Numbers) -> str:
        """新增标识 12，结束标识 3; what nobody has a word for is left out."""
        told = [f"{word} {numbers[key]}" for key, word in self.words.items() if numbers.get(key)]
        return "，".join(told) or "没有需要处理的"


def jobs() -> tuple[Job, ...]:
    """All of them, in the order of the night, as the setting NIGHTLY_JOBS names them."""
    return import_string(settings.NIGHTLY_JOBS)


def job_named(name: str) -> Job | None:
    return next((job for job in jobs() if job.name == name), None)


def nights_first_moment(day: date) -> datetime:
    """When the night of that day begins (setting NIGHTLY_AT), early in its morning."""
    return timezone.make_aware(datetime.combine(day, settings.NIGHTLY_AT))
