from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from clevertap_partners.core import health

NOWHERE = "127.0.0.1:9"
pytestmark = pytest.mark.django_db


@pytest.fixture
def settings_of_a_lone_web(settings: Any, tmp_path: Path) -> Any:
    """Nothing answers but the web process, the database and the disk."""
    settings.REDIS_URL = f"redis://{NOWHERE}/0"
    settings.SANDBOX_URL = f"http://{NOWHERE}"
    settings.LAKE_URL = str(tmp_path / "lake")
    return settings


@pytest.mark.services
def test_it_is_well_when_every_part_answers(
    client: Client, settings: Any, valkey: str, sandbox: Any, tmp_path: Path
) -> None:
    settings.REDIS_URL = valkey
    settings.LAKE_URL = str(tmp_path)
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": dict.fromkeys(("web", "database", "queue", "lake", "sandbox"), "ok"),
    }


def test_it_names_the_parts_that_fail_and_nothing_else(
    client: Client, settings_of_a_lone_web: Any
) -> None:
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "failing",
        "checks": {
            "web": "ok",
            "database": "ok",
            "queue": "failing",
            "lake": "ok",
            "sandbox": "failing",
        },
    }
    assert NOWHERE.encode() not in response.content


def test_a_database_that_fails_is_told_without_its_words(
    settings_of_a_lone_web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DatabaseError("password is hunter2")

    monkeypatch.setattr(health, "ask_database", fail)
    assert health.health_report()["database"] == "failing"


def test_without_a_sandbox_it_does_not_ask_for_one(settings_of_a_lone_web: Any) -> None:
    settings_of_a_lone_web.SANDBOX = False
    assert "sandbox" not in health.health_report()


def test_a_lake_that_is_a_file_fails(settings_of_a_lone_web: Any, tmp_path: Path) -> None:
    (tmp_path / "lake").touch()
    assert health.health_report()["lake"] == "failing"


def test_a_lake_that_may_not_be_read_fails(
    settings_of_a_lone_web: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    assert health.health_report()["lake"] == "ok"
    # The system's answer rather than a mode: root, who may run the tests, may read everything.
    monkeypatch.setattr("os.access", lambda path, needed: path != lake or not needed & os.R_OK)
    assert health.health_report()["lake"] == "failing"


def test_it_may_not_be_cached(client: Client, settings_of_a_lone_web: Any) -> None:
    assert "no-store" in client.get("/healthz").headers["Cache-Control"]


def test_the_metrics_are_there(client: Client) -> None:
    assert b"django_http_requests" in client.get("/metrics").content
