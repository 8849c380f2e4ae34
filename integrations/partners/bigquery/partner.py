"""BigQuery: words and wiring. Google's libraries load on use, so that commands are quick."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

from clevertap_partners.accounts.features import Feature
from integrations.forms import ConnectionForm, ReplaceKeyForm
from integrations.partners.base import ImportPartner, Probe, Shown, Words
from integrations.partners.bigquery.config import BigQueryEndpoints, config_from_text
from integrations.partners.bigquery.forms import DatabaseForm, NewKeyForm

if TYPE_CHECKING:
    from integrations.warehouse import Warehouse


class BigQuery(ImportPartner):
    key = "bigquery"
    label = "BigQuery"
    short_label = "BigQuery"
    blurb = "Bring user profiles and events from your own BigQuery datasets."
    tags = ("Data import", "Data warehouse")
    feature = Feature.BIGQUERY_IMPORT
    can_try = True
    add_testid = "bigquery-add"
    testid = "bq"
    words = Words(
        drawer_title="BigQuery",
        add_label="Add Database",
        list_title="Your databases",
        nothing_connected="Imports come from a dataset of yours. It takes a service account key, "
        "the project and the dataset.",
        save_label="Save",
        thing="database",
        used_by="import",
        name_label="Connection name",
        target_label="Dataset",
        stays="The dataset {target} and the tables in it stay as they are.",
    )

    def form_class(self) -> type[ConnectionForm]:
        return DatabaseForm

    def replace_form_class(self) -> type[ReplaceKeyForm]:
        return NewKeyForm

    def show(self, config_text: str) -> Shown:
        config = config_from_text(config_text, endpoints())
        key = config.key
        return Shown(config.target, key.client_email, key.project_id, key.private_key_id)

    def probe(self, config_text: str) -> Probe:
        probe: Probe = import_string("integrations.partners.bigquery.checks.BigQueryProbe")(
            config_text, endpoints()
        )
        return probe

    def open_warehouse(self, config_text: str) -> Warehouse:
        return open_warehouse(config_text, endpoints())


@functools.lru_cache(maxsize=8)
def open_warehouse(config_text: str, addresses: BigQueryEndpoints) -> Warehouse:
    """A warehouse that the units of a run share: its key is read and its token fetched once."""
    config = config_from_text(config_text, addresses)
    warehouse: Warehouse = import_string(
        "integrations.partners.bigquery.warehouse.BigQueryWarehouse"
    )(config, addresses)
    return warehouse


def endpoints() -> BigQueryEndpoints:
    return BigQueryEndpoints(
        tuple(settings.GOOGLE_TOKEN_URLS),
        settings.GOOGLE_BIGQUERY_URL,
        settings.GOOGLE_BIGQUERY_STORAGE_ADDRESS,
        not settings.SANDBOX,
    )
