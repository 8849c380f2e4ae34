"""For operators: look, do not touch. What changes an export are services."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clevertap_partners.accounts.access import ip_of
from clevertap_partners.core.admin import (
    ReadOnlyAdmin,
    To,
    TroubleFilter,
    asks_first,
    filter_by,
    linked,
)
from clevertap_partners.core.templatetags.ui import number
from exports.models import Export, ExportFile, ExportRun, ExportUnit, Incident
from exports.pipeline.encode import FORMATS
from exports.services import STOPPED_BY_OPERATOR, export_retry, export_stop

# In the names of files: an epoch second, as request ids are.
LONG_NUMBER = re.compile(r"\d{9,18}")


def formats() -> Iterable[tuple[str, str]]:
    return ((key, key.upper()) for key in FORMATS)


class WithConnection(ReadOnlyAdmin):
    """Shows the connection, but reads nothing of its secret."""

    list_select_related: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        needed = {"connection", *self.list_select_related}
        found = super().get_queryset(request).select_related(*sorted(needed))
        return found.defer("connection__config")


@admin.register(Export)
class ExportAdmin(WithConnection):
    list_display = (
        "request_id",
        linked("account", _("account")),
        linked("connection", _("connection")),
        "type",
        "frequency",
        "format",
        "status",
        "next_run_at",
        "trouble_code",
        "created_by",
    )
    list_filter = (
        "status",
        TroubleFilter,
        filter_by(_("type"), "type", lambda: Export.Type.choices),
        filter_by(_("frequency"), "frequency", lambda: Export.Frequency.choices),
        filter_by(_("format"), "format", formats),
    )
    search_numbers = ("request_id", "account")
    search_fields = (
        "account__name",
        "bucket_nickname",
        "bucket_name",
        "trouble_code",
        "connection__client_email",
        "created_by__username",
        "created_by__email",
    )
    search_help_text = _(
        "Request id, account id or name, bucket or its nickname, e-mail, code of a trouble. "
        "Names of files: see Export files."
    )
    list_select_related = ("account", "connection", "created_by")
    leads_to = (
        To(_("Runs"), "exports.ExportRun", "export"),
        To(_("Files"), "exports.ExportFile", "run__export"),
        To(_("Incidents"), "exports.Incident", "export"),
    )
    actions = ("try_again", "stop")

    @admin.action(description=_("Try again now"), permissions=["operate"])
    @asks_first(
        title=_("Try again now?"),
        effect=_(
            "What waits for its next attempt is tried at once, by the next free worker. "
            "Exports that are stopped or done stay as they are."
        ),
        ok=_("Yes, try again"),
    )
    def try_again(self, request: HttpRequest, queryset: QuerySet[Export]) -> None:
        actor, ip = cast(User, request.user), ip_of(request)
        tried = [
            export_retry(export=export, actor=actor, ip=ip)
            for export in queryset.select_related("account")
        ]
        text = ngettext(
            "{count} tried again; stopped and finished exports stay as they are.",
            "{count} tried again; stopped and finished exports stay as they are.",
            sum(tried),
        )
        self.message_user(request, text.format(count=number(sum(tried))))

    @admin.action(description=_("Stop for good"), permissions=["operate"])
    @asks_first(
        title=_("Stop for good?"),
        effect=_(
            "These exports never run again; the customer sees that the operator stopped them. "
            "Files that are in the bucket stay there. It cannot be taken back."
        ),
        ok=_("Yes, stop for good"),
    )
    def stop(self, request: HttpRequest, queryset: QuerySet[Export]) -> None:
        actor, ip = cast(User, request.user), ip_of(request)
        stopped = [
            export_stop(export=export, actor=actor, ip=ip, reason=STOPPED_BY_OPERATOR)
            for export in queryset.select_related("account")
        ]
        text = ngettext(
            "{count} stopped; those that had ended stay as they are.",
            "{count} stopped; those that had ended stay as they are.",
            sum(stopped),
        )
        self.message_user(request, text.format(count=number(sum(stopped))))


@admin.register(ExportRun)
class ExportRunAdmin(WithConnection):
    list_display = (
        "__str__",
        linked("export", _("export")),
        linked("export__account", _("account")),
        "window",
        "status",
        "rows_counted",
        "attempts",
        "next_attempt_at",
        "trouble_code",
        "worker",
        "lease_until",
    )
    list_filter = ("status", TroubleFilter)
    list_select_related = ("export__account",)
    ordering = ("-pk",)
    search_numbers = ("export__request_id", "run_timestamp", "export__account")
    search_fields = ("trouble_code", "worker", "export__bucket_nickname")
    search_help_text = _("Request id, run timestamp, account id, worker, code of a trouble.")
    readonly_fields = ("worker", "lease_until", "fence")
    led_by = ("export__account",)
    leads_to = (
        To(_("Units"), "exports.ExportUnit", "run"),
        To(_("Files"), "exports.ExportFile", "run"),
    )
    # Every property of every event: for machines, and possibly megabytes.
    exclude = ("records", "slugs")


@admin.register(ExportUnit)
class ExportUnitAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        linked("run", _("run")),
        linked("run__export", _("export")),
        "status",
        "rows_counted",
        "attempts",
        "next_attempt_at",
        "worker",
        "lease_until",
    )
    list_filter = ("status",)
    list_select_related = ("run__export",)
    ordering = ("-pk",)
    search_numbers = ("run__export__request_id", "run__run_timestamp")
    search_fields = ("worker",)
    search_help_text = _("Request id, run timestamp, worker.")
    readonly_fields = ("worker", "lease_until", "fence")
    leads_to = (To(_("Files"), "exports.ExportFile", "unit"),)


@admin.register(ExportFile)
class ExportFileAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        linked("run__export", _("export")),
        linked("run", _("run")),
        "rows",
        "bytes",
        "crc32c",
        "generation",
        "stored_at",
    )
    list_select_related = ("run__export",)
    ordering = ("-pk",)
    search_numbers = ("run__export__request_id", "run__run_timestamp", "run__export__account")
    search_fields = ("name",)
    search_help_text = _("Name of a file or its beginning, request id, run timestamp, account id.")
    led_by = ("run__export",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Names hold the request id: by that, a million files need not be looked through."""
        numbers = [int(number) for number in LONG_NUMBER.findall(search_term)]
        named = queryset.filter(run__export__request_id__in=numbers)
        if numbers and not search_term.strip().isdecimal() and named.exists():
            queryset = named
        return super().get_search_results(request, queryset, search_term)


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = (
        "opened_at",
        linked("export", _("export")),
        linked("export__account", _("account")),
        "code",
        "closed_at",
        "outcome",
    )
    list_filter = ("outcome",)
    list_select_related = ("export__account",)
    search_numbers = ("export__request_id", "export__account")
    search_fields = ("code",)
    search_help_text = _("Request id, account id, code.")
