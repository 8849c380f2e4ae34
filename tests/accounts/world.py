"""An account with something of everything, for tests that go over all services."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Account
from clevertap_partners.webhooks import services as webhooks
from clevertap_partners.webhooks.models import Endpoint
from exports.models import Export
from exports.spec import ExportSpec
from imports import drafts
from imports.models import Import
from integrations import services as integrations
from integrations.models import Connection
from integrations.partners.gcs.forms import config_text
from integrations.partners.google.keys import parse_key
from tests.imports.factories import make_connection, make_import
from tests.states import recurring_for_screens

PATH_SECRET = "p4th-s3cret"
ADDRESS = f"https://hooks.example.com/{PATH_SECRET}"
SPEC = webhooks.EndpointSpec("Pager", ADDRESS, ("end",))


@functools.cache
def private_key(number: int) -> str:
    """Another one for each number; they are dear to make."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


class World:
    """An account with something of everything. `secrets` must not be in any entry."""

    def __init__(self, account: Account, person: User) -> None:
        self.account, self.person = account, person
        self.secrets = [PATH_SECRET]
        self.by: dict[str, Any] = {"actor": person, "ip": "192.0.2.7"}

    def config(self) -> str:
        pem = private_key(len(self.secrets))
        self.secrets.append(pem.splitlines()[1])
        values = {
            "type": "service_account",
            "project_id": "demo-project",
            "private_key_id": f"key-{len(self.secrets)}",
            "private_key": pem,
            "client_email": "exporter@demo-project.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": settings.GOOGLE_TOKEN_URL,
            "universe_domain": "googleapis.com",
        }
        return config_text(
            "shop-exports", parse_key(json.dumps(values), settings.GOOGLE_TOKEN_URLS)
        )

    def draft(self) -> integrations.Draft:
        return integrations.Draft(self.account, "google-cloud", "Warehouse", self.config())

    def connection(self) -> Connection:
        return integrations.connection_save(draft=self.draft(), actor=None)

    def endpoint(self) -> Endpoint:
        found, secret = webhooks.endpoint_create(account=self.account, spec=SPEC, **self.by)
        self.secrets.append(secret)
        return found

    def export(self) -> Export:
        return recurring_for_screens(self.connection(), self.person)

    def spec(self, export: Export, **changes: Any) -> ExportSpec:
        spec = ExportSpec(
            connection_id=export.connection_id or 0,
            type=export.type,
            frequency=export.frequency,
            range_kind="",
            first_day=export.first_day,
            last_day=None,
            format=export.format,
            interval_hours=export.interval_hours,
            starts_at=export.starts_at,
        )
        return dataclasses.replace(spec, **changes)

    def import_(self, **changes: Any) -> Import:
        return make_import(make_connection(self.account), nickname="Orders", **changes)

    def import_draft(self) -> Import:
        values = {
            "nickname": "People",
            "connection": make_connection(self.account),
            "frequency": "manual",
            "schedule": {"when": "later"},
        }
        return drafts.draft_create(account=self.account, values=values, **self.by)
