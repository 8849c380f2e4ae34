"""Sign-in, and the filters of the activity page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from clevertap_partners.accounts import selectors
from clevertap_partners.accounts.models import Account


class SignInForm(AuthenticationForm):
    error_messages = {  # noqa: RUF012  (Django declares it so)
        "invalid_login": (
            "User name and password do not belong together. Check both; "
            "capital and small letters count in the password."
        ),
        "inactive": "This person is no longer active. An operator can change that.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class AuditFilterForm(forms.Form):
    """What the activity page may be narrowed to. Days are days of the account's time zone."""

    person = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    action = forms.ChoiceField(required=False)
    since = forms.DateField(required=False, label="From", widget=DateInput)
    until = forms.DateField(required=False, label="To", widget=DateInput)

    def __init__(self, data: Any, *, account: Account) -> None:
        super().__init__(data)
        people = selectors.audit_people(account=account)
        actions = selectors.audit_actions(account=account)
        self.fields["person"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", "Everybody"),
            *((str(user.pk), user.get_full_name() or user.get_username()) for user in people),
        ]
        self.fields["action"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", "Everything"),
            *((action, action.capitalize()) for action in actions),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day lies before the first. Swap the two.")
        return cleaned
