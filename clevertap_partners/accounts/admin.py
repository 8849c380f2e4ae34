"""Accounts for operators: plans, features, members; people; and the audit log to read."""

from __future__ import annotations

import copy
from typing import Any, cast

from axes.utils import reset as lift_pauses
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from clevertap_partners.accounts import usage
from clevertap_partners.accounts.access import ip_of
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account, AuditEntry, Membership
from clevertap_partners.accounts.security.services import pause_lift, person_note, setup_drop
from clevertap_partners.accounts.security.throttle import tag_of
from clevertap_partners.accounts.services import account_record, account_said, audit_record
from clevertap_partners.core.admin import (
    OperatorAdmin,
    Question,
    ReadOnlyAdmin,
    To,
    ask,
    asks_first,
    linked,
)
from clevertap_partners.core.changes import differences

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
    search_help_text = "Account id or name, user name or e-mail of a member."
    inlines = (MembershipInline,)
    leads_to = (
        To("Connections", "integrations.Connection", "account"),
        To("Exports", "exports.Export", "account"),
        To("Export runs", "exports.ExportRun", "export__account"),
        To("Imports", "imports.Import", "account"),
        To("Import runs", "imports.ImportRun", "parent__account"),
        To("Credential tests", "integrations.CredentialTest", "account"),
        To("Webhooks", "webhooks.Endpoint", "account"),
        To("Mail", "mail.Mail", "account"),
        To("Events", "eventstore.EventType", "account"),
        To("Lake", "eventstore.LakeState", "account"),
        To("Activity", "accounts.AuditEntry", "account"),
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
            action="account changed" if change else "account created",
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
        kept = "Kept: files in buckets, and events in the lake, which an operator removes by hand."
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
    effects = [
        f"{label}: {old or 'none'} becomes {new or 'none'}."
        for label, (old, new) in changes.items()
    ]
    items: list[str] = []
    for feature in Feature:
        if feature.is_on(before) and not feature.is_on(after):
            items += usage.in_use(before, feature)
            effects.append(
                f"{feature.value} goes away from this account: its pages refuse, and what is "
                "listed below shows trouble with its next step until the feature is back."
            )
    effects.append("It takes effect at once and is written to the account's Activity.")
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    fields = [pair for pair in sent if pair[0] != "csrfmiddlewaretoken"]
    return Question(f"Change {before}?", effects, "Yes, change it", items, fields)


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
        linked("user", "person"),
        linked("account", "account"),
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
            done = "removed" if new is None else "added" if old is None else "role changed"
            audit_record(
                account=account,
                actor=operator(request),
                action=f"member {done}",
                subject=name,
                ip=ip_of(request),
                changes=differences({"Role": old}, {"Role": new}),
            )


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """To read only: a log that can be edited proves nothing."""

    list_display = (
        "at", linked("account", "account"), "actor", "via", "action", "subject", "ip_address",
    )  # fmt: skip
    list_filter = ("via", "at")
    list_select_related = ("account", "actor")
    # As `-at`, and indexed.
    ordering = ("-pk",)
    search_numbers = ("account",)
    search_fields = ("actor__username", "actor__email", "action", "subject")
    search_help_text = "Account id, person, action, what it was done to."


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin, OperatorAdmin):  # type: ignore[type-arg]  # not generic at run time
    list_display = (
        "username", "email", "get_full_name", "is_active", "is_staff", "is_superuser", "last_login",
    )  # fmt: skip
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("username", "email", "first_name", "last_name")
    leads_to = (
        To("Memberships", "accounts.Membership", "user"),
        To("Sessions", "security.PersonSession", "user"),
        To("Second factor", "security.SecondFactor", "user"),
        To("Exports", "exports.Export", "created_by"),
        To("Imports", "imports.Import", "created_by"),
        To("Activity", "accounts.AuditEntry", "actor"),
    )
    actions = ("lift_pause",)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [(None, {"fields": ("go_to",)}), *fieldsets] if obj else fieldsets

    @admin.action(description="Let them sign in again at once", permissions=["operate"])
    @asks_first(
        title="Lift the pause?",
        effect="Wrong passwords and codes of these people are forgotten, so that they can sign in "
        "at once. Do it when they have told you themselves that it was them.",
        ok="Yes, lift it",
    )
    def lift_pause(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            for user in queryset:
                lift_pauses(username=tag_of(user.get_username()))
                pause_lift(user=user, actor=operator(request), ip=ip_of(request))
        self.message_user(request, "They can sign in again.")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        form.said_before = person_said(User.objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Groups and permissions are saved here; only now is it known what has changed."""
        super().save_related(request, form, formsets, change)
        if changes := differences(form.said_before, person_said(form.instance)):
            action = "person changed" if change else "person created"
            note(request, form.instance, action, changes)

    @transaction.atomic
    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        answer: HttpResponse = super().user_change_password(request, id, form_url)
        user = self.get_object(request, id)
        if request.method == "POST" and isinstance(answer, HttpResponseRedirect) and user:
            setup_drop(user=user)
            note(request, user, "password set by an operator")
        return answer

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refused for oneself. Sessions and the second factor are the person's and go along."""
        gone, counts, _perms_needed, in_the_way = super().get_deleted_objects(objs, request)
        if any(person.pk == operator(request).pk for person in objs):
            text = _("{person} is you. Nobody can delete themselves: another operator can.")
            in_the_way = [text.format(person=operator(request)), *in_the_way]
        return gone, counts, set(), in_the_way

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        with transaction.atomic():
            note(request, obj, "person deleted")
            super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)


def person_said(user: User) -> dict[str, Any]:
    """What operators decide about a person, as `differences` compares it."""
    permissions = user.user_permissions.order_by("codename")
    return {
        "User name": user.get_username(),
        "First name": user.first_name,
        "Last name": user.last_name,
        "E-mail": user.email,
        "Active": user.is_active,
        "Operator": user.is_staff,
        "All permissions": user.is_superuser,
        "Groups": list(user.groups.order_by("name").values_list("name", flat=True)),
        "Permissions": list(permissions.values_list("codename", flat=True)),
    }


def note(
    request: HttpRequest, user: User, action: str, changes: dict[str, list[str]] | None = None
) -> None:
    person_note(
        user=user, action=action, actor=operator(request), ip=ip_of(request), changes=changes
    )


def operator(request: HttpRequest) -> User:
    return cast(User, request.user)
