"""What each format must carry of an upload, by the rules of the product, never by its code.

`Known` are the kinds that the values of a property have in the whole export: for CSV and Parquet
they decide the columns.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
PROFILE_TEXTS = ("platform", "phone", "name", "email", "push_token")
DEVICE_TEXTS = ("make", "model", "appVersion", "sdkVersion", "osVersion", "browser")
NAMED = {"Name": "name", "Email": "email", "Phone": "phone"}
FIXED_OF_PEOPLE = (
    ("identity", "all_identities", "objectId", "platform")
    + ("name", "email", "phone")
    + ("created", "lastSeen")
)
_CONTROLS = {code: "?" for code in (*range(32), *range(0x7F, 0xA0)) if chr(code) not in "\t\r\n"}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")
_FLOAT = re.compile(r"-?\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)")


class Written(str):
    """A text made of a value that is no text. Floats in it compare by value: 1e-07 is 1e-7."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and _spelled(self) == _spelled(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(_spelled(self))


def _spelled(text: str) -> str:
    return _FLOAT.sub(lambda found: repr(float(found[0])), str(text))


def text_of(value: Any) -> str:
    """A value as the text formats write it: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else Written(json_text(value))


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def exact(value: Any) -> str:
    """A text that differs when the values, their types or the order of their keys differ."""
    return json.dumps(value, ensure_ascii=False, default=str)


# --- what the store keeps of an upload ---------------------------------------------------------


def kept(value: Any) -> Any:
    """No nulls in objects; control characters but tab, CR and LF become `?`."""
    if isinstance(value, str):
        return value.translate(_CONTROLS).translate(_SURROGATES)
    if isinstance(value, dict):
        return {kept(key): kept(inside) for key, inside in value.items() if inside is not None}
    return [kept(item) for item in value] if isinstance(value, list) else value


def kept_text(value: Any) -> str:
    return text_of(kept(value)) if value not in (None, "") else ""


@dataclass(frozen=True)
class Choices:
    """The options that change what is carried."""

    identifiers: tuple[str, ...] = ("identity",)
    clevertap_id: bool = False
    values_as_strings: bool = False
    formula_guard: bool = False


def event_record(upload: Record, choices: Choices) -> Record:
    """An event as product section 6 lists its fields; what is not there is left out."""
    day = datetime.datetime.fromtimestamp(upload["ts"], datetime.UTC)
    record = {
        "profile": _profile_of(upload, choices),
        "ts": int(f"{day:%Y%m%d%H%M%S}"),
        "deviceInfo": _device_of(upload),
        "controlGroupName": kept_text(upload.get("controlGroupName")),
        "sessionProps": kept(upload.get("sessionProps") or {}),
    }
    filled = {key: value for key, value in record.items() if value or key == "profile"}
    properties = {"eventProps": kept(upload.get("evtData") or {})}
    return {"eventName": kept(upload["evtName"])} | filled | properties


def _profile_of(upload: Record, choices: Choices) -> Record:
    given = upload.get("profile") or {}
    known = {key: kept_text(given.get(key)) for key in PROFILE_TEXTS}
    identity = kept_text(upload.get("identity") or given.get("identity"))
    object_id = kept_text(upload.get("objectId") or given.get("objectId"))
    profile = {
        "identity": _first({**known, "identity": identity}, choices.identifiers),
        "objectId": object_id if choices.clevertap_id else "",
        "all_identities": [kept(one) for one in given.get("all_identities") or [] if one],
        **known,
    }
    return {key: value for key, value in profile.items() if value}


def _first(known: Record, identifiers: Iterable[str]) -> str:
    return next((known[key] for key in identifiers if known[key]), "")


def _device_of(upload: Record) -> Record:
    given = kept(upload.get("deviceInfo") or {})
    sizes = given.pop("dimensions", {})
    device = {key: text_of(given[key]) for key in DEVICE_TEXTS if given.get(key, "") != ""}
    device |= {"dpi": given["dpi"]} if "dpi" in given else {}
    dimensions = {key: sizes[key] for key in ("width", "height") if key in sizes}
    dimensions |= {"unit": text_of(sizes["unit"])} if sizes.get("unit") else {}
    return device | ({"dimensions": dimensions} if dimensions else {})


def person_record(uploads: Sequence[Record], choices: Choices) -> Record:
    """What the uploads of one person, in their order, come to."""
    properties: Record = {}
    identities: list[str] = []
    texts = {"platform": "", "objectId": ""}
    for upload in uploads:
        given = upload.get("profile") or {}
        properties |= kept(upload.get("profileData") or {})
        identity = kept(upload["identity"])
        if named := [kept(one) for one in given.get("all_identities") or [] if one]:
            identities = list(dict.fromkeys([identity, *identities, *named]))
        texts["platform"] = kept_text(given.get("platform")) or texts["platform"]
        found = upload.get("objectId") or given.get("objectId")
        texts["objectId"] = kept_text(found) or texts["objectId"]
    known = {
        "identity": identity,
        "email": text_of(properties.get("Email", "")),
        "phone": text_of(properties.get("Phone", "")),
    }
    fields = {
        "identity": _first(known, choices.identifiers),
        "all_identities": identities,
        "objectId": texts["objectId"] if choices.clevertap_id else "",
        "platform": texts["platform"],
    }
    times = {
        "created": _iso(min(upload["ts"] for upload in uploads)),
        "lastSeen": _iso(max(upload["ts"] for upload in uploads)),
    }
    named = {NAMED[key]: properties[key] for key in NAMED if key in properties}
    flags = {key: properties[key] for key in sorted(properties) if key.startswith("MSG-")}
    rest = {
        own_name(key): properties[key]
        for key in sorted(properties)
        if key not in NAMED and key not in flags
    }
    return {
        "person": {key: value for key, value in fields.items() if value},
        "named": named,
        "flags": flags,
        "times": times,
        "properties": rest,
    }


def own_name(name: str) -> str:
    """A property named like a fixed field, or like what such a one becomes, gets a prefix."""
    fixed = name
    while fixed.startswith("profileData."):
        fixed = fixed.removeprefix("profileData.")
    return f"profileData.{name}" if fixed in FIXED_OF_PEOPLE else name


def _iso(seconds: int) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


# --- kinds -------------------------------------------------------------------------------------


@dataclass
class Known:
    """The kinds of a property's values and of the values inside its objects."""

    kinds: set[str] = field(default_factory=set)
    inner: dict[str, set[str]] = field(default_factory=dict)


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        exactly = -(2**53) <= value <= 2**53
        return "integer" if exactly else "long" if -(2**63) <= value < 2**63 else "big"
    if isinstance(value, list):
        return "items" if is_items(value) else "list"
    return {str: "string", float: "float", dict: "object"}[type(value)]


def is_items(value: list[Any]) -> bool:
    """A list of nothing but objects and nulls, with one object at least."""
    there = [item for item in value if item is not None]
    return bool(there) and all(isinstance(item, dict) for item in there)


def known_properties(objects: Iterable[Record]) -> dict[str, Known]:
    """By name, in the order of names."""
    known: dict[str, Known] = {}
    for properties in objects:
        for name, value in properties.items():
            one = known.setdefault(name, Known())
            one.kinds.add(kind_of(value))
            for inside in value if kind_of(value) == "items" else [value]:
                for key, of in inside.items() if isinstance(inside, dict) else ():
                    one.inner.setdefault(key, set()).add(kind_of(of))
    return {name: known[name] for name in sorted(known)}


# --- JSON --------------------------------------------------------------------------------------


def json_event(record: Record, choices: Choices) -> Record:
    keys = ("profile", "ts", "deviceInfo", "controlGroupName", "eventProps", "sessionProps")
    as_asked = {key: record[key] for key in keys if key in record}
    if choices.values_as_strings:
        for scope in {"eventProps", "sessionProps"} & as_asked.keys():
            as_asked[scope] = {key: text_of(value) for key, value in as_asked[scope].items()}
    return as_asked


def json_person(record: Record, choices: Choices) -> Record:
    def given(values: Record) -> Record:
        if not choices.values_as_strings:
            return values
        return {key: text_of(value) for key, value in values.items()}

    named = given(record["named"])
    in_order = {key: named[key] for key in ("name", "email", "phone") if key in named}
    return {
        **record["person"],
        **in_order,
        **given(record["flags"]),
        **record["times"],
        **given(record["properties"]),
    }


# --- XML ---------------------------------------------------------------------------------------


def xml_text(value: Any) -> str:
    """XML has no way to write the last two characters of the first plane."""
    text = text_of(value)
    carried = text.translate({0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})
    return Written(carried) if isinstance(text, Written) else carried


def xml_texts(values: Any) -> Any:
    if isinstance(values, dict):
        return {xml_text(key): xml_text(value) for key, value in values.items()}
    return [xml_text(value) for value in values]


def xml_event(record: Record) -> Record:
    device = dict(record.get("deviceInfo", {}))
    dimensions = device.pop("dimensions", None)
    shown = xml_texts(device) | ({"dimensions": xml_texts(dimensions)} if dimensions else {})
    texts = {
        "ts": str(record["ts"]),
        "eventName": xml_text(record["eventName"]),
        "profile": _xml_profile(record["profile"]),
        "deviceInfo": shown,
        "eventProps": xml_texts(record["eventProps"]),
    }
    if "controlGroupName" in record:
        texts["controlGroupName"] = xml_text(record["controlGroupName"])
    if "sessionProps" in record:
        texts["sessionProps"] = xml_texts(record["sessionProps"])
    return texts


def _xml_profile(profile: Record) -> Record:
    return {
        key: xml_texts(value) if isinstance(value, list) else xml_text(value)
        for key, value in profile.items()
    }


def xml_person(record: Record) -> Record:
    return {
        **_xml_profile(record["person"]),
        **xml_texts(record["named"]),
        **record["times"],
        "commPrefs": xml_texts(record["flags"]),
        "profileProps": xml_texts(record["properties"]),
    }


# --- CSV ---------------------------------------------------------------------------------------


EVENT_COLUMNS = [
    "ts",
    "eventName",
    *(
        f"profile.{key}"
        for key in ("identity", "objectId", "all_identities", "platform", "phone", "name")
    ),
    *("profile.email", "profile.push_token"),
    *(f"deviceInfo.{key}" for key in (*DEVICE_TEXTS, "dpi")),
    *(f"deviceInfo.dimensions.{key}" for key in ("width", "height", "unit")),
    "controlGroupName",
]


def csv_cells(name: str, known: Known) -> list[str]:
    """The columns of a property: its own, and one for each key inside its lists of objects."""
    inner = sorted(known.inner) if "items" in known.kinds else []
    own = [] if known.kinds == {"items"} and inner else [name]
    return own + [f"{name}|{key}" for key in inner]


def csv_header(scopes: Iterable[tuple[str, dict[str, Known]]]) -> list[str]:
    return [
        f"{scope}{cell}"
        for scope, known in scopes
        for name, of in known.items()
        for cell in csv_cells(name, of)
    ]


def csv_values(name: str, value: Any, known: Known) -> dict[str, str]:
    """What the columns of a property show of a value."""
    if kind_of(value) != "items":
        return {name: _listed(value) if isinstance(value, list) else text_of(value)}
    if known.kinds == {"items"} and not known.inner:
        return {name: _listed(value)}
    keys = sorted({key for one in value if one for key in one})
    return {f"{name}|{key}": _listed(_inside(value, key)) for key in keys}


def _inside(items: list[Record | None], key: str) -> list[Any]:
    return [one[key] if one and key in one else "" for one in items]


def _listed(values: list[Any]) -> str:
    return Written(f"[{', '.join(text_of(value) for value in values)}]")


def csv_event(record: Record, scopes: dict[str, dict[str, Known]]) -> dict[str, str]:
    """The cells that hold something, by column."""
    profile, device = dict(record["profile"]), dict(record.get("deviceInfo", {}))
    identities = profile.pop("all_identities", [])
    dimensions = device.pop("dimensions", {})
    cells = {
        "ts": str(record["ts"]),
        "eventName": record["eventName"],
        "profile.all_identities": ",".join(identities),
        "controlGroupName": record.get("controlGroupName", ""),
        **{f"profile.{key}": text_of(value) for key, value in profile.items()},
        **{f"deviceInfo.{key}": text_of(value) for key, value in device.items()},
        **{f"deviceInfo.dimensions.{key}": text_of(value) for key, value in dimensions.items()},
    }
    for scope, known in scopes.items():
        for name, value in record.get(scope, {}).items():
            shown = csv_values(name, value, known[name])
            cells |= {f"{scope}.{cell}": text for cell, text in shown.items()}
    return {column: text for column, text in cells.items() if text}


def csv_person(record: Record, known: dict[str, Known]) -> dict[str, str]:
    person = dict(record["person"])
    identities = person.pop("all_identities", [])
    cells = {"all_identities": ",".join(identities), **person, **record["times"]}
    for group in ("named", "flags", "properties"):
        for name, value in record[group].items():
            cells |= csv_values(name, value, known[name])
    return {column: text for column, text in cells.items() if text}


def guarded(text: str) -> str:
    """What the formula guard makes of a cell: numbers are left alone."""
    is_number = re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text, re.ASCII)
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") and text and not is_number else text


# --- Parquet -----------------------------------------------------------------------------------


_TYPED = (
    {"boolean"},
    {"integer"},
    {"long"},
    {"integer", "long"},
    {"float"},
    {"float", "integer"},
    {"list"},
)


def parquet_value(value: Any, known: Known) -> Any:
    """Structs for objects whose keys are alike in nothing but case; texts for what has no type."""
    if known.kinds in ({"object"}, {"items"}) and _fits_struct(known):
        if isinstance(value, list):
            return [None if one is None else _struct(one, known) for one in value]
        return _struct(value, known)
    return _scalar(value, known.kinds)


def _fits_struct(known: Known) -> bool:
    return (
        all(known.inner)
        and bool(known.inner)
        and len({key.casefold() for key in known.inner}) == len(known.inner)
    )


def _struct(value: Record, known: Known) -> Record:
    return {key: _scalar(value[key], known.inner[key]) for key in sorted(value)}


def _scalar(value: Any, kinds: set[str]) -> Any:
    if kinds not in _TYPED:
        return text_of(value)
    if kinds == {"list"}:
        return [None if item is None else text_of(item) for item in value]
    return float(value) if "float" in kinds else value


def parquet_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Column names: the second of two that differ in case alone gets a number."""
    used, columns = {name.casefold() for name in taken}, {}
    for name in sorted(names):
        column, number = name, 1
        while column.casefold() in used:
            number += 1
            column = f"{name}_{number}"
        used.add(column.casefold())
        columns[name] = column
    return columns


def parquet_properties(
    values: Record, known: dict[str, Known], names: dict[str, str], choices: Choices
) -> Record:
    return {
        names[name]: text_of(values[name])
        if choices.values_as_strings
        else parquet_value(values[name], known[name])
        for name in sorted(values)
    }


def parquet_event(record: Record, scopes: dict[str, dict[str, Known]], choices: Choices) -> Record:
    device = dict(record.get("deviceInfo", {}))
    if "dpi" in device:
        device["dpi"] = float(device["dpi"])
    if "dimensions" in device:
        sizes = device["dimensions"]
        device["dimensions"] = {
            key: size if key == "unit" else float(size) for key, size in sizes.items()
        }
    carried = {**record, "deviceInfo": device}
    if not device:
        del carried["deviceInfo"]
    for scope in {"eventProps", "sessionProps"} & record.keys():
        known = scopes[scope]
        names = parquet_names(known)
        carried[scope] = parquet_properties(record[scope], known, names, choices)
    if not scopes["eventProps"]:
        del carried["eventProps"]
    return carried


def parquet_person(record: Record, known: dict[str, Known], choices: Choices) -> Record:
    own = [name for name in known if name not in NAMED.values()]
    names = parquet_names(own, FIXED_OF_PEOPLE)
    alike = {name: name for name in NAMED.values()}
    times = {key: datetime.datetime.fromisoformat(value) for key, value in record["times"].items()}
    return {
        **record["person"],
        **parquet_properties(record["named"], known, alike, choices),
        **parquet_properties(record["flags"] | record["properties"], known, names, choices),
        **times,
    }
