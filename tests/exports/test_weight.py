"""What the list of exports costs a browser that has never been here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client

from clevertap_partners.accounts.models import Account
from tests.states import connection_for_screens, export_for_screens

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/exports/"
MOST_BYTES = 150_000


def test_the_first_look_at_a_full_page_of_exports_weighs_less_than_150_kb(
    account: Account, member: User, member_client: Client
) -> None:
    """Static files count as they are here; production compresses them, too."""
    connection = connection_for_screens(account)
    for _ in range(20):
        export_for_screens(connection, member)
    sent = member_client.get(URL, headers={"accept-encoding": "gzip"})
    assert sent.headers["Content-Encoding"] == "gzip"
    files = set(
        re.findall(r'(?:href|src)="/static/([^"]+)"', member_client.get(URL).content.decode())
    )
    assert len(files) > 10
    weight = len(sent.content) + sum(_size(name) for name in files)
    assert weight < MOST_BYTES, f"{weight} bytes"


def _size(name: str) -> int:
    found = finders.find(name)
    assert isinstance(found, str), name
    return Path(found).stat().st_size
