"""Every address of the project, read from the URL resolver: what is added later is covered too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ACCOUNT_PREFIX = "<int:account_id>/"
ACCOUNT_ID = 100_000_000
PARAMETER = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")

# Stand-ins for parameters whose type alone does not make a sensible value.
BY_NAME = {"account_id": str(ACCOUNT_ID), "partner_key": "google-cloud"}
BY_CONVERTER = {
    "int": "1",
    "str": "nobody",
    "slug": "nobody",
    "path": "nobody",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


@dataclass(frozen=True)
class Route:
    pattern: str
    view: Callable[..., Any]
    name: str

    def __str__(self) -> str:
        return self.pattern or "(start)"

    @property
    def url(self) -> str:
        return "/" + PARAMETER.sub(_sample, self.pattern)

    @property
    def names_an_object(self) -> bool:
        return len(PARAMETER.findall(self.pattern)) > 1


def _sample(match: re.Match[str]) -> str:
    return BY_NAME.get(match["name"]) or BY_CONVERTER[match["converter"] or "str"]


def all_routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, ""))


def account_routes() -> list[Route]:
    return [route for route in all_routes() if route.pattern.startswith(ACCOUNT_PREFIX)]


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, here)
        else:
            yield Route(here, pattern.callback, pattern.name or "")
