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
from clevertap_partners.sandbox.client import (
    JOB_USER,
    OBJECT_CREATOR,
    PROJECT,
    READ_SESSION_USER,
    SandboxClient,
)


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
        project_roles: Sequence[str] = (),
        datasets: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The account's JSON key, as a person would download it."""
        created = self.console.create_account(
            name,
            buckets=buckets,
            role=role,
            project_id=project_id,
            project_roles=project_roles,
            datasets=datasets,
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

        from integrations.partners.google.credentials import KeyCredentials  # noqa: PLC0415

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


class BigQuery:
    """The BigQuery of a sandbox. `sandbox` is the rest of it: faults, clock, journal, console."""

    def __init__(self, sandbox: Sandbox, grpc_address: str) -> None:
        self.sandbox = sandbox
        self.grpc_address = grpc_address
        self._console = sandbox.console

    def create_dataset(self, name: str = "shop", *, location: str = "EU") -> str:
        """Returns the name."""
        self._console.create_dataset(name, location=location)
        return name

    def create_account(
        self,
        name: str = "importer",
        *,
        datasets: Sequence[str] = (),
        roles: Sequence[str] = (JOB_USER, READ_SESSION_USER),
    ) -> dict[str, Any]:
        """A JSON key with these roles on the project, which may view the data of the datasets."""
        ids = [f"{PROJECT}:{dataset}" for dataset in datasets]
        return self.sandbox.create_service_account(name, project_roles=roles, datasets=ids)

    def grant_project(self, key: dict[str, Any], *roles: str) -> None:
        """Set the roles, or single permissions, of an account on the project; none takes all."""
        self._console.grant_project(key["client_email"], roles)

    def grant_dataset(self, dataset: str, key: dict[str, Any], *roles: str) -> None:
        """The same on a dataset."""
        self._console.grant_dataset(dataset, key["client_email"], roles)

    def run_sql(self, sql: str, *, dataset: str = "shop") -> list[list[Any]]:
        """Run SQL as the owner; the rows it gives. Tables without a dataset are in `dataset`."""
        return list(self._console.run_sql(sql, dataset=dataset)["rows"])

    def tables(self, dataset: str = "shop") -> list[dict[str, Any]]:
        return self._console.tables(dataset)

    def drop_table(self, table: str, *, dataset: str = "shop") -> None:
        self._console.drop_table(dataset, table)

    def client(self, key: dict[str, Any]) -> Any:
        """The official client, signed in with a key. Its own retries last ten minutes: give calls
        `retry=None, timeout=…` where they should fail.
        """
        from google.cloud import bigquery  # noqa: PLC0415  (slow to import; few tests need it)

        return bigquery.Client(
            project=key["project_id"],
            credentials=_credentials(key),
            client_options={"api_endpoint": self.sandbox.url},
        )

    def read_client(self, key: dict[str, Any]) -> Any:
        """The official client of the Storage Read API, signed in with a key."""
        from google.cloud import bigquery_storage_v1 as storage  # noqa: PLC0415
        from google.cloud.bigquery_storage_v1.services.big_query_read import (  # noqa: PLC0415
            transports,
        )

        transport = transports.BigQueryReadGrpcTransport(channel=self.channel(key))
        return storage.BigQueryReadClient(transport=transport)

    def channel(self, key: dict[str, Any]) -> Any:
        """A channel to the Storage Read API that sends the key's token with each call."""
        import grpc  # noqa: PLC0415  (slow to import; few tests need it)
        from google.auth.transport.grpc import AuthMetadataPlugin  # noqa: PLC0415
        from google.auth.transport.requests import Request  # noqa: PLC0415

        plugin = AuthMetadataPlugin(_credentials(key), Request())
        return grpc.secure_channel(
            self.grpc_address,
            grpc.composite_channel_credentials(
                grpc.local_channel_credentials(), grpc.metadata_call_credentials(plugin)
            ),
            options=[("grpc.max_receive_message_length", -1)],
        )


def _credentials(key: dict[str, Any]) -> Any:
    from integrations.partners.google.credentials import KeyCredentials  # noqa: PLC0415

    return KeyCredentials.from_service_account_info(
        key, scopes=["https://www.googleapis.com/auth/bigquery"]
    )


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


@pytest.fixture(scope="session")
def bigquery(sandbox: Sandbox) -> Iterator[BigQuery]:
    """The sandbox's BigQuery, which starts when a test first asks for it."""
    from django.test.utils import override_settings  # noqa: PLC0415  (settings are not ready above)

    address = sandbox.console.start_bigquery()
    with override_settings(GOOGLE_BIGQUERY_STORAGE_ADDRESS=address):
        yield BigQuery(sandbox, address)


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
        "GOOGLE_BIGQUERY_URL": url,
        "GOOGLE_TOKEN_URLS": [settings.GOOGLE_TOKEN_URL, f"{url}/token"],
    }
