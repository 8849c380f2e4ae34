"""Every partner, in the order of the screen: its key, and where its class is."""

from __future__ import annotations

import functools

from django.utils.module_loading import import_string

from integrations.partners.base import Partner

PARTNERS: dict[str, str] = {
    "google-cloud": "integrations.partners.gcs.partner.GoogleCloud",
    "bigquery": "integrations.partners.bigquery.partner.BigQuery",
}


@functools.cache
def get_partner(key: str) -> Partner:
    """The partner with this key. Raises KeyError for a key that is not registered."""
    partner: Partner = import_string(PARTNERS[key])()
    return partner


def all_partners() -> list[Partner]:
    return [get_partner(key) for key in PARTNERS]
