"""What the list of exports may be narrowed to, and sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.days import begin_of, day_field, end_of
from clevertap_partners.core.sorting import ASCENDING, Column
from exports import selectors
from exports.models import Export
from exports.pipeline.encode import FORMATS
from exports.request_ids import wanted_ids
from integrations.selectors import partner_cards

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHOICES = ("partner", "type", "format", "status", "frequency", "created_by")
# A request id is unique and grows with time.
COLUMNS = (
    Column("created", _("Created on"), ("request_id",)),
    Column("status", _("Status"), ("status", "request_id"), ASCENDING),
    Column("rows", _("Rows"), ("rows_written", "request_id")),
    Column("size", _("Size"), ("bytes_written", "request_id")),
    Column("last_run", _("Last run"), ("last_run_timestamp", "request_id")),
)


def choice(label: StrOrPromise, choices: Sequence[tuple[str, StrOrPromise]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", _("Any")), *choices])


class ExportFilterForm(forms.Form):
    """The filters of the list. Anything that cannot be read is left out."""

    q = forms.CharField(label=_("Request ID or file name"), required=False, max_length=1200)
    partner = choice(_("Partner"), [])
    type = choice(_("Type"), Export.Type.choices)
    format = choice(_("Format"), [(spec.key, spec.label) for spec in FORMATS.values()])
    status = choice(_("Status"), Export.Status.choices)
    frequency = choice(_("Frequency"), Export.Frequency.choices)
    created_by = choice(_("Created by"), [])
    exported_from = day_field(_("Exported from"))
    exported_to = day_field(_("to"))

    def __init__(
        self, *args: Any, account: Account, with_people: bool = True, **kwargs: Any
    ) -> None:
        """Without people it offers nobody but whoever the address names."""
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self._account = account
        self.cards = [card for card in partner_cards(account=account) if card.partner.can_export]
        partners = [(card.key, card.label) for card in self.cards]
        self.fields["partner"] = choice(_("Partner"), partners)
        people = selectors.creators(account=account)
        if not with_people:
            people = people.filter(pk__in=keys_in(self.data.get("created_by")))
        offered = [(str(one.pk), name_of(one)) for one in people]
        self.fields["created_by"] = choice(_("Created by"), offered)

    def narrow(self, exports: Any) -> Any:
        self.is_valid()
        data, zone = self.cleaned_data, self._account.zone
        if data.get("q"):
            exports = exports.filter(wanted_ids(data["q"], account_id=self._account.account_id))
        exports = exports.filter(**{name: data[name] for name in CHOICES if data.get(name)})
        if data.get("exported_from"):
            exports = exports.filter(created_at__gte=begin_of(data["exported_from"], zone))
        if data.get("exported_to"):
            exports = exports.filter(created_at__lt=end_of(data["exported_to"], zone))
        return exports


def keys_in(text: str | None) -> list[int]:
    """None where the address names nobody, so that nobody is looked for."""
    text = text or ""
    return [int(text)] if text.isascii() and text.isdigit() and len(text) < 10 else []


def name_of(person: User) -> str:
    return person.get_full_name() or person.get_username()
