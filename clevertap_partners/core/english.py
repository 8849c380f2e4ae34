"""What is kept is English, whatever the language of the request that keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import translation


@contextmanager
def in_english() -> Iterator[None]:
    """Labels read inside are in the language of the sources. A decorator, too.

    Not `translation.override` as a decorator: that is one object, which threads would share.
    """
    with translation.override(settings.LANGUAGE_CODE):
        yield
