"""People for operators: who they are, what they may do, and what they have chosen."""

from __future__ import annotations

from typing import Any, cast

from axes.utils import reset as lift_pauses
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.access import ip_of
from clevertap_partners.accounts.models import Preferences
from clevertap_partners.accounts.security.services import pause_lift, person_note, setup_drop
from clevertap_partners.accounts.security.throttle import tag_of
from clevertap_partners.core.admin import (
    OperatorAdmin,
    ReadOnlyAdmin,
    To,
    asks_first,
    linked,
    made_of,
)
from clevertap_partners.core.changes import differences
from clevertap_partners.core.marking import gettext_noop

admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin, OperatorAdmin):  # type: ignore[type-arg]  # not generic at run time
    list_display = (
        "username", "email", made_of("get_full_name", pgettext_lazy("model", "full name")),
        "is_active", "is_staff", "is_superuser", "last_login",
    )  # fmt: skip
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("username", "email", "first_name", "last_name")
    leads_to = (
        To(_("Memberships"), "accounts.Membership", "user"),
        To(_("Sessions"), "security.PersonSession", "user"),
        To(_("Second factor"), "security.SecondFactor", "user"),
        To(_("Exports"), "exports.Export", "created_by"),
        To(_("Imports"), "imports.Import", "created_by"),
        To(_("Preferences"), "accounts.Preferences", "user"),
        To(_("Activity"), "accounts.AuditEntry", "actor"),
    )
    actions = ("lift_pause",)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [(None, {"fields": ("go_to",)}), *fieldsets] if obj else fieldsets

    @admin.action(description=_("Let them sign in again at once"), permissions=["operate"])
    @asks_first(
        title=_("Lift the pause?"),
        effect=_(
            "Wrong passwords and codes of these people are forgotten, so that they can sign in "
            "at once. Do it when they have told you themselves that it was them."
        ),
        ok=_("Yes, lift it"),
    )
    def lift_pause(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            for user in queryset:
                lift_pauses(username=tag_of(user.get_username()))
                pause_lift(user=user, actor=operator(request), ip=ip_of(request))
        self.message_user(request, gettext("They can sign in again."))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        form.said_before = person_said(User.objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Groups and permissions are saved here; only now is it known what has changed."""
        super().save_related(request, form, formsets, change)
        if changes := differences(form.said_before, person_said(form.instance)):
            action = gettext_noop("person changed") if change else gettext_noop("person created")
            note(request, form.instance, action, changes)

    @transaction.atomic
    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        answer: HttpResponse = super().user_change_password(request, id, form_url)
        user = self.get_object(request, id)
        if request.method == "POST" and isinstance(answer, HttpResponseRedirect) and user:
            setup_drop(user=user)
            note(request, user, gettext_noop("password set by an operator"))
        return answer

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refused for oneself. Sessions and the second factor are the person's and go along."""
        gone, counts, _perms_needed, in_the_way = super().get_deleted_objects(objs, request)
        if any(person.pk == operator(request).pk for person in objs):
            text = gettext("{person} is you. Nobody can delete themselves: another operator can.")
            in_the_way = [text.format(person=operator(request)), *in_the_way]
        return gone, counts, set(), in_the_way

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        with transaction.atomic():
            note(request, obj, gettext_noop("person deleted"))
            super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)


@admin.register(Preferences)
class PreferencesAdmin(ReadOnlyAdmin):
    """To look at only: people choose for themselves."""

    list_display = ("__str__", linked("user", _("person")), "language")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")


def person_said(user: User) -> dict[str, Any]:
    """What operators decide about a person, as `differences` compares it."""
    permissions = user.user_permissions.order_by("codename")
    return {
        gettext_noop("User name"): user.get_username(),
        gettext_noop("First name"): user.first_name,
        gettext_noop("Last name"): user.last_name,
        gettext_noop("E-mail"): user.email,
        gettext_noop("Active"): user.is_active,
        gettext_noop("Operator"): user.is_staff,
        gettext_noop("All permissions"): user.is_superuser,
        gettext_noop("Groups"): list(user.groups.order_by("name").values_list("name", flat=True)),
        gettext_noop("Permissions"): list(permissions.values_list("codename", flat=True)),
    }


def note(
    request: HttpRequest, user: User, action: str, changes: dict[str, list[str]] | None = None
) -> None:
    person_note(
        user=user, action=action, actor=operator(request), ip=ip_of(request), changes=changes
    )


def operator(request: HttpRequest) -> User:
    return cast(User, request.user)
