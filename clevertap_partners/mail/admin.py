"""For operators: what went out, what waits and why."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clevertap_partners.core.admin import ReadOnlyAdmin, linked, made_of
from clevertap_partners.mail.models import Mail


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at", "key", linked("account", _("account")), "subject",
        made_of("state", pgettext_lazy("model", "state")), "attempts",
        "next_attempt_at", "sent_at", "given_up_at", "last_error", "worker",
    )  # fmt: skip
    # Of letters that were given up: those that reached nobody, or were taken back.
    list_filter = ("sent_at", "given_up_at")
    search_numbers = ("account",)
    search_fields = ("key", "subject", "recipients")
    search_help_text = _("Account id, subject, address of a recipient.")
    list_select_related = ("account",)
    ordering = ("-pk",)
    readonly_fields = ("worker", "lease_until", "fence")
    exclude = ("html",)
