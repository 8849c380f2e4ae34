"""What a page of the wizard does by itself, at every change of its form."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client


def check(client: Client, url: str, sent: dict[str, Any]) -> str:
    """Ask as the page would that is open now; what it answers."""
    page = client.get(url).content.decode()
    return check_of(client, url, {**sent, "shape": hidden_on(page, "shape")}, seen=seen_in(page))


def send(client: Client, url: str, sent: dict[str, Any], **more: Any) -> Any:
    """Press a button of the page that is open now; the response."""
    page = client.get(url).content.decode()
    return client.post(url, {**sent, "shape": hidden_on(page, "shape")}, **more)


def check_of(client: Client, url: str, sent: dict[str, Any], *, seen: str) -> str:
    answer = client.post(url, {**sent, "check": "1", "seen": seen}, headers={"HX-Request": "true"})
    return answer.content.decode()


def seen_on(client: Client, url: str) -> str:
    """What the page names as that which it was filled in from."""
    return seen_in(client.get(url).content.decode())


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" id="seen" value="([^"]*)"', page)
    assert found
    return found[1]


def hidden_on(page: str, name: str) -> str:
    """What the page sends by itself under this name; empty where it has no such field."""
    found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""
