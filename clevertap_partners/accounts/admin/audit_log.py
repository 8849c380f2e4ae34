"""The audit log for operators."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import AuditEntry
from clevertap_partners.core.admin import ReadOnlyAdmin, linked


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """To read only: a log that can be edited proves nothing."""

    list_display = (
        "at", linked("account", _("account")), "actor", "via", "action", "subject", "ip_address",
    )  # fmt: skip
    list_filter = ("via", "at")
    list_select_related = ("account", "actor")
    # As `-at`, and indexed.
    ordering = ("-pk",)
    search_numbers = ("account",)
    search_fields = ("actor__username", "actor__email", "action", "subject")
    search_help_text = _("Account id, person, action, what it was done to.")
