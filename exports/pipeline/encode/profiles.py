"""[pure] The fields of a profile, in the order that every format keeps.

Who it is, whether they may be written to, since when we know them; then the account's own
properties. One that is named like a fixed field is written as `profileData.<name>`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from clevertap_partners.eventstore.schema import PropertySchema
from exports.pipeline.encode import sql
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.records import ProfileRecords

# Fields that a system property fills.
NAMED = {"name": "Name", "email": "Email", "phone": "Phone"}
FLAG_PREFIX = "MSG-"
# Before a property that is named like one of the fixed fields.
OWN_PREFIX = "profileData."
FIXED = ("identity", "all_identities", "objectId", "platform", *NAMED, "created", "lastSeen")


@dataclass(frozen=True)
class ProfileField:
    """One field. `text` and `json` are its value in the engine, over what `source` gives.

    `schema` is None for fields that are no property. `raw_json` is the value's JSON text whatever
    the options say.
    """

    name: str
    text: str
    json: str
    raw_json: str = "NULL"
    known: PropertySchema | None = None

    @property
    def schema(self) -> PropertySchema:
        """The property's schema under the field's name. Raises ValueError when it is none."""
        if self.known is None:
            raise ValueError(f"{self.name} is no property.")
        return replace(self.known, name=self.name)


@dataclass(frozen=True)
class ProfileFields:
    """The fields of a run's profiles in four groups, and the select list that they lean on."""

    source: str
    person: tuple[ProfileField, ...]
    flags: tuple[ProfileField, ...]
    times: tuple[ProfileField, ...]
    properties: tuple[ProfileField, ...]

    @property
    def all(self) -> tuple[ProfileField, ...]:
        return (*self.person, *self.flags, *self.times, *self.properties)


def as_it_is(text: str) -> str:
    return text


def profile_fields(
    records: ProfileRecords,
    options: EncodeOptions,
    *,
    escaped: Callable[[str], str] = as_it_is,
    escape: Callable[[str], str] = as_it_is,
) -> ProfileFields:
    """The fields. `escaped` makes an expression of a text column's one for the format's escaped
    text, `escape` does the same to a name.
    """
    pointers = [sql.pointer(escape(known.name)) for known in records.properties]
    place = {known.name: number for number, known in enumerate(records.properties, 1)}

    def of_property(name: str, known: PropertySchema) -> ProfileField:
        text, raw = f"texts[{place[known.name]}]", f"jsons[{place[known.name]}]"
        as_json = f"to_json({text})" if options.values_as_strings else raw
        return ProfileField(name, text, as_json, raw, known)

    by_name = {known.name: known for known in records.properties}
    named = {
        field: of_property(field, by_name[source])
        for field, source in NAMED.items()
        if source in by_name
    }
    rest = [known for known in records.properties if known.name not in NAMED.values()]
    flags = [known for known in rest if known.name.startswith(FLAG_PREFIX)]
    own = [known for known in rest if not known.name.startswith(FLAG_PREFIX)]
    return ProfileFields(
        source=_source(options, pointers, escaped),
        person=tuple(_person(options, named)),
        flags=tuple(of_property(known.name, known) for known in flags),
        times=(_column("created"), _column("lastSeen", "last_seen")),
        properties=tuple(of_property(_own_name(known.name), known) for known in own),
    )


def _own_name(name: str) -> str:
    """One more prefix also for a property that is named like such a field, lest the two meet."""
    plain = name
    while plain.startswith(OWN_PREFIX):
        plain = plain.removeprefix(OWN_PREFIX)
    return f"{OWN_PREFIX}{name}" if plain in FIXED else name


def _person(options: EncodeOptions, named: dict[str, ProfileField]) -> list[ProfileField]:
    return [
        _column("identity"),
        ProfileField("all_identities", "all_identities", "all_identities"),
        *([_column("objectId", "object_id")] if options.clevertap_id else []),
        _column("platform"),
        *(named.get(field) or ProfileField(field, "NULL::VARCHAR", "NULL") for field in NAMED),
    ]


def _column(name: str, column: str = "") -> ProfileField:
    column = column or name
    return ProfileField(name, column, f"to_json({column})")


def _source(options: EncodeOptions, pointers: Sequence[str], escaped: Callable[[str], str]) -> str:
    columns = {
        "identity": "identity",
        "email": "json_extract_string(properties, '/Email')",
        "phone": "json_extract_string(properties, '/Phone')",
    }
    texts = escaped("properties")
    parts = {
        "identity": escaped(sql.identity(options.identifiers, columns)),
        "object_id": escaped("nullif(object_id, '')"),
        "all_identities": escaped("all_identities"),
        "platform": escaped("platform"),
        "created": _utc("created_at"),
        "last_seen": _utc("last_seen_at"),
        "texts": sql.texts_at(texts, pointers),
        "jsons": sql.json_at(texts, pointers),
    }
    return ", ".join(f"{expression} AS {name}" for name, expression in parts.items())


def _utc(column: str) -> str:
    """ISO 8601 to the second; without time zone rules, which the engine has to be given."""
    return f"strftime(make_timestamp(epoch_us({column})), '%Y-%m-%dT%H:%M:%SZ')"
