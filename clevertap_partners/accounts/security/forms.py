"""What a person types to prove who they are, or to change it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth.forms import SetPasswordMixin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.security.services import password_is


class CodeForm(forms.Form):
    """A code of the app, or a recovery code. Whether it is right is for the service to say."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        error_messages={"required": _("Type the six digits that your app shows.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "class": "mono",
            }
        ),
    )


class CurrentPasswordForm(forms.Form):
    """The password of who is signed in. Guessing counts as it does at the sign-in."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        error_messages={"required": _("Type your password, so that we know it is you.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, data: Any = None, *, request: HttpRequest) -> None:
        super().__init__(data)
        self._request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not password_is(request=self._request, password=password):
            raise forms.ValidationError(_("This is not your password. Nothing was changed."))
        return password


class PasswordAndCodeForm(CurrentPasswordForm, CodeForm):
    field_order = ("password", "code")


class PasswordChangeForm(SetPasswordMixin, CurrentPasswordForm):  # type: ignore[type-arg]  # not generic at run time
    """The password of now, and twice the one that comes after it."""

    new_password1, new_password2 = SetPasswordMixin.create_password_fields(
        label1=_("New password"), label2=_("New password again")
    )
    field_order = ("password", "new_password1", "new_password2")

    def clean(self) -> dict[str, Any]:
        user = cast(User, self._request.user)
        self.validate_passwords("new_password1", "new_password2")
        self.validate_password_for_user(user, "new_password2")
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("password") == cleaned.get("new_password2"):
            self.add_error("new_password1", _("This is the password that you have already."))
        return cleaned
