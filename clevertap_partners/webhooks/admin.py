"""For operators: which webhooks there are and how their deliveries go. Nothing secret."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clevertap_partners.core.admin import ReadOnlyAdmin, To, linked, made_of
from clevertap_partners.webhooks.models import Delivery, Endpoint


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    # The address may hold a secret of the receiver's; its host is enough to help.
    exclude = ("secret", "url")
    list_display = (
        "__str__", linked("account", _("account")),
        made_of("host", pgettext_lazy("model", "host")), "enabled", "failing_since", "failures",
        "paused_at", "last_delivered_at",
    )  # fmt: skip
    list_filter = ("enabled",)
    search_numbers = ("account",)
    search_fields = ("name", "account__name")
    list_select_related = ("account",)
    leads_to = (To(_("Deliveries"), "webhooks.Delivery", "endpoint"),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).defer("secret")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at", linked("endpoint", _("endpoint")), "kind", "subject",
        made_of("state", pgettext_lazy("model", "state")), "attempts",
        "status_code", "next_attempt_at", "worker", "lease_until",
    )  # fmt: skip
    list_filter = ("kind",)
    search_numbers = ("endpoint__account",)
    search_fields = ("subject",)
    search_help_text = _("Request id, account id.")
    readonly_fields = ("worker", "lease_until", "fence")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).select_related("endpoint").defer("endpoint__secret")
