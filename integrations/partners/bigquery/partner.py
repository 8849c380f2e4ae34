"""BigQuery: words and wiring. Google's libraries load on use, so that commands are quick."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

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
    blurb = _("Bring user profiles and events from your own BigQuery datasets.")
    tags = (_("Data import"), _("Data warehouse"))
    feature = Feature.BIGQUERY_IMPORT
    can_try = True
    add_testid = "bigquery-add"
    testid = "bq"
    words = Words(
        drawer_title="BigQuery",
        add_label=_("Add Database"),
        list_title=_("Your databases"),
        nothing_connected=_(
            "Imports come from a dataset of yours. It takes a service account key, the project "
            "and the dataset."
        ),
        save_label=_("Save"),
        new_label=_("New database"),
        back_label=_("Back to your databases"),
        name_label=_("Connection name"),
        target_label=_("Dataset"),
        works=_("Everything that an import needs works."),
        rename_hint=_("Imports that use this database go on; they show the new name."),
        renamed=_("The database is now called {nickname}."),
        tested_first=_(
            "The new key is tested on the database {target} first. Until it has passed, the "
            "present key of {client_email} stays in use."
        ),
        stays=_("The dataset {target} and the tables in it stay as they are."),
        stops=_("Deleting stops these imports. A stopped import never runs again."),
        users_title=_("Imports that use it"),
        unused=_("No import uses it."),
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
