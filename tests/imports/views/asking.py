"""What a page of the wizard does by itself, at every change of its form."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client


def check(client: Client, url: str, sent: dict[str, Any]) -> str:
    """Ask as the page would that is open now; what it answers."""
    return check_of(client, url, sent, seen=seen_on(client, url))


def check_of(client: Client, url: str, sent: dict[str, Any], *, seen: str) -> str:
    answer = client.post(url, {**sent, "check": "1", "seen": seen}, headers={"HX-Request": "true"})
    return answer.content.decode()


def seen_on(client: Client, url: str) -> str:
    """What the page names as that which it was filled in from."""
    found = re.search(r'name="seen" id="seen" value="([^"]*)"', client.get(url).content.decode())
    assert found
    return found[1]
