"""Collects the texts of the dashboard for translation, and compiles what is translated.

`python -m clevertap_partners.messages [--check]` reads templates, sources, the tables of faults and
the names of models, and brings `locale/<language>/LC_MESSAGES/django.po` up to date; translators
write into that file. The compiled file beside it is what Django reads, so that a server needs no
tools to start.
"""

from __future__ import annotations

import argparse
import datetime
import io
import re
import string
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import Settings, settings
from django.utils.translation.template import templatize

from clevertap_partners.core.model_names import CONTEXT, PACKAGES, names_in_english
from clevertap_partners.error_docs import TABLES, table_of

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "clevertap_partners" / "locale"
TEMPLATES = ("*.html", "*.txt", "*.subject")
# What a function of translation takes: the places of its texts among the arguments.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# A fixed date: the file changes when its texts do.
SINCE = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if it differs")
    check = parser.parse_args().check
    found = collected()
    wrong = [line for folder in sorted(LOCALE.iterdir()) for line in _bring(folder, found, check)]
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


def _bring(folder: Path, found: Catalog, check: bool) -> list[str]:
    """Bring a language up to date, or say what keeps it from being so."""
    po = folder / "LC_MESSAGES" / "django.po"
    mo = po.with_suffix(".mo")
    catalogue = merged(po, found)
    texts, compiled = as_po(catalogue), as_mo(catalogue)
    if not check:
        po.write_bytes(texts)
        mo.write_bytes(compiled)
        return []
    wrong = list(what_is_wrong(catalogue))
    if po.read_bytes() != texts or not mo.exists() or mo.read_bytes() != compiled:
        wrong.append(f"not what the sources say. Run: python -m {__spec__.name}")
    return [f"{po.relative_to(ROOT)}: {line}" for line in wrong]


# -- what there is to translate --------------------------------------------------------------------


def collected() -> Catalog:
    """Every text of the dashboard, with the files that it is in."""
    catalogue = Catalog(project="Partners", charset="utf-8")
    for path in _sources():
        for _, message, comments, context in _texts_of(path):
            _add(catalogue, message, str(path.relative_to(ROOT)), comments, context)
    for module in TABLES:
        for text in fault_texts(module):
            _add(catalogue, text, f"{module.replace('.', '/')}.py")
    for app, name in names_in_english():
        _add(catalogue, name, f"{app.replace('.', '/')}/models.py", context=CONTEXT)
    return catalogue


def fault_texts(module: str) -> Iterator[str]:
    """What happened and what to do; the command that may follow is the same in every language."""
    for fault in table_of(module).values():
        yield fault.happened
        if fix := fault.fix.partition("\n")[0]:
            yield fix


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        found = (ROOT / package).rglob("*.py")
        yield from sorted(path for path in found if "migrations" not in path.parts)
    for pattern in TEMPLATES:
        yield from sorted((ROOT / "templates").rglob(pattern))


def _texts_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    source = path.read_text()
    if path.suffix != ".py":
        # Django turns a template into calls of gettext among what reads like lines of names.
        lines = templatize(source, origin=str(path)).splitlines()
        source = "\n".join(line.lstrip() for line in lines)
    return extract("python", io.BytesIO(source.encode()), KEYWORDS, ["Translators:"])


def _add(
    catalogue: Catalog,
    message: str | tuple[str, ...],
    file: str,
    comments: list[str] | None = None,
    context: str | None = None,
) -> None:
    # Without line numbers, which would change with every line above.
    catalogue.add(message, locations=[(file, 0)], auto_comments=comments or [], context=context)


# -- a language ------------------------------------------------------------------------------------


def merged(po: Path, found: Catalog) -> Catalog:
    """What there is to translate, with what is translated already. Nothing is guessed."""
    language = po.parent.parent.name
    known = read_po(io.BytesIO(po.read_bytes() if po.exists() else b""), locale=language)
    catalogue = Catalog(
        locale=language,
        project="Partners",
        charset="utf-8",
        fuzzy=False,
        header_comment=f"# Partners in the language {language}.",
        creation_date=SINCE,
        revision_date=SINCE,
        last_translator="Partners",
        language_team=language,
    )
    for message in found:
        if not message.id:
            continue
        before = known.get(message.id, message.context)
        said = before.string if before and not before.fuzzy else None
        catalogue.add(
            message.id,
            said,
            locations=sorted(set(message.locations)),
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalogue, width=100, include_lineno=False, sort_by_file=True)
    return out.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def what_is_wrong(catalogue: Catalog) -> Iterator[str]:
    """Texts that are not translated, or whose translation has other places for facts."""
    for message in catalogue:
        if not message.id:
            continue
        for text in said_by(message):
            if not text:
                yield f"not translated: {_name(message)}"
            elif places(text) - places_of(message) or _lost(message, text):
                yield f"other places for facts: {_name(message)}"


def said_by(message: Message) -> tuple[str, ...]:
    return _as_tuple(message.string or "")


def places_of(message: Message) -> set[str]:
    return {place for text in _as_tuple(message.id) for place in places(text)}


def _lost(message: Message, text: str) -> set[str]:
    """A plural form may leave its number out: “one file”."""
    return set() if isinstance(message.id, tuple) else places_of(message) - places(text)


def places(text: str) -> set[str]:
    """The named places of a text: {bucket}, %(bucket)s."""
    found = set(re.findall(r"%\((\w+)\)", text))
    try:
        return found | {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:  # braces that are no places
        return found


def _name(message: Message) -> str:
    return _as_tuple(message.id)[0]


def _as_tuple(texts: str | Iterable[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


if __name__ == "__main__":
    settings.configure(Settings("clevertap_partners.settings"))
    django.setup()
    sys.exit(main())
