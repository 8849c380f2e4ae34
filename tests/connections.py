"""Saved connections to buckets of the sandbox."""

from __future__ import annotations

import json
from typing import Any

from clevertap_partners.accounts.models import Account
from integrations.models import Connection
from integrations.partners.bigquery.config import BigQueryConfig
from integrations.partners.gcs.forms import config_text
from integrations.partners.google.keys import parse_key
from integrations.services import Draft, connection_save

CREATE_ONLY = "roles/storage.objectCreator"
CREATE_AND_READ = "roles/storage.objectAdmin"


def connect(
    account: Account, key: dict[str, Any], bucket: str, *, nickname: str = "Warehouse"
) -> Connection:
    """Save a connection without the form, as after a test that passed."""
    parsed = parse_key(json.dumps(key), [key["token_uri"]])
    draft = Draft(account, "google-cloud", nickname, config_text(bucket, parsed))
    return connection_save(draft=draft, actor=None)


def connect_dataset(
    account: Account, key: dict[str, Any], dataset: str, *, nickname: str = "Shop"
) -> Connection:
    """The same for a dataset of BigQuery."""
    parsed = parse_key(json.dumps(key), [key["token_uri"]])
    config = BigQueryConfig(key["project_id"], dataset, parsed)
    return connection_save(draft=Draft(account, "bigquery", nickname, config.as_text()), actor=None)
