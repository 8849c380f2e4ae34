"""For operators: what is connected and how its tests went. Nothing secret, nothing to change here.

Connections are changed in the dashboard only: it tests a key first and stops what uses it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.admin import ReadOnlyAdmin, To, filter_by, linked
from integrations.models import Connection, CredentialTest
from integrations.partners.registry import all_partners


def partners() -> Iterable[tuple[str, str]]:
    return ((partner.key, partner.label) for partner in all_partners())


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Everything but `config`, which is not even read."""

    exclude = ("config",)
    list_display = (
        "nickname",
        linked("account", _("account")),
        "partner",
        "target",
        "client_email",
        "key_id",
        "last_tested_at",
        "last_test_ok",
        "failing_since",
        "created_by",
    )
    list_filter = (filter_by(_("partner"), "partner", partners), "last_test_ok")
    search_numbers = ("account",)
    search_fields = (
        "nickname", "target", "client_email", "key_id", "account__name", "created_by__email",
    )  # fmt: skip
    search_help_text = _("Nickname, bucket or dataset, account id or name, key id, e-mail.")
    list_select_related = ("account", "created_by")
    leads_to = (
        To(_("Exports"), "exports.Export", "connection"),
        To(_("Imports"), "imports.Import", "connection"),
        To(_("Tests"), "integrations.CredentialTest", "connection"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).defer("config")


@admin.register(CredentialTest)
class CredentialTestAdmin(ReadOnlyAdmin):
    exclude = ("config",)
    list_display = (
        "created_at",
        linked("account", _("account")),
        "partner",
        "purpose",
        "nickname",
        "target",
        "status",
        "worker",
        "lease_until",
    )
    list_filter = (filter_by(_("partner"), "partner", partners), "purpose", "status")
    search_numbers = ("account",)
    search_fields = ("nickname", "target", "account__name", "created_by__email")
    search_help_text = _("Nickname, bucket or dataset, account id or name, e-mail.")
    ordering = ("-pk",)
    readonly_fields = ("worker", "lease_until", "fence")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        found = super().get_queryset(request).select_related("account", "connection")
        return found.defer("config", "connection__config")
