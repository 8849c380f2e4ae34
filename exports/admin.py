"""For operators: look, do not touch. What changes an export are services."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from clevertap_partners.core.admin import ReadOnlyAdmin
from exports.models import Export, ExportFile, ExportRun, ExportUnit
from exports.services import export_retry


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ("request_id", "account", "bucket_nickname", "type", "format", "status")
    list_filter = ("status", "type", "format", "partner")
    search_fields = ("request_id", "account__name", "bucket_nickname")
    list_select_related = ("account",)
    actions = ("try_again",)

    @admin.action(description="Try again now what waits for its next attempt", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Export]) -> None:
        for export in queryset.select_related("account"):
            export_retry(export=export, actor=cast(User, request.user))
        self.message_user(request, "Tried again; stopped and finished exports stay as they are.")


@admin.register(ExportRun)
class ExportRunAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "status", "rows_counted", "attempts", "worker", "lease_until")
    list_filter = ("status",)
    search_fields = ("export__request_id",)
    # Every property of every event: for machines, and possibly megabytes.
    exclude = ("records",)


@admin.register(ExportUnit)
class ExportUnitAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "status", "rows_counted", "attempts", "worker", "lease_until")
    list_filter = ("status",)
    search_fields = ("run__export__request_id",)


@admin.register(ExportFile)
class ExportFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "rows", "bytes", "crc32c", "generation", "stored_at")
    search_fields = ("name",)
