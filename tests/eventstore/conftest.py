"""A lake of its own for every test of the event store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.lake import events_uri

Load = Callable[..., str]


@pytest.fixture(autouse=True)
def lake_url(tmp_path: Path, settings: Any) -> str:
    settings.LAKE_URL = str(tmp_path / "lake")
    return settings.LAKE_URL


@pytest.fixture
def events_table(account: Account) -> str:
    return events_uri(account.pk)


@pytest.fixture
def upload_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes records, or lines as they are, to an NDJSON file."""

    def write(*records: dict[str, Any] | str, name: str = "upload.ndjson") -> Path:
        path = tmp_path / name
        lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
        path.write_text("".join(line + "\n" for line in lines))
        return path

    return write


@pytest.fixture
def load(account: Account, capsys: pytest.CaptureFixture[str]) -> Load:
    """Runs load_events and returns what it said."""

    def run(path: Path, *options: str) -> str:
        call_command("load_events", str(path), "--account", str(account.pk), *options)
        said = capsys.readouterr()
        return said.out + said.err

    return run
