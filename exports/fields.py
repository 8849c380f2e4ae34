"""Fields of the export form that say more than a label."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from exports.models import Export
from exports.options import options_of
from integrations.models import Connection

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TYPE_HINTS = {
    Export.Type.ALL_EVENTS: _("System events and your own"),
    Export.Type.SELECT_EVENTS: _("Only those you pick"),
    Export.Type.ALL_USER_PROPERTIES: _("Everybody, as they are now"),
}
FREQUENCY_HINTS = {
    Export.Frequency.ONCE: _("The days you choose"),
    Export.Frequency.RECURRING: _("What is new, every few hours"),
}

_format_html = lazy(format_html, SafeString)


def explained(label: StrOrPromise, hint: StrOrPromise) -> StrOrPromise:
    """A choice with a line that says what it is for, in the language of whoever sees it."""
    return _format_html('{} <span class="hint">{}</span>', label, hint)


class BucketField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Saved buckets by the nickname that the customer gave them."""

    def label_from_instance(self, obj: Connection) -> str:
        return obj.nickname


class DateInput(forms.DateInput):
    """A browser's own picker of days, which reads ISO dates only."""

    def __init__(self) -> None:
        super().__init__({"type": "date"}, format="%Y-%m-%d")


class TimeOfDay(forms.TimeField):
    """Hours and minutes; midnight where nothing is said."""

    widget = forms.TimeInput({"type": "time"}, format="%H:%M")

    def clean(self, value: Any) -> datetime.time:
        time: datetime.time = super().clean(value or "00:00")
        return time.replace(second=0, microsecond=0)


class FormatSelect(forms.RadioSelect):
    """Each format tells the style sheet which options its files have."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        options = options_of(str(value), of_profiles=False)
        option["attrs"]["data-options"] = " ".join(sorted(options))
        return option


class FormPart(forms.Form):
    """What the parts of the form share: today on the account's clock, and errors in words."""

    account: Account
    today: datetime.date
    earliest: datetime.date

    def choice(self, name: str) -> Any:
        """A field that has choices."""
        return self.fields[name]

    def say(self, field: str, message: str) -> None:
        self.add_error(field, ValidationError(message))
