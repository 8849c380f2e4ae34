"""[pure] Which names events and properties may have."""

from __future__ import annotations

from clevertap_partners.core.marking import gettext_noop as _
from clevertap_partners.eventstore.canonical import (
    MAX_EVENT_NAME_BYTES,
    MAX_PROPERTY_NAME_BYTES,
)
from clevertap_partners.eventstore.system_events import SYSTEM_EVENTS
from imports import row_faults as faults

# Whether people may be written to: a yes or a no.
FLAG_PREFIX = "MSG-"
# Properties of people that have rules of their own, which are about texts.
TEXT_PROPERTIES = frozenset({"Phone", "Email", "Gender"})
BANNED_CHARACTERS = frozenset("%><!|&.:;$'\"\\#")
# Purchases are a system event that uploads may bring, without their list of items.
_RESTRICTED_EVENTS = frozenset(name.casefold() for name in SYSTEM_EVENTS - {"Charged"})
# What the platform itself writes into events.
_RESTRICTED_EVENT_PROPERTIES = frozenset(
    name.casefold()
    for name in (
        *("Items", "CT Source", "CT App Version", "CT Latitude", "CT Longitude", "CT OS Version"),
        *("CT SDK Version", "CT Network Carrier", "CT Network Type", "CT Connected To WiFi"),
        *("CT Bluetooth Version", "CT Bluetooth Enabled", "CT Session Id"),
        *("Campaign id", "Campaign type", "Campaign name", "Campaign labels", "Variant"),
        *("Journey id", "Journey name"),
    )
)
_RESTRICTED_PREFIX = "wzrk_"
# What tells people apart is mapped as the identity, not as a property.
_RESTRICTED_PROFILE_PROPERTIES = frozenset(
    {"identity", "objectid", "clevertap id", "all_identities", "platform"}
)


def event_name_fault(name: str) -> str:
    """The code of what is wrong with the name; empty when nothing is."""
    if not name.strip():
        return faults.EVENT_NAME_BLANK
    if len(name.encode()) > MAX_EVENT_NAME_BYTES:
        return faults.EVENT_NAME_TOO_LONG
    if BANNED_CHARACTERS & set(name):
        return faults.EVENT_NAME_CHARACTERS
    if name.strip().casefold() in _RESTRICTED_EVENTS:
        return faults.EVENT_NAME_RESTRICTED
    return ""


def property_name_problem(name: str, *, of_profile: bool) -> tuple[str, str] | None:
    """A code and a sentence about a property's name; None when it is fine."""
    if not name.strip():
        return "name_missing", _("Give the property a name.")
    if len(name.encode()) > MAX_PROPERTY_NAME_BYTES:
        text = _("“{name}…” has more than 120 bytes. Choose a shorter name.")
        return "name_too_long", text.format(name=name[:40])
    if banned := sorted(BANNED_CHARACTERS & set(name)):
        text = _("A property name may not hold {characters}. Leave that out of “{name}”.")
        return "name_characters", text.format(characters=" ".join(banned), name=name)
    if _is_restricted(name.strip().casefold(), of_profile=of_profile):
        text = _("“{name}” is a name that the platform uses itself. Choose another one.")
        return "name_restricted", text.format(name=name)
    return None


def _is_restricted(name: str, *, of_profile: bool) -> bool:
    if of_profile:
        return name in _RESTRICTED_PROFILE_PROPERTIES
    return name in _RESTRICTED_EVENT_PROPERTIES or name.startswith(_RESTRICTED_PREFIX)
