"""Which functions want to know which fact; the page itself belongs to the installation, not to the floor."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Consumer(Protocol):
    """Takes the ids of an announcement. Called at least once, so a second call changes nothing."""

    __module__: str
    __qualname__: str

    def __call__(self, *, ids: Sequence[int], on: date) -> object: ...


Wiring = Mapping[str, tuple[Consumer, ...]]


def wiring() -> Wiring:
    """The page named by the setting EVENT_WIRING: topic -> consumers; a topic that nobody consumes has none."""
    return import_string(settings.EVENT_WIRING)


def name_of(consumer: Consumer) -> str:
    return f"{consumer.__module__}.{consumer.__qualname__}"


def consumer_named(topic: str, name: str) -> Consumer | None:
    """None when it was taken off the page since the fact was announced."""
    return next((one for one in wiring().get(topic, ()) if name_of(one) == name), None)
