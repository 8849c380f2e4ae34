"""Sign-in, and the filters of the activity page."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts import selectors
from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.core.days import day_field
from clevertap_partners.core.translated import translated


class SignInForm(AuthenticationForm):
    error_messages = {  # noqa: RUF012  (Django declares it so)
        "invalid_login": _(
            "User name and password do not belong together. Check both; "
            "capital and small letters count in the password."
        ),
        "inactive": _("This person is no longer active. An operator can change that."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")


@dataclass(frozen=True)
class Chosen:
    """A filter that is on: its name in the address, what it is called, what it is set to."""

    name: str
    label: str
    value: str


class AuditFilterForm(forms.Form):
    """What the activity page may be narrowed to. Anything that cannot be read is left out.

    Days are days of the account's time zone.
    """

    person = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label=_("Person"))
    action = forms.ChoiceField(required=False, label=_("Action"))
    q = forms.CharField(required=False, max_length=200, label=_("Subject holds"))
    since = day_field(_("From"))
    until = day_field(_("To"))

    def __init__(self, data: Any, *, account: Account) -> None:
        super().__init__(data)
        self._account = account
        people = selectors.audit_people(account=account)
        actions = selectors.audit_actions(account=account)
        self.fields["person"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("Everybody")),
            *((str(user.pk), user.get_full_name() or user.get_username()) for user in people),
            (str(selectors.NOBODY), _("No person")),
        ]
        self.fields["action"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("Everything")),
            *((action, capfirst(translated(action))) for action in actions),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first. Swap the two."))
        return cleaned

    def entries(self) -> QuerySet[AuditEntry]:
        """The account's audit log, narrowed to what was chosen."""
        self.is_valid()
        return selectors.audit_list(account=self._account, **self.cleaned_data)

    def chosen(self) -> list[Chosen]:
        """Each filter that narrows the list, so that it can be taken away."""
        self.is_valid()
        return [
            Chosen(name, str(self[name].label), self._shown(name, value))
            for name, value in self.cleaned_data.items()
            if value not in (None, "")
        ]

    def _shown(self, name: str, value: Any) -> str:
        if isinstance(value, datetime.date):
            return date_format(value, "j M Y")
        choices = getattr(self.fields[name], "choices", ())
        return str(dict(choices).get(str(value), value))
