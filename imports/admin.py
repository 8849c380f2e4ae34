"""For operators: look, do not touch. What changes an import are services."""

from __future__ import annotations

from django.contrib import admin

from clevertap_partners.core.admin import ReadOnlyAdmin
from imports.models import Import, ImportBatch, ImportRun, ImportUnit


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = (
        "nickname",
        "account",
        "partner",
        "kind",
        "frequency",
        "status",
        "next_run_at",
        "run_queued",
        "trouble_code",
    )
    list_filter = ("status", "frequency", "kind", "partner", "trouble_turn")
    search_fields = ("nickname", "account__name", "account__account_id", "trouble_code")
    list_select_related = ("account",)


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "trigger",
        "status",
        "generation",
        "rows_expected",
        "rows_read",
        "rows_failed",
        "attempts",
        "next_attempt_at",
        "trouble_code",
        "worker",
        "lease_until",
    )
    list_filter = ("status", "trigger", "via", "trouble_turn")
    list_select_related = ("parent",)
    search_fields = ("parent__nickname", "parent__account__account_id", "trouble_code")
    # For machines: where the partner keeps the result.
    exclude = ("result",)


@admin.register(ImportUnit)
class ImportUnitAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "is_tail", "status", "position", "attempts", "worker", "lease_until")
    list_filter = ("status", "is_tail")
    list_select_related = ("run__parent",)
    search_fields = ("run__parent__nickname",)
    # For machines: how the partner finds the stream.
    exclude = ("stream",)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "rows_imported",
        "rows_failed",
        "rows_known",
        "rows_set_aside",
        "failed_rows_kept",
    )
    list_select_related = ("unit__run__parent",)
    search_fields = ("unit__run__parent__nickname",)
    exclude = ("staged",)
