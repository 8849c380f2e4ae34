"""Letters from templates: a subject, a text that is complete by itself, and the same as HTML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template, render_to_string
from django.utils.translation import override

SUBJECT_MAX = 200


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str


def letter(template: str, context: Mapping[str, Any], *, language: str = "") -> Letter:
    """Render `templates/mail/<template>.{subject,txt,html}`. Only the HTML is escaped.

    Words in the context are English, and translated by the templates.
    """
    with override(language or settings.LANGUAGE_CODE):
        return _letter(template, context)


def _letter(template: str, context: Mapping[str, Any]) -> Letter:
    subject = one_line(_plain(f"mail/{template}.subject", context))
    return Letter(
        subject=subject if len(subject) <= SUBJECT_MAX else f"{subject[: SUBJECT_MAX - 1]}…",
        text=_without_gaps(_plain(f"mail/{template}.txt", context)),
        html=render_to_string(f"mail/{template}.html", {**context, "subject": subject}),
    )


def one_line(text: str) -> str:
    """Without line breaks and control characters: a name may hold any, a header may not."""
    spaced = "".join(" " if unicodedata.category(each) == "Cc" else each for each in text)
    return " ".join(spaced.split())


def absolute_url(path: str) -> str:
    """The address by which people outside reach a path of the dashboard."""
    return f"{settings.PARTNERS_BASE_URL.rstrip('/')}{path}"


def _plain(name: str, context: Mapping[str, Any]) -> str:
    template: Template = get_template(name).template  # type: ignore[attr-defined]  # Django's own backend
    return str(template.render(Context(dict(context), autoescape=False)))


def _without_gaps(text: str) -> str:
    """At most one empty line in a row: parts that are left out leave theirs behind."""
    return re.sub(r"\n\s*\n", "\n\n", text.strip()) + "\n"
