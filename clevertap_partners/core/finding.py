"""What a list is narrowed to, for `components/_found.html`: a chip for each filter that applies."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise


@dataclass(frozen=True)
class Chip:
    """One filter that applies; `url` is the list without it."""

    name: str
    label: str | Promise
    value: str
    url: str


@dataclass(frozen=True)
class Found:
    """How many rows were found, of how many, and by which filters."""

    count: int
    total: int
    chips: Sequence[Chip]
    clear_url: str
    # Beyond this it was not counted.
    most: int | None = None

    @property
    def count_words(self) -> str:
        shown = self.count if self.most is None else min(self.count, self.most)
        text = number_format(shown, force_grouping=True)
        return f"{text}+" if shown < self.count else text

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chips)


def found_in(rows: QuerySet[Any], *, count: int, chips: Sequence[Chip], url: str) -> Found:
    """`rows` is the whole list, which is counted again only where filters have narrowed it."""
    return Found(count, rows.count() if chips else count, chips, url)


def kept_params(params: QueryDict) -> list[tuple[str, str]]:
    """What a form of filters sends along: how the list is sorted, and how long a page is."""
    return [(name, str(params[name])) for name in ("sort", "per_page") if params.get(name)]


def chips_of(form: forms.Form, params: QueryDict, url: str) -> list[Chip]:
    """In the order of the form, of what is understood; the rest of the address stays."""
    chosen = [(name, value) for name, value in form.cleaned_data.items() if value]
    return [
        Chip(name, form.fields[name].label or "", _words(form.fields[name], value), without)
        for name, value in chosen
        for without in [url_without(name, params, url)]
    ]


def url_without(name: str, params: QueryDict, url: str) -> str:
    query = params.copy()
    for each in (name, "page"):
        query.pop(each, None)
    return f"{url}?{query.urlencode()}" if query else url


def _words(field: forms.Field, value: object) -> str:
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]  # flat choices
    if isinstance(value, datetime.date):
        return date_format(value, "j M Y")
    return str(value)
