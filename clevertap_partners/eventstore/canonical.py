"""[pure] An upload record becomes one row of the lake, or a reason why it cannot."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from clevertap_partners.eventstore.jsontext import Refused, clean, dump

# Limits of the platform, but for the size of a record: values longer than 512 bytes are welcome.
MAX_RECORD_BYTES = 1_000_000
MAX_EVENT_NAME_BYTES = 120
MAX_PROPERTY_NAME_BYTES = 120
MAX_PROPERTIES = 256
MAX_IDENTITY_CHARACTERS = 1024
# 2000-01-01 and 2100-01-01 UTC: outside is a mistake, most often milliseconds for seconds.
FIRST_TS = 946_684_800
LAST_TS = 4_102_444_800

_EVENT_KEYS = frozenset(
    {"type", "identity", "objectId", "ts", "evtName", "evtData", "profile", "deviceInfo"}
    | {"sessionProps", "controlGroupName", "record_id"}
)
_PROFILE_TEXTS = ("platform", "phone", "name", "email", "push_token")
_PROFILE_KEYS = frozenset({"identity", "objectId", "all_identities", *_PROFILE_TEXTS})
# What the profile object of a profile record may hold: the rest is profileData.
_KNOWN_AS_KEYS = frozenset({"identity", "objectId", "all_identities", "platform"})
_DEVICE_TEXTS = ("make", "model", "appVersion", "sdkVersion", "osVersion", "browser")
_DEVICE_KEYS = frozenset({*_DEVICE_TEXTS, "dpi", "dimensions"})
_DIMENSION_KEYS = frozenset({"width", "height", "unit"})
_EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()


class EventRow(NamedTuple):
    """One row of EVENTS_SCHEMA, in its order; days and times as Arrow counts them."""

    event_day: int
    event_name: str
    ts: int
    event_time: int
    record_id: str
    identity: str | None
    object_id: str | None
    profile: str
    device_info: str | None
    control_group_name: str | None
    event_props: str
    session_props: str | None
    captured_at: int


@dataclass(frozen=True)
class Capture:
    """What a record does not say about itself: whose clock it goes by, and when it reached us."""

    zone: zoneinfo.ZoneInfo
    captured_s: int


def canonical_event(record: Any, capture: Capture, *, record_id: str, plain: bool) -> EventRow:
    """The lake's row for an event record. Raises Refused with the reason.

    `record_id` is used when the record has none of its own; `plain` says that `clean` has nothing
    to do on the record, as `jsontext.parse` tells.
    """
    fields = record if plain and isinstance(record, dict) else _cleaned(record)
    _refuse_unknown(fields, _EVENT_KEYS, "the record")
    identity, object_id = who(fields)
    seconds = when(fields, capture)
    local = datetime.datetime.fromtimestamp(seconds, capture.zone)
    return EventRow(
        event_day=local.toordinal() - _EPOCH_DAY,
        event_name=_event_name(fields),
        ts=_clock_digits(local),
        event_time=seconds * 1_000_000,
        record_id=_text(fields, "record_id", "the record") or record_id,
        identity=identity,
        object_id=object_id,
        profile=_profile(fields, identity),
        device_info=_device_info(fields),
        control_group_name=_text(fields, "controlGroupName", "the record"),
        event_props=properties(fields, "evtData") or "{}",
        session_props=properties(fields, "sessionProps"),
        captured_at=capture.captured_s * 1_000_000,
    )


def who(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Identity and CleverTap ID of a record; Refused when it has neither."""
    profile = _object(fields, "profile")
    identity = _one_of(fields, profile, "identity")
    object_id = _one_of(fields, profile, "objectId")
    if identity is None and object_id is None:
        raise Refused("has neither identity nor objectId, so nobody knows whose event it is")
    return identity, object_id


def known_as(fields: Mapping[str, Any]) -> tuple[tuple[str, ...], str | None]:
    """All identities and the platform that a profile record names in its profile object."""
    profile = _object(fields, "profile")
    if others := profile.keys() - _KNOWN_AS_KEYS:
        names = ", ".join(f"“{name[:120]}”" for name in sorted(others))
        raise Refused(f"has {names} in profile; in a profile record it belongs into profileData")
    return tuple(_all_identities(profile)), _text(profile, "platform", "profile")


def when(fields: Mapping[str, Any], capture: Capture) -> int:
    """Epoch seconds of a record; the time of capture when it says nothing."""
    seconds = fields.get("ts")
    if seconds is None:
        return capture.captured_s
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise Refused("has a ts that is not a whole number of epoch seconds")
    if FIRST_TS <= seconds < LAST_TS:
        return seconds
    hint = "; it looks like milliseconds" if FIRST_TS <= seconds // 1000 < LAST_TS else ""
    raise Refused(f"has ts {str(seconds)[:20]}, outside the years 2000 to 2099{hint}")


def properties(fields: Mapping[str, Any], key: str) -> str | None:
    """Canonical text of an object of properties in the order given; None when it is empty."""
    values = _object(fields, key)
    if len(values) > MAX_PROPERTIES:
        raise Refused(
            f"has {len(values)} properties in {key}; at most {MAX_PROPERTIES} are allowed"
        )
    for name in values:
        if not name:
            raise Refused(f"has a property without a name in {key}")
        _at_most(name, MAX_PROPERTY_NAME_BYTES, f"a property name in {key}")
    return dump(values) if values else None


def _cleaned(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise Refused("is not a JSON object")
    fields: dict[str, Any] = clean(record)
    return fields


def _refuse_unknown(fields: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    if unknown := fields.keys() - known:
        names = ", ".join(f"“{name[:120]}”" for name in sorted(unknown))
        raise Refused(f"has {names} in {where}, which no export would carry; leave it out")


def _one_of(fields: Mapping[str, Any], profile: Mapping[str, Any], key: str) -> str | None:
    outer, inner = _text(fields, key, "the record"), _text(profile, key, "profile")
    if outer and inner and outer != inner:
        raise Refused(f"names two different people: {key} differs between the record and profile")
    found = outer or inner
    if found is not None and len(found) > MAX_IDENTITY_CHARACTERS:
        raise Refused(f"has an {key} of more than {MAX_IDENTITY_CHARACTERS} characters")
    return found


def _event_name(fields: Mapping[str, Any]) -> str:
    name = fields.get("evtName")
    if not isinstance(name, str) or not name.strip():
        raise Refused("has no evtName")
    _at_most(name, MAX_EVENT_NAME_BYTES, "its evtName")
    return name


def _clock_digits(local: datetime.datetime) -> int:
    day = local.year * 10_000 + local.month * 100 + local.day
    return day * 1_000_000 + local.hour * 10_000 + local.minute * 100 + local.second


def _profile(fields: Mapping[str, Any], identity: str | None) -> str:
    profile = _object(fields, "profile")
    _refuse_unknown(profile, _PROFILE_KEYS, "profile")
    parts: dict[str, Any] = {} if identity is None else {"identity": identity}
    if identities := _all_identities(profile):
        parts["all_identities"] = identities
    return dump(parts | _texts(profile, _PROFILE_TEXTS, "profile"))


def _all_identities(profile: Mapping[str, Any]) -> list[str]:
    values = profile.get("all_identities")
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refused("has an all_identities in profile that is not a list of texts")
    return [value for value in values if value]


def _device_info(fields: Mapping[str, Any]) -> str | None:
    device = _object(fields, "deviceInfo")
    if not device:
        return None
    _refuse_unknown(device, _DEVICE_KEYS, "deviceInfo")
    parts = _texts(device, _DEVICE_TEXTS, "deviceInfo")
    parts |= _numbers(device, ("dpi",), "deviceInfo")
    if dimensions := _dimensions(_object(device, "dimensions")):
        parts["dimensions"] = dimensions
    return dump(parts) if parts else None


def _dimensions(sizes: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_unknown(sizes, _DIMENSION_KEYS, "deviceInfo.dimensions")
    parts = _numbers(sizes, ("width", "height"), "deviceInfo.dimensions")
    return parts | _texts(sizes, ("unit",), "deviceInfo.dimensions")


def _texts(fields: Mapping[str, Any], keys: Iterable[str], where: str) -> dict[str, Any]:
    """The texts under those keys that are not empty, in the order of the keys."""
    parts: dict[str, Any] = {}
    for key in keys:
        if key in fields and (text := _text(fields, key, where)):
            parts[key] = text
    return parts


def _numbers(fields: Mapping[str, Any], keys: Iterable[str], where: str) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for key in keys:
        value = fields.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            parts[key] = value
        elif value is not None:
            raise Refused(f"has a {key} in {where} that is not a number")
    return parts


def _object(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = fields.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(f"has a {key} that is not an object")
    return value


def _text(fields: Mapping[str, Any], key: str, where: str) -> str | None:
    """Text under a key, None when empty. Numbers are accepted for it: a phone, a version."""
    value = fields.get(key)
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return dump(value)
    raise Refused(f"has a {key} in {where} that is not text")


def _at_most(name: str, limit: int, what: str) -> None:
    # Four bytes at most a character: most names need no encoding to know that they fit.
    if len(name) * 4 > limit and len(name.encode()) > limit:
        raise Refused(f"is too long: {what} may have {limit} bytes, “{name[:40]}…” has more")
