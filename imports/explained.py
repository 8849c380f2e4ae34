"""A choice with a word on what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import lazy
from django.utils.html import format_html

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _explained(label: StrOrPromise, hint: StrOrPromise) -> str:
    return format_html('{} <span class="hint">{}</span>', label, hint)


# Put together where it is shown, in the language of the reader.
explained = lazy(_explained, str)
