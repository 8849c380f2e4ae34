"""For operators: look, do not touch. What changes an import are services."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.access import ip_of
from clevertap_partners.core.admin import ReadOnlyAdmin, To, TroubleFilter, asks_first, linked
from imports.models import Import, ImportBatch, ImportRun, ImportUnit
from imports.services import import_pause, import_retry, import_stop

STOPPED_BY_OPERATOR = gettext_noop("The operator of this dashboard stopped this import.")


class WithConnection(ReadOnlyAdmin):
    """Shows the connection, but reads nothing of its secret."""

    list_select_related: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        needed = {"connection", *self.list_select_related}
        found = super().get_queryset(request).select_related(*sorted(needed))
        return found.defer("connection__config")


@admin.register(Import)
class ImportAdmin(WithConnection):
    list_display = (
        "nickname",
        linked("account", _("account")),
        linked("connection", _("connection")),
        "kind",
        "frequency",
        "status",
        "next_run_at",
        "run_queued",
        "trouble_code",
        "created_by",
    )
    list_filter = ("status", TroubleFilter, "frequency", "kind")
    search_numbers = ("account", "pk")
    search_fields = (
        "nickname",
        "account__name",
        "connection_name",
        "connection__client_email",
        "table",
        "trouble_code",
        "created_by__username",
        "created_by__email",
    )
    search_help_text = _(
        "Nickname, account id or name, connection, table, e-mail, code of a trouble."
    )
    list_select_related = ("account", "connection", "created_by")
    leads_to = (To(_("Runs"), "imports.ImportRun", "parent"),)
    actions = ("try_again", "pause", "stop")

    @admin.action(description=_("Try again now"), permissions=["operate"])
    @asks_first(
        title=_("Try again now?"),
        effect=_(
            "What waits for its next attempt is tried at once, by the next free worker. "
            "Imports of which no run is under way stay as they are."
        ),
        ok=_("Yes, try again"),
    )
    def try_again(self, request: HttpRequest, queryset: QuerySet[Import]) -> None:
        actor, ip = cast(User, request.user), ip_of(request)
        tried = [import_retry(item=item, actor=actor, ip=ip) for item in with_account(queryset)]
        text = gettext("{count} tried again; the others had nothing under way.")
        self.message_user(request, text.format(count=sum(tried)))

    @admin.action(description=_("Pause"), permissions=["operate"])
    @asks_first(
        title=_("Pause?"),
        effect=_(
            "No further run of these imports begins until somebody resumes them; one under way "
            "comes to its end. The customer can resume them."
        ),
        ok=_("Yes, pause"),
    )
    def pause(self, request: HttpRequest, queryset: QuerySet[Import]) -> None:
        actor, ip = cast(User, request.user), ip_of(request)
        paused = [import_pause(item=item, actor=actor, ip=ip) for item in with_account(queryset)]
        text = gettext("{count} paused; the others were not active.")
        self.message_user(request, text.format(count=sum(paused)))

    @admin.action(description=_("Stop for good"), permissions=["operate"])
    @asks_first(
        title=_("Stop for good?"),
        effect=_(
            "These imports never run again, and nothing of a run under way lands. What was "
            "imported stays. The customer sees that the operator stopped them. It cannot be taken "
            "back."
        ),
        ok=_("Yes, stop for good"),
    )
    def stop(self, request: HttpRequest, queryset: QuerySet[Import]) -> None:
        actor, ip = cast(User, request.user), ip_of(request)
        stopped = [
            import_stop(item=item, actor=actor, ip=ip, reason=STOPPED_BY_OPERATOR)
            for item in with_account(queryset)
        ]
        text = gettext("{count} stopped; drafts, and what had ended, stay as they are.")
        self.message_user(request, text.format(count=sum(stopped)))


def with_account(queryset: QuerySet[Import]) -> QuerySet[Import]:
    return queryset.select_related("account")


@admin.register(ImportRun)
class ImportRunAdmin(WithConnection):
    list_display = (
        "__str__",
        linked("parent", _("import")),
        linked("parent__account", _("account")),
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
    list_filter = ("status", "trigger", TroubleFilter)
    list_select_related = ("parent__account",)
    ordering = ("-pk",)
    search_numbers = ("parent__account", "pk")
    search_fields = ("parent__nickname", "trouble_code", "worker")
    search_help_text = _("Nickname of the import, account id, worker, code of a trouble.")
    readonly_fields = ("worker", "lease_until", "fence")
    led_by = ("parent__account",)
    leads_to = (To(_("Units"), "imports.ImportUnit", "run"),)
    # For machines: where the partner keeps the result.
    exclude = ("result",)


@admin.register(ImportUnit)
class ImportUnitAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        linked("run", _("run")),
        "is_tail",
        "status",
        "position",
        "attempts",
        "next_attempt_at",
        "worker",
        "lease_until",
    )
    list_filter = ("status", "is_tail")
    list_select_related = ("run__parent",)
    ordering = ("-pk",)
    search_numbers = ("run",)
    search_fields = ("run__parent__nickname", "worker")
    search_help_text = _("Nickname of the import, worker.")
    readonly_fields = ("worker", "lease_until", "fence")
    leads_to = (To(_("Groups of rows"), "imports.ImportBatch", "unit"),)
    # For machines: how the partner finds the stream.
    exclude = ("stream",)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        linked("unit", _("unit")),
        "rows_imported",
        "rows_failed",
        "rows_known",
        "rows_set_aside",
        "failed_rows_kept",
    )
    list_select_related = ("unit__run__parent",)
    ordering = ("-pk",)
    search_fields = ("unit__run__parent__nickname",)
    exclude = ("staged", "survey")
