"""For operators: look, do not touch. What changes an export are services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from exports.models import Export, ExportFile, ExportRun, ExportUnit


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Rows that only the workers write."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ("request_id", "account", "bucket_nickname", "type", "format", "status")
    list_filter = ("status", "type", "format", "partner")
    search_fields = ("request_id", "account__name", "bucket_nickname")


@admin.register(ExportRun)
class ExportRunAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "status", "rows_counted", "attempts", "worker", "lease_until")
    list_filter = ("status",)
    search_fields = ("export__request_id",)


@admin.register(ExportUnit)
class ExportUnitAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "status", "rows_counted", "attempts", "worker", "lease_until")
    list_filter = ("status",)
    search_fields = ("run__export__request_id",)


@admin.register(ExportFile)
class ExportFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "rows", "bytes", "crc32c", "generation", "stored_at")
    search_fields = ("name",)
