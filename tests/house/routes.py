"""Every door of the site, as the URL resolver knows it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver


@dataclass(frozen=True)
class Route:
    """One URL pattern.

    Attributes:
        name: the URL name, with its namespace; a pattern without a name is called after its path.
        path: the whole pattern as text, prefixes included.
        params: names of its arguments.
    """

    name: str
    path: str
    params: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def is_admin(self) -> bool:
        return self.name.startswith("admin:")


def routes() -> list[Route]:
    return sorted(_walk(get_resolver(), "", ""), key=lambda route: (route.is_admin, route.name))


def _walk(resolver: Any, prefix: str, namespace: str) -> Iterator[Route]:
    for one in resolver.url_patterns:
        path = prefix + str(one.pattern)
        if not isinstance(one, URLPattern):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _walk(one, path, inner)
            continue
        name = namespace + (one.name or path)
        yield Route(name, path, tuple(one.pattern.converters or one.pattern.regex.groupindex), one.callback)
