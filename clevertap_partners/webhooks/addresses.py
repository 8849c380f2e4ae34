"""[pure] Where a webhook may lead: an address on the public internet, and nowhere else.

A name is looked up by us, every address that it has is checked, and the connection is made to an
address that was checked: a name that leads elsewhere a moment later changes nothing.
"""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import threading
import urllib.parse
from dataclasses import dataclass

from clevertap_partners.core.errors import PermanentError, TransientError
from clevertap_partners.core.marking import gettext_noop

PORTS = (443, 8443)
LOOKUP_S = 3.0
URL_LENGTH = 1000

# The same words for a name that nobody has and for one of our own network: whoever asks learns
# nothing about the latter.
NO_WAY = gettext_noop("There is no way to {host} on the public internet.")
NO_WAY_FIX = gettext_noop(
    "Check the host's name and its DNS records: each of its addresses must be public."
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Special-purpose blocks of the IANA registries, and one more. Kept here in full, because what
# `is_global` says depends on the release of Python.
_NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        # Public by its number only: in Azure the machine's host answers there.
        "168.63.129.16/32",
    )
)  # fmt: skip
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
# Within it: IETF protocols with Teredo, documentation, 6to4 (which wraps any IPv4 address).
_NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
_PATH = re.compile(r"[!-~]*")
_SANDBOX_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True)
class Target:
    """A webhook's address, taken apart. `is_sandbox`: the sandbox's own receiver."""

    scheme: str
    host: str
    port: int
    path: str
    is_sandbox: bool = False

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"


def parse_target(url: str, *, sandbox_hooks: str = "") -> Target:
    """Raises PermanentError `webhook_url`. `sandbox_hooks` is where the sandbox's receivers are."""
    if len(url) > URL_LENGTH or not _PATH.fullmatch(url) or "\\" in url:
        raise refused(
            gettext_noop(
                "An address has at most {count} characters, none of them a space or special."
            ).format(count=URL_LENGTH),
            gettext_noop("Write special characters in their percent-encoded form."),
        )
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise refused(
            gettext_noop("This is not a web address."), gettext_noop("It looks like https://…")
        ) from error
    if sandbox_hooks and is_sandbox_receiver(url, sandbox_hooks):
        return Target("http", parts.hostname or "", port or 80, parts.path, is_sandbox=True)
    if "#" in url:
        raise refused(
            gettext_noop("An address ends before the #."),
            gettext_noop("Leave out the # and what follows it."),
        )
    return public_target(parts, port)


def is_sandbox_receiver(url: str, sandbox_hooks: str) -> bool:
    """Compared as text, so that nothing else on the sandbox's port is ever meant."""
    name = url.removeprefix(sandbox_hooks)
    return name != url and _SANDBOX_NAME.fullmatch(name) is not None


def public_target(parts: urllib.parse.SplitResult, port: int | None) -> Target:
    if parts.scheme != "https":
        raise refused(
            gettext_noop("Alerts go to addresses that begin with https:// only."),
            gettext_noop("Use https."),
        )
    if parts.username is not None or parts.password is not None:
        raise refused(
            gettext_noop("An address with a user name or password is not taken."),
            gettext_noop("Check the signature instead: it proves that an alert comes from us."),
        )
    if (port := 443 if port is None else port) not in PORTS:
        raise refused(
            gettext_noop("The port is one of 443 and 8443."),
            gettext_noop("Let your receiver answer on port 443."),
        )
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    return Target("https", host_of(parts.hostname or ""), port, target)


def host_of(name: str) -> str:
    """The host as DNS and TLS know it."""
    if _is_address(name):
        return name
    host = name.removesuffix(".")
    if not _HOST.fullmatch(host) or any(not 0 < len(part) < 64 for part in host.split(".")):
        raise refused(
            gettext_noop("The address names no host that can be looked up."),
            gettext_noop("Check the host's name."),
        )
    return host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def addresses_of(target: Target) -> list[str]:
    """The addresses to connect to, each of them checked.

    Raises TransientError `webhook_lookup` and PermanentError `webhook_not_public`.
    """
    found = look_up(target)
    if not target.is_sandbox and not all(is_public(ipaddress.ip_address(each)) for each in found):
        raise PermanentError(
            NO_WAY.format(host=target.host), code="webhook_not_public", fix=NO_WAY_FIX
        )
    return found


def look_up(target: Target) -> list[str]:
    """In a thread, because the system's own look-up knows no time limit."""
    answers: queue.Queue[list[str] | OSError] = queue.Queue(1)

    def ask() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except OSError as error:
            answers.put(error)
        else:
            answers.put(list(dict.fromkeys(str(each[4][0]) for each in found)))

    threading.Thread(target=ask, name="webhook-lookup", daemon=True).start()
    try:
        answer = answers.get(timeout=LOOKUP_S)
    except queue.Empty as error:
        raise not_found(target) from error
    if isinstance(answer, OSError) or not answer:
        raise not_found(target)
    return answer


def is_public(address: Address) -> bool:
    """Whether an address is on the public internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in block for block in _NOT_PUBLIC_V4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    if address.scope_id is not None or address not in _PUBLIC_V6:
        return False
    return address.is_global and not any(address in block for block in _NOT_PUBLIC_V6)


def refused(message: str, fix: str) -> PermanentError:
    return PermanentError(message, code="webhook_url", fix=fix)


def not_found(target: Target) -> TransientError:
    return TransientError(NO_WAY.format(host=target.host), code="webhook_lookup", fix=NO_WAY_FIX)
