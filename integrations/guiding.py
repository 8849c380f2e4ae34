"""Commands of the setup guides, filled in with what a person has entered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from integrations.forms import ConnectionForm
from integrations.models import Connection
from integrations.partners.base import Partner

_NAME = "[a-z0-9][a-z0-9._-]*"
_PLACE = re.compile(r"\{(\w+)\}")
_ROBOT = re.compile(rf"({_NAME})@({_NAME})\.iam\.gserviceaccount\.com")


@dataclass(frozen=True)
class Place:
    """A place of a command: what stands there while nothing is known, and what may be filled in.

    Nothing that a shell could take for more than a name: a command that is pasted stays itself.
    """

    blank: str
    allowed: str = _NAME


PLACES = {
    "bucket": Place("BUCKET"),
    "project": Place("PROJECT"),
    "dataset": Place("DATASET", "[A-Za-z0-9_]+"),
    # A service account is account@home.iam.gserviceaccount.com; its home is its project.
    "exporter": Place("partners-export"),
    "importer": Place("partners-import"),
    "home": Place("PROJECT"),
}
# The fields of the forms whose values are filled in as they are.
FIELDS = {"bucket_name": "bucket", "project_id": "project", "dataset_id": "dataset"}


def known_of(
    partner: Partner, blocks: Iterable[ConnectionForm], connections: Iterable[Connection]
) -> dict[str, str]:
    """What the commands are filled in with: from the forms on screen, else from what is saved."""
    blocks, newest = list(blocks), max(connections, key=_age, default=None)
    known = _of_connection(partner, newest) if newest else {}
    if blocks:
        # Another one is being connected: its own place, but likely the same service account.
        known = {name: text for name, text in known.items() if name not in FIELDS.values()}
        known |= _of_block(blocks[0])
    return {name: text for name, text in known.items() if text}


def filled(command: str, known: Mapping[str, str]) -> SafeString:
    """A command for HTML, an option a line; each of its places is an element that `js/guide.js`
    fills in further."""
    parts = _PLACE.split(command.replace(" --", " \\\n  --"))
    done = [_place(part, known) if odd else escape(part) for part, odd in _numbered(parts)]
    return mark_safe("".join(done))  # noqa: S308  (each part is escaped)


def _place(name: str, known: Mapping[str, str]) -> SafeString:
    place, value = PLACES[name], known.get(name, "")
    return format_html(
        '<span data-fill="{}" data-blank="{}" data-allowed="{}">{}</span>',
        name,
        place.blank,
        place.allowed,
        value if re.fullmatch(place.allowed, value) else place.blank,
    )


def _numbered(parts: list[str]) -> list[tuple[str, bool]]:
    return [(part, number % 2 == 1) for number, part in enumerate(parts)]


def _age(connection: Connection) -> int:
    return int(connection.pk)


def _of_block(block: ConnectionForm) -> dict[str, str]:
    names = [name for name in FIELDS if name in block.fields]
    return {FIELDS[name]: str(block[name].value() or "").strip() for name in names}


def _of_connection(partner: Partner, connection: Connection) -> dict[str, str]:
    typed = partner.form_class().typed(connection.nickname, connection.target)
    known = {FIELDS[name]: text for name, text in typed.items() if name in FIELDS}
    known = {"project": connection.project_id, **known}
    robot = _ROBOT.fullmatch(connection.client_email)
    if robot:
        account, home = robot.groups()
        known |= {"exporter": account, "importer": account, "home": home}
    return known
