"""Accounts for operators: plans, features and members."""

from __future__ import annotations

import copy
from typing import Any, cast

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts import usage
from clevertap_partners.accounts.access import ip_of
from clevertap_partners.accounts.admin.people import operator
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account, Membership
from clevertap_partners.accounts.services import ROLE, account_record, account_said, audit_record
from clevertap_partners.core.admin import OperatorAdmin, Question, To, ask, linked
from clevertap_partners.core.changes import differences
from clevertap_partners.core.english import in_english
from clevertap_partners.core.marking import gettext_noop
from clevertap_partners.core.translated import translated

ADDED = gettext_noop("member added")
REMOVED = gettext_noop("member removed")
ROLE_CHANGED = gettext_noop("member role changed")

# Changing one of these is asked about first: it decides what the account may use.
SWITCHES = ("plan", "google_cloud_export_override", "bigquery_import")


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    model = Membership
    extra = 0
    raw_id_fields = ("user",)
    readonly_fields = ("last_visited_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "account")


@admin.register(Account)
class AccountAdmin(OperatorAdmin):
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
    list_filter = ("plan", "google_cloud_export_override", "bigquery_import")
    search_numbers = ("account_id",)
    search_fields = ("name", "memberships__user__username", "memberships__user__email")
    search_help_text = _("Account id or name, user name or e-mail of a member.")
    inlines = (MembershipInline,)
    leads_to = (
        To(_("Connections"), "integrations.Connection", "account"),
        To(_("Exports"), "exports.Export", "account"),
        To(_("Export runs"), "exports.ExportRun", "export__account"),
        To(_("Imports"), "imports.Import", "account"),
        To(_("Import runs"), "imports.ImportRun", "parent__account"),
        To(_("Credential tests"), "integrations.CredentialTest", "account"),
        To(_("Webhooks"), "webhooks.Endpoint", "account"),
        To(_("Mail"), "mail.Mail", "account"),
        To(_("Events"), "eventstore.EventType", "account"),
        To(_("Lake"), "eventstore.LakeState", "account"),
        To(_("Activity"), "accounts.AuditEntry", "account"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        fields = [*super().get_readonly_fields(request, obj), "created_at"]
        if obj is None:
            return fields
        # The number is in every address and file name; days are cut by the time zone.
        fixed = ["time_zone"] if obj.event_types.exists() else []
        return [*fields, "account_id", *fixed]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Accounts are deleted one by one, from their page."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and object_id and request.POST.get("confirmed") != "yes":
            question = self._question(request, object_id)
            if question is not None:
                return ask(self, request, question)
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return answer

    def _question(self, request: HttpRequest, object_id: str) -> Question | None:
        """About another plan or feature; None when nothing is to be asked, or the form is wrong."""
        before = self.get_object(request, object_id)
        if before is None or not self.has_change_permission(request, before):
            return None
        form = self.get_form(request, before, change=True)(request.POST, instance=copy.copy(before))
        if not form.is_valid() or not set(SWITCHES) & set(form.changed_data):
            return None
        return question_about(before, form.instance, request)

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        before = account_said(Account.objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)
        account_record(
            action=gettext_noop("account changed") if change else gettext_noop("account created"),
            account=obj,
            actor=operator(request),
            before=before,
            ip=ip_of(request),
        )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        roles = roles_of(form.instance)
        super().save_formset(request, form, formset, change)
        note_members(request, form.instance, roles)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Counts, not rows: an account may have a million files. Refused while work is open."""
        kept = gettext(
            "Kept: files in buckets, and events in the lake, which an operator removes by hand."
        )
        gone: list[str] = []
        counts: dict[str, int] = {}
        in_the_way: list[str] = []
        for account in objs:
            gone.append(str(account))
            counts |= counts_of(account)
            in_the_way += [line for feature in Feature for line in usage.in_use(account, feature)]
        return [*gone, kept], counts, set(), in_the_way

    def delete_model(self, request: HttpRequest, obj: Account) -> None:
        # A letter, a lake and a run each take rows along: whole or not at all.
        with transaction.atomic():
            super().delete_model(request, obj)


def question_about(before: Account, after: Account, request: HttpRequest) -> Question:
    changes = differences(account_said(before), account_said(after))
    none = gettext("none")
    effects = [
        gettext("{label}: {before} becomes {after}.").format(
            label=translated(label),
            before=translated(old) or none,
            after=translated(new) or none,
        )
        for label, (old, new) in changes.items()
    ]
    items: list[str] = []
    for feature in Feature:
        if feature.is_on(before) and not feature.is_on(after):
            items += usage.in_use(before, feature)
            text = gettext(
                "{feature} goes away from this account: its pages refuse, and what is "
                "listed below shows trouble with its next step until the feature is back."
            )
            effects.append(text.format(feature=translated(feature.value)))
    effects.append(gettext("It takes effect at once and is written to the account's Activity."))
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    fields = [pair for pair in sent if pair[0] != "csrfmiddlewaretoken"]
    title = gettext("Change {account}?").format(account=before)
    return Question(title, effects, gettext("Yes, change it"), items, fields)


def counts_of(account: Account) -> dict[str, int]:
    """How many rows of each kind hang on the account directly."""
    found = {}
    for relation in Account._meta.related_objects:
        model = cast(Any, relation.related_model)
        rows = model._default_manager.filter(**{relation.field.name: account})
        if count := rows.count():
            found[str(model._meta.verbose_name_plural)] = count
    return found


@admin.register(Membership)
class MembershipAdmin(OperatorAdmin):
    list_display = (
        "__str__",
        linked("user", _("person")),
        linked("account", _("account")),
        "role",
        "last_visited_at",
        "created_at",
    )
    list_filter = ("role",)
    list_select_related = ("user", "account")
    search_numbers = ("account",)
    search_fields = ("user__username", "user__email", "account__name")
    raw_id_fields = ("user", "account")
    readonly_fields = ("last_visited_at", "created_at", "updated_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Who and where stays; another person is another membership."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "user", "account"] if obj else fields

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        roles = roles_of(obj.account)
        super().save_model(request, obj, form, change)
        note_members(request, obj.account, roles)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        roles = roles_of(obj.account)
        super().delete_model(request, obj)
        note_members(request, obj.account, roles)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("account"):
            self.delete_model(request, membership)


@in_english()
def roles_of(account: Account) -> dict[str, str]:
    """The label of each member's role, by user name."""
    members = Membership.objects.filter(account=account).select_related("user")
    return {member.user.get_username(): member.get_role_display() for member in members}


def note_members(request: HttpRequest, account: Account, before: dict[str, str]) -> None:
    """Write what has become of the members to the account's Activity."""
    after = roles_of(account)
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            done = REMOVED if new is None else ADDED if old is None else ROLE_CHANGED
            audit_record(
                account=account,
                actor=operator(request),
                action=done,
                subject=name,
                ip=ip_of(request),
                changes=differences({ROLE: old}, {ROLE: new}),
            )
