"""What one run of the torture is, and what will befall it: all of it from the seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from exports.models import Export
from exports.pipeline.encode import FORMATS
from exports.pipeline.encode.base import EncodeOptions
from tests.connections import CREATE_AND_READ, CREATE_ONLY
from tests.exports.torture.points import POINTS
from tests.lakes import MIDNIGHT
from tests.torture.magazine import AFTER, BEFORE, DURING, Bullet
from tests.torture.storm import Blow

# Names that meet once they are file names, and some that do not.
NAMES = ("A/B", "A B", "A-B", "A\tB", "🛒 cart", "🛒/cart", "कार्ट / 🛒", "Charged", "a", "A")
NOTES = ("plain", "a, b", '"quoted"', "<b>&amp;</b>", "two\nlines", "कार्ट 🛒", "0012", "")
DAYS = 3
PEOPLE = 7
# Small, so that a run has many files; a Parquet file is a few kilobytes before its first row.
MAX_BYTES: Mapping[str, tuple[int, int]] = {"parquet": (9_000, 20_000)}
MAX_BYTES_OF_TEXT = (1_500, 8_000)
# What goes wrong at the bucket; each of these passes, so that the run has no right to fail.
FAULTS: tuple[dict[str, Any], ...] = (
    {"operation": "insert", "action": "reject", "status": 503},
    {"operation": "insert", "action": "reject", "status": 429, "reason": "rateLimitExceeded"},
    {"operation": "insert", "action": "fail_after_write", "status": 503},
    {"operation": "insert", "action": "fail_after_write", "status": 500},
    {"operation": "insert", "action": "fail_after_write", "cut": True},
    {"operation": "insert", "action": "hold", "seconds": 0.3},
    {"operation": "insert", "action": "hold", "seconds": 2.5},
    {"operation": "insert", "action": "slow", "bytes_per_second": 4_000},
    {"operation": "insert", "action": "cut", "after_bytes": 0},
    {"operation": "insert", "action": "cut", "after_bytes": 700},
    {"operation": "token", "action": "reject", "status": 503},
    {"operation": "list", "action": "reject", "status": 503},
    {"operation": "get", "action": "cut", "after_bytes": 10},
)
BLOWS = ("kill", "pause", "flush", "double", "load", "fault", "fault", "fault")


class Row(NamedTuple):
    """What identifies a record wherever it is found. `serial` alone is unique in a run."""

    event_name: str
    ts: int
    identity: str
    serial: int
    note: str

    @property
    def is_plain(self) -> bool:
        return self.event_name.isascii() and self.event_name.isalnum()


@dataclass(frozen=True)
class Scenario:
    """One run.

    `late` records may come once it is planned and have no place in it. `locked`: the bucket keeps
    what it is given; `role`: what we may do there. `intruder`: how the name ends that a stranger
    takes before us; empty when nobody does.
    """

    seed: int
    number: int
    type: str
    format: str
    encode: EncodeOptions
    event_names: tuple[str, ...]
    records: tuple[dict[str, Any], ...]
    late: tuple[dict[str, Any], ...]
    expected: Counter[Row]
    max_bytes: int
    role: str
    locked: bool
    intruder: str
    workers: int
    bullets: tuple[Bullet, ...]
    blows: tuple[Blow, ...]

    @property
    def label(self) -> str:
        return f"run {self.number} of seed {self.seed} ({self.type}, {self.format})"


def scenario(seed: int, number: int) -> Scenario:
    """The same for the same seed, number and formats."""
    chance = random.Random(f"{seed}-{number}")  # noqa: S311  (no secret hangs on it)
    kind, format_key = kinds()[number % len(kinds())]
    about_people = kind == "all_user_properties"
    if kind == "all_events" and chance.random() < 0.3:
        kind = "select_events"
    records = people(chance) if about_people else events(chance)
    names = sorted({record.get("evtName", "") for record in records})
    wanted = tuple(chance.sample(names, 3)) if kind == "select_events" else ()
    rows = [row_of(record) for record in records if not wanted or record["evtName"] in wanted]
    encode = encode_options(chance)
    role, locked = chance.choice((CREATE_ONLY, CREATE_AND_READ)), chance.random() < 0.5
    # Only who may read the bucket, or is first there, can tell the object of a stranger from ours;
    # and only where nothing is locked can it be taken away again.
    open_to_strangers = role == CREATE_AND_READ and not locked
    taken = intruder(rows, format_key, encode, chance) if open_to_strangers else ""
    # The ledger only withdraws where a file's name is taken.
    further = (f"withdraw, {chance.choice((BEFORE, AFTER))}",) if taken else ()
    return Scenario(
        seed=seed,
        number=number,
        type=kind,
        format=format_key,
        encode=encode,
        event_names=wanted,
        records=tuple(records),
        late=tuple(late(record) for record in records[:40]),
        expected=Counter(rows),
        max_bytes=chance.randint(*MAX_BYTES.get(format_key, MAX_BYTES_OF_TEXT)),
        role=role,
        locked=locked,
        intruder=taken,
        workers=chance.randint(1, 3),
        bullets=bullets(seed, number, chance, further),
        blows=blows(chance),
    )


def kinds() -> list[tuple[str, str]]:
    """Every type with every registered format, neighbours differing in both."""
    types = ["all_events"]
    if "all_user_properties" in Export.Type.values:
        types.append("all_user_properties")
    return [
        (types[(row + place) % len(types)], format_key)
        for row in range(len(types))
        for place, format_key in enumerate(FORMATS)
    ]


def encode_options(chance: random.Random) -> EncodeOptions:
    """Every switch there is, thrown at random."""
    defaults = EncodeOptions()
    switches = [each.name for each in fields(EncodeOptions)]
    switches = [name for name in switches if isinstance(getattr(defaults, name), bool)]
    return EncodeOptions(**{name: chance.random() < 0.5 for name in switches})


def events(chance: random.Random) -> list[dict[str, Any]]:
    names = chance.sample(NAMES, chance.randint(3, 6))
    return [
        {
            "type": "event",
            "identity": f"u-{serial % PEOPLE}",
            "evtName": chance.choice(names),
            "ts": MIDNIGHT - 86_400 * chance.randrange(DAYS) + chance.randrange(86_400),
            "evtData": {"serial": serial, "note": chance.choice(NOTES), "price": serial / 8},
        }
        for serial in range(chance.randint(250, 500))
    ]


def people(chance: random.Random) -> list[dict[str, Any]]:
    return [
        {
            "type": "profile",
            "identity": f"u-{serial}",
            "ts": MIDNIGHT - chance.randrange(86_400),
            "profileData": {"serial": serial, "note": chance.choice(NOTES), "vip": serial % 2 == 0},
        }
        for serial in range(chance.randint(250, 500))
    ]


def late(record: Mapping[str, Any]) -> dict[str, Any]:
    """The same person or event name again, with other values of other kinds."""
    key = "evtData" if "evtData" in record else "profileData"
    values = {"serial": 10**6 + record[key]["serial"], "note": "late", "price": "?", "vip": "?"}
    return {**record, "ts": record["ts"] + 1, key: {**values, "new": 1}}


def row_of(record: Mapping[str, Any]) -> Row:
    """What has to be found of it; a profile has neither event nor time."""
    values = record.get("evtData") or record["profileData"]
    name = record.get("evtName", "")
    ts = digits(record["ts"]) if name else 0
    return Row(name, ts, record["identity"], values["serial"], values["note"])


def digits(epoch_s: int) -> int:
    """yyyyMMddHHmmss in UTC, counted without the product's help."""
    day, second = divmod(epoch_s - MIDNIGHT, 86_400)
    hours, rest = divmod(second, 3_600)
    return (20261121 + day) * 1_000_000 + hours * 10_000 + rest // 60 * 100 + rest % 60


def intruder(
    rows: Sequence[Row], format_key: str, encode: EncodeOptions, chance: random.Random
) -> str:
    """The manifest, or the first file of an event whose name needs no cleaning."""
    ending = FORMATS[format_key].extension
    if encode.compress and format_key != "parquet":
        ending += ".gz"
    files = {f"{row.event_name}-{row.ts // 10**6}-0-0.{ending}" for row in rows if row.is_plain}
    return chance.choice([*sorted(files)[:1], "manifest.json", ""])


def bullets(
    seed: int, number: int, chance: random.Random, further: Sequence[str]
) -> tuple[Bullet, ...]:
    """Each point in turn, three a run, from a shuffled deck; up to two at random; and `further`."""
    deck = list(POINTS)
    random.Random(seed).shuffle(deck)  # noqa: S311  (as above)
    dealt = [deck[(3 * number + place) % len(deck)] for place in range(3)]
    dealt += [*chance.choices(deck, k=chance.randint(0, 2)), *further]
    return tuple(bullet(point, chance) for point in dealt)


def bullet(point: str, chance: random.Random) -> Bullet:
    delay_s = chance.uniform(0.001, 0.02) if point.endswith(DURING) else 0.0
    return Bullet(point, chance.randint(1, POINTS[point]), delay_s)


def blows(chance: random.Random) -> tuple[Blow, ...]:
    kinds: Sequence[str] = chance.sample(BLOWS, chance.randint(2, 5))
    dealt = [
        Blow(chance.uniform(-0.2, 0.9), kind, fault_of(chance) if kind == "fault" else {})
        for kind in kinds
    ]
    return tuple(sorted(dealt, key=lambda blow: blow.at))


def fault_of(chance: random.Random) -> dict[str, Any]:
    return {**chance.choice(FAULTS), "times": chance.randint(1, 3)}
