"""A dataset in the sandbox, and what is needed to read it."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from google.api_core.retry import Retry, if_exception_type

from clevertap_partners.core.errors import TransientError
from clevertap_partners.sandbox.client import PROJECT
from integrations.partners.bigquery.config import BigQueryConfig
from integrations.partners.bigquery.partner import endpoints
from integrations.partners.bigquery.warehouse import BigQueryWarehouse
from integrations.partners.google.keys import parse_key

QUICK = Retry(predicate=if_exception_type(TransientError), initial=0.01, maximum=0.05, timeout=5.0)


@pytest.fixture
def shop(bigquery):
    return bigquery.create_dataset("shop", location="EU")


@pytest.fixture
def importer(bigquery, shop):
    """A key with the roles of the setup guide."""
    return bigquery.create_account(datasets=[shop])


@pytest.fixture
def config_for():
    """The configuration that a key file of the sandbox makes."""

    def make(key_file, dataset="shop", project=PROJECT):
        return BigQueryConfig(
            project, dataset, parse_key(json.dumps(key_file), settings.GOOGLE_TOKEN_URLS)
        )

    return make


@pytest.fixture
def open_warehouse(bigquery, config_for):
    def make(key_file, **where):
        return BigQueryWarehouse(config_for(key_file, **where), endpoints(), retry=QUICK)

    return make


@pytest.fixture
def warehouse(open_warehouse, importer):
    return open_warehouse(importer)
