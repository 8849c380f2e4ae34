"""For operators: look, do not touch. What changes an export are services."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from clevertap_partners.core.admin import ReadOnlyAdmin
from exports.models import Export, ExportFile, ExportRun, ExportUnit, Incident
from exports.services import STOPPED_BY_OPERATOR, export_retry, export_stop


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = (
        "request_id",
        "account",
        "bucket_nickname",
        "type",
        "frequency",
        "format",
        "status",
        "next_run_at",
        "trouble_code",
    )
    list_filter = ("status", "frequency", "type", "format", "partner", "trouble_turn")
    search_fields = ("request_id", "account__name", "bucket_nickname", "trouble_code")
    list_select_related = ("account",)
    actions = ("try_again", "stop")

    @admin.action(description="Try again now what waits for its next attempt", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Export]) -> None:
        for export in queryset.select_related("account"):
            export_retry(export=export, actor=cast(User, request.user))
        self.message_user(request, "Tried again; stopped and finished exports stay as they are.")

    @admin.action(description="Stop for good; what is in the bucket stays", permissions=["view"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Export]) -> None:
        actor = cast(User, request.user)
        stopped = [
            export_stop(export=export, actor=actor, reason=STOPPED_BY_OPERATOR)
            for export in queryset.select_related("account")
        ]
        self.message_user(
            request, f"{sum(stopped)} stopped; those that had ended stay as they are."
        )


@admin.register(ExportRun)
class ExportRunAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "window",
        "status",
        "since_version",
        "store_version",
        "rows_counted",
        "attempts",
        "next_attempt_at",
        "trouble_code",
        "worker",
        "lease_until",
    )
    list_filter = ("status", "trouble_turn")
    list_select_related = ("export",)
    search_fields = ("export__request_id", "run_timestamp", "trouble_code")
    # Every property of every event: for machines, and possibly megabytes.
    exclude = ("records",)


@admin.register(ExportUnit)
class ExportUnitAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "status", "rows_counted", "attempts", "worker", "lease_until")
    list_filter = ("status",)
    list_select_related = ("run__export",)
    search_fields = ("run__export__request_id",)


@admin.register(ExportFile)
class ExportFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "rows", "bytes", "crc32c", "generation", "stored_at")
    search_fields = ("name",)


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ("export", "code", "opened_at", "closed_at", "outcome")
    list_filter = ("outcome", "code")
    list_select_related = ("export",)
    search_fields = ("export__request_id", "code")
