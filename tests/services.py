"""Real servers for tests: Valkey, and the sandbox (gateway and fake-gcs-server).

Each starts when a test first asks for it, once for every test process, and ends with it. A test
that asks for `sandbox` begins with an empty one. Settings point at it while the tests run.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from clevertap_partners.sandbox import processes
from clevertap_partners.sandbox.client import OBJECT_CREATOR, SandboxClient


class Sandbox:
    """What tests do with the stand-in for Google. `console` has everything else."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.console = SandboxClient(url)

    def create_service_account(
        self,
        name: str = "exporter",
        *,
        buckets: Sequence[str] = (),
        role: str = OBJECT_CREATOR,
        project_id: str = "",
    ) -> dict[str, Any]:
        """The account's JSON key, as a person would download it."""
        created = self.console.create_account(
            name, buckets=buckets, role=role, project_id=project_id
        )
        return dict(created["key"])

    def create_bucket(self, name: str = "exports", **options: Any) -> str:
        """Options as of SandboxClient.create_bucket. Returns the name."""
        self.console.create_bucket(name, **options)
        return name

    def grant(self, bucket: str, email: str, *roles: str) -> None:
        """Set the roles, or single permissions, of an account on a bucket."""
        self.console.grant(bucket, email, roles)

    def objects(self, bucket: str, *, prefix: str = "", search: str = "") -> list[dict[str, Any]]:
        """Every object's resource as Google gives it, by name."""
        found: list[dict[str, Any]] = []
        total = 1
        while len(found) < total:
            page = len(found) // 1000 + 1
            answer = self.console.objects(
                bucket, prefix=prefix, search=search, page=page, per_page=1000
            )
            found += answer["objects"]
            total = answer["total"]
        return found

    def names(self, bucket: str) -> list[str]:
        return [one["name"] for one in self.objects(bucket)]

    def read(self, bucket: str, name: str) -> bytes:
        with self.console.download(bucket, name) as content:
            return content.read()

    def put(self, bucket: str, name: str, content: bytes, key: dict[str, Any]) -> Any:
        """Create an object through the official client; returns its blob."""
        blob = self.client(key).bucket(bucket).blob(name)
        blob.upload_from_file(io.BytesIO(content), size=len(content), if_generation_match=0)
        return blob

    def client(self, key: dict[str, Any]) -> Any:
        """The official storage client, signed in with a key."""
        from google.cloud import storage  # noqa: PLC0415  (slow to import; few tests need it)

        from integrations.partners.gcs.client import KeyCredentials  # noqa: PLC0415

        return storage.Client(
            project=key["project_id"],
            credentials=KeyCredentials.from_service_account_info(key),
            client_options={"api_endpoint": self.url},
        )

    def add_fault(self, **rule: Any) -> str:
        """A scripted fault, fields as in gateway/faults.py; its id."""
        return self.console.add_fault(**rule)

    def operations(self) -> list[str]:
        """What was called, in order, such as ["token", "insert"]."""
        return [entry["operation"] for entry in self.console.journal()]

    def permissions(self) -> set[str]:
        """Every permission that any call needed."""
        return {one for entry in self.console.journal() for one in entry["permissions"]}

    def reset(self) -> None:
        self.console.reset()


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a Valkey server, empty at first."""
    with tempfile.TemporaryDirectory(prefix="partners-valkey-") as folder:
        service = processes.start_valkey(folder=Path(folder))
        with processes.stopping(service):
            yield service.url


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    from django.test.utils import override_settings  # noqa: PLC0415  (settings are not ready above)

    with tempfile.TemporaryDirectory(prefix="partners-sandbox-") as folder:
        service = processes.start_sandbox(folder=Path(folder))
        with processes.stopping(service), override_settings(**settings_for(service.url)):
            yield Sandbox(service.url)


@pytest.fixture(autouse=True)
def _empty_sandbox(request: pytest.FixtureRequest) -> None:
    """Before every test that uses the sandbox, so that a failed test leaves its traces to see."""
    if "sandbox" in request.fixturenames:
        request.getfixturevalue("sandbox").reset()


def settings_for(url: str) -> dict[str, Any]:
    from django.conf import settings  # noqa: PLC0415  (settings are not ready above)

    return {
        "SANDBOX_URL": url,
        "GOOGLE_STORAGE_URL": url,
        "GOOGLE_TOKEN_URLS": [settings.GOOGLE_TOKEN_URL, f"{url}/token"],
    }
