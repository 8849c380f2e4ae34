"""[pure] The people of the demo account and what they buy, made from the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from clevertap_partners.eventstore.canonical import Capture, canonical_event
from clevertap_partners.eventstore.demo import words
from clevertap_partners.eventstore.jsontext import dump
from clevertap_partners.eventstore.profiles import ProfileChange

BASKETS = 4_000
# One in this many visitors never signed in: known by CleverTap ID only.
ANONYMOUS_ONE_IN = 12


class Person:
    """Somebody whose events the demo account holds."""

    def __init__(self, number: int, seed: int) -> None:
        chance = random.Random(f"{seed}/{number}")  # noqa: S311  (made-up people, no secrets)
        language, first_names, last_names, cities, prefix = chance.choice(words.PEOPLE)
        self.number = number
        self.language = language
        self.name = f"{chance.choice(first_names)} {chance.choice(last_names)}"
        self.city = chance.choice(cities)
        self.identity = None if number % ANONYMOUS_ONE_IN == 0 else f"u-{number:06d}"
        self.object_id = f"__g{chance.getrandbits(64):016x}"
        self.email = f"{self.identity}@example.com"
        self.phone = f"{prefix}{chance.randrange(10**8, 10**9)}"
        self.device = chance.choice(words.DEVICES)
        self.app_version = chance.choice(words.APP_VERSIONS)
        self.push_token = f"fcm:{chance.getrandbits(96):024x}"
        self.opted_in = chance.random() < 0.8
        self.plan = chance.choice(("Free", "Plus", "Prémium"))
        self.points = chance.randrange(5_000)

    def record(self) -> dict[str, Any]:
        """An upload record of this person, for the canonical text of profile and device."""
        platform, make, model, os_version, browser, dpi, width, height = self.device
        profile: dict[str, Any] = {"objectId": self.object_id, "platform": platform}
        if self.identity:
            profile |= {"all_identities": [self.identity, self.email], "phone": self.phone}
            profile |= {"name": self.name, "email": self.email}
        app = {} if browser else {"appVersion": self.app_version, "sdkVersion": "70100"}
        return {
            "type": "event",
            "evtName": "any",
            "identity": self.identity,
            "profile": profile | ({} if browser else {"push_token": self.push_token}),
            "deviceInfo": {"make": make, "model": model, "osVersion": os_version, **app}
            | {"browser": browser, "dpi": dpi}
            | {"dimensions": {"width": width, "height": height, "unit": "mm"}},
        }

    def change(self, at_us: int) -> ProfileChange | None:
        if self.identity is None:
            return None
        properties = {"Name": self.name, "Email": self.email, "Phone": f"+{self.phone}"}
        more = {"City": self.city, "Language": self.language, "Plan": self.plan}
        flags = {"Points": self.points, "MSG-email": self.opted_in, "MSG-push": self.opted_in}
        return ProfileChange(
            self.identity,
            self.object_id,
            properties | more | flags,
            at_us,
            all_identities=(self.identity, self.email),
            platform=self.device[0],
        )


def people_table(people: list[Person], capture: Capture) -> pa.Table:
    rows = [canonical_event(one.record(), capture, record_id="", plain=False) for one in people]
    return pa.table(
        {
            "number": pa.array([one.number for one in people], pa.int64()),
            "identity": pa.array([row.identity for row in rows], pa.string()),
            "object_id": pa.array([row.object_id for row in rows], pa.string()),
            "profile": pa.array([row.profile for row in rows], pa.string()),
            "device_info": pa.array([row.device_info for row in rows], pa.string()),
        }
    )


def products_table() -> pa.Table:
    rows = [
        {"number": number, "id": f"P-{number:03d}", "name": name, "category": category}
        | {"price": cents / 100}
        for number, (name, category, cents) in enumerate(words.PRODUCTS)
    ]
    return pa.Table.from_pylist(rows)


def baskets_table(seed: int) -> pa.Table:
    """Purchases of one to four products: the amount and the list of items as JSON text."""
    return pa.Table.from_pylist(list(_baskets(random.Random(seed))))  # noqa: S311  (as above)


def _baskets(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(BASKETS):
        items = [_item(chance) for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4)))]
        amount = round(sum(item["price"] * item["qty"] for item in items), 2)
        yield {"number": number, "amount": amount, "items": dump(items)}


def _item(chance: random.Random) -> dict[str, Any]:
    number = chance.randrange(len(words.PRODUCTS))
    name, category, cents = words.PRODUCTS[number]
    item: dict[str, Any] = {"product_id": f"P-{number:03d}", "name": name, "category": category}
    return item | {"price": cents / 100, "qty": chance.choice((1, 1, 1, 2, 3))}
