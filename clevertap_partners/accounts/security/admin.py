"""For operators: who is signed in where, and whose second factor has to be reset."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.access import ip_of
from clevertap_partners.accounts.security.models import PersonSession, RecoveryCode, SecondFactor
from clevertap_partners.accounts.security.services import factor_end, session_end
from clevertap_partners.core.admin import ReadOnlyAdmin, To, asks_first, linked, made_of


@admin.register(PersonSession)
class PersonSessionAdmin(ReadOnlyAdmin):
    """What is in a session is not shown: it may be half of a sign-in."""

    list_display = (
        made_of("device", pgettext_lazy("model", "device")), linked("user", _("person")),
        "ip_address", "signed_in_at", "last_seen_at", "expire_date",
    )  # fmt: skip
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email", "ip_address")
    exclude = ("session_key", "session_data")
    actions = ("end",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("session_data")

    @admin.action(description=_("Sign out"), permissions=["operate"])
    @asks_first(
        title=_("Sign out?"),
        effect=_(
            "Whoever is signed in there has to sign in again. It is written to their accounts' "
            "Activity."
        ),
        ok=_("Yes, sign out"),
    )
    def end(self, request: HttpRequest, queryset: QuerySet[PersonSession]) -> None:
        for session in queryset:
            session_end(session=session, actor=cast(User, request.user), ip=ip_of(request))


@admin.register(SecondFactor)
class SecondFactorAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        linked("user", _("person")),
        "confirmed_at",
        "failures",
        "paused_until",
    )
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    exclude = ("secret",)
    leads_to = (To(_("Recovery codes"), "security.RecoveryCode", "factor"),)
    actions = ("reset",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("secret")

    @admin.action(description=_("Reset"), permissions=["operate"])
    @asks_first(
        title=_("Reset the second factor?"),
        effect=_(
            "Their password alone signs these people in then, until they set up a new one. "
            "Be sure that it is they who ask. It is written to their accounts' Activity."
        ),
        ok=_("Yes, reset"),
    )
    def reset(self, request: HttpRequest, queryset: QuerySet[SecondFactor]) -> None:
        for factor in queryset.select_related("user"):
            factor_end(user=factor.user, actor=cast(User, request.user), ip=ip_of(request))
        text = gettext("Reset. They can set up a new one under Your account.")
        self.message_user(request, text)


@admin.register(RecoveryCode)
class RecoveryCodeAdmin(ReadOnlyAdmin):
    """How many are left; the codes themselves nobody has but their person."""

    exclude = ("code_hash",)
    list_display = ("__str__", linked("factor", _("second factor")), "used_at")
    list_select_related = ("factor__user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("factor__user").defer("factor__secret")
