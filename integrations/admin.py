"""For operators: what is connected and how its tests went. Nothing secret, nothing to change here.

Connections are changed in the dashboard only: it tests a key first and stops what uses it.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from clevertap_partners.core.admin import ReadOnlyAdmin
from integrations.models import Connection, CredentialTest


class WithoutSecret(ReadOnlyAdmin):
    """Looks at everything but `config`, which is not even read."""

    exclude = ("config",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).defer("config")


@admin.register(Connection)
class ConnectionAdmin(WithoutSecret):
    list_display = (
        "nickname", "account", "partner", "target", "client_email", "key_id",
        "last_tested_at", "last_test_ok", "failing_since",
    )  # fmt: skip
    list_filter = ("partner", "last_test_ok")
    search_fields = ("nickname", "target", "client_email", "account__account_id")
    list_select_related = ("account",)


@admin.register(CredentialTest)
class CredentialTestAdmin(WithoutSecret):
    list_display = (
        "created_at", "account", "partner", "purpose", "nickname", "target", "status", "fence",
    )  # fmt: skip
    list_filter = ("partner", "purpose", "status")
    search_fields = ("nickname", "target", "account__account_id")
    list_select_related = ("account",)
