"""Accounts for operators: plans, members, and the audit log to read."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from clevertap_partners.accounts.models import Account, AuditEntry, Membership
from clevertap_partners.core.admin import ReadOnlyAdmin

admin.site.site_header = "Partners · operator admin"
admin.site.site_title = "Partners admin"
admin.site.index_title = "Accounts, connections, exports"


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)
    readonly_fields = ("last_visited_at",)


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    list_display = (
        "account_id",
        "name",
        "plan",
        "region",
        "time_zone",
        "google_cloud_export_override",
        "bigquery_import",
        "created_at",
    )
    list_filter = ("plan", "region", "google_cloud_export_override", "bigquery_import")
    search_fields = ("account_id", "name")
    inlines = (MembershipInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        if obj is None:
            return ["created_at"]
        # The number is in every address and file name; days are cut by the time zone.
        fixed = ["account_id", "created_at"]
        return [*fixed, "time_zone"] if obj.event_types.exists() else fixed


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    list_display = ("user", "account", "role", "last_visited_at", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "account")
    search_fields = ("user__username", "user__email", "account__account_id", "account__name")
    autocomplete_fields = ("user", "account")
    readonly_fields = ("last_visited_at", "created_at", "updated_at")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """To read only: a log that can be edited proves nothing."""

    list_display = ("at", "account", "actor", "action", "subject", "ip_address")
    list_filter = ("action", "at")
    list_select_related = ("account", "actor")
    search_fields = ("account__account_id", "actor__username", "action", "subject")
    date_hierarchy = "at"
