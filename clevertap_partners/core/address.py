"""Where a request comes from, also behind proxies of ours."""

from __future__ import annotations

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<v4>[0-9.]+))(?::[0-9]+)?")


def address_of(request: HttpRequest) -> str | None:
    """The address of the browser. What a browser claims itself is never taken for it.

    Each of our proxies adds the address that it hears from at the end of `X-Forwarded-For`;
    whatever stands before those was sent by the browser.
    """
    heard_from: str | None = request.META.get("REMOTE_ADDR") or None
    proxies: int = settings.PARTNERS_PROXIES
    chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(chain) >= proxies:
        claimed = _without_port(chain[-proxies])
        if _is_address(claimed):
            return claimed
    return heard_from


def neighbourhood_of(request: HttpRequest) -> str:
    """The address for counting what comes from one place: of IPv6, a customer has 2^64 and more."""
    address = address_of(request)
    if address is None or not _is_address(address):
        return "0.0.0.0"  # noqa: S104  (stands for unknown; nothing listens there)
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False).network_address)


def _without_port(text: str) -> str:
    """Some proxies add it: `192.0.2.1:5678`, `[2001:db8::1]:5678`."""
    found = _WITH_PORT.fullmatch(text)
    return (found["v6"] or found["v4"]) if found else text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    # Databases have no room for the zone of a local address.
    return "%" not in text
