"""The event catalogue for operators, to read only: the lake is where it comes from."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from clevertap_partners.core.admin import ReadOnlyAdmin, To, asks_first, linked
from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.translated import translated
from clevertap_partners.eventstore.models import (
    EventDay,
    EventProperty,
    EventType,
    LakeState,
    LakeUpkeep,
)
from clevertap_partners.eventstore.upkeep import upkeep_request


@admin.register(EventType)
class EventTypeAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        linked("account", gettext_lazy("account")),
        "is_system",
        "first_day",
        "last_day",
        "updated_at",
    )
    list_filter = ("is_system", "last_day")
    list_select_related = ("account",)
    search_numbers = ("account",)
    search_fields = ("name", "account__name")
    leads_to = (
        To(gettext_lazy("Properties"), "eventstore.EventProperty", "event_type"),
        To(gettext_lazy("Days"), "eventstore.EventDay", "event_type"),
    )


@admin.register(EventProperty)
class EventPropertyAdmin(ReadOnlyAdmin):
    list_display = ("name", linked("event_type", gettext_lazy("event")), "scope", "kinds")
    list_filter = ("scope",)
    list_select_related = ("event_type",)
    search_numbers = ("event_type__account",)
    search_fields = ("name", "event_type__name")
    ordering = ("-pk",)


@admin.register(EventDay)
class EventDayAdmin(ReadOnlyAdmin):
    list_display = ("day", linked("event_type", gettext_lazy("event")), "rows", "bytes")
    list_select_related = ("event_type",)
    search_numbers = ("event_type__account",)
    search_fields = ("event_type__name",)
    date_hierarchy = "day"


@admin.register(LakeState)
class LakeStateAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        linked("account", gettext_lazy("account")),
        "version",
        "ahead",
        "rows",
        "updated_at",
    )
    list_select_related = ("account",)
    search_numbers = ("account",)
    search_fields = ("account__name",)
    actions = ("rebuild",)

    @admin.action(
        description=gettext_lazy("Rebuild the catalogue from the lake"), permissions=["operate"]
    )
    @asks_first(
        title=gettext_lazy("Rebuild the catalogue?"),
        effect=gettext_lazy(
            "The events, their properties and their counts are made anew from the lake while you "
            "wait; with much data that takes minutes. Nothing in the lake changes."
        ),
        ok=gettext_lazy("Yes, rebuild"),
    )
    def rebuild(self, request: HttpRequest, queryset: QuerySet[LakeState]) -> None:
        # Here, not above: the admin is loaded by every command, and this loads DuckDB and Arrow.
        from clevertap_partners.eventstore.catalogue import (  # noqa: PLC0415
            catalogue_rebuild,
        )

        for state in queryset.select_related("account"):
            try:
                catalogue_rebuild(account=state.account)
            except PartnersError as error:
                text = f"{state.account}: {translated(error.message)}"
                self.message_user(request, text, messages.ERROR)
            else:
                text = gettext("{account}: the catalogue is rebuilt.")
                self.message_user(request, text.format(account=state.account))


@admin.register(LakeUpkeep)
class LakeUpkeepAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        linked("account", gettext_lazy("account")),
        "next_at",
        "vacuumed_at",
        "files_compacted",
        "files_deleted",
        "freed_bytes",
        "error",
        "worker",
        "lease_until",
    )
    list_select_related = ("account",)
    search_numbers = ("account",)
    search_fields = ("account__name",)
    actions = ("run_now",)

    @admin.action(description=gettext_lazy("Run upkeep now"), permissions=["operate"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[LakeUpkeep]) -> None:
        for upkeep in queryset.select_related("account"):
            upkeep_request(account=upkeep.account)
            text = gettext("{account}: begins when a worker is free.")
            self.message_user(request, text.format(account=upkeep.account))
