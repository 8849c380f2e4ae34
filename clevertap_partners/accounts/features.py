"""What an account may use: one place that decides, for the card, the URL and the job alike."""

from __future__ import annotations

import enum

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.marking import gettext_noop

_EXPORT_PLANS = {Account.Plan.ADVANCED, Account.Plan.CUTTING_EDGE, Account.Plan.ENTERPRISE}


class Feature(enum.Enum):
    """`value` names the feature in the words that the screen uses, in English."""

    GOOGLE_CLOUD_EXPORT = gettext_noop("Google Cloud export")
    BIGQUERY_IMPORT = gettext_noop("BigQuery import")

    def is_on(self, account: Account) -> bool:
        if self is Feature.GOOGLE_CLOUD_EXPORT:
            return account.plan in _EXPORT_PLANS or account.google_cloud_export_override
        return account.bigquery_import

    @property
    def missing_message(self) -> str:
        if self is Feature.GOOGLE_CLOUD_EXPORT:
            return gettext_noop(
                "Google Cloud export comes with the Advanced, Cutting Edge and Enterprise plans. "
                "Ask your account manager to switch it on for this account."
            )
        return gettext_noop(
            "BigQuery import is in private beta. "
            "Ask your customer success manager to switch it on for this account."
        )
