"""What the list of imports may be narrowed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.days import begin_of, day_field, end_of
from clevertap_partners.core.sorting import ASCENDING, Column
from imports import selectors
from imports.models import Import
from integrations.selectors import partner_cards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_stubs_ext import StrOrPromise

COLUMNS = (
    Column("created", _("Created on"), ("pk",)),
    Column("nickname", _("Nickname"), ("nickname_lower",), ASCENDING),
    Column("status", _("Status"), ("status", "pk"), ASCENDING),
    Column("rows", _("Rows imported"), ("rows_imported", "pk")),
    Column("last_run", _("Last run"), ("last_run_timestamp", "pk")),
)
CHOICES = ("partner", "kind", "status", "frequency", "created_by")


def choice(label: StrOrPromise, choices: Sequence[tuple[str, StrOrPromise]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", _("Any")), *choices])


class ImportFilterForm(forms.Form):
    """The filters of the list. Anything that cannot be read is left out."""

    q = forms.CharField(label=_("Nickname"), required=False, max_length=80)
    partner = choice(_("Partner"), [])
    kind = choice(_("Sync type"), Import.Kind.choices)
    status = choice(_("Status"), Import.Status.choices)
    frequency = choice(_("Frequency"), Import.Frequency.choices)
    created_by = choice(_("Created by"), [])
    created_from = day_field(_("Created from"))
    created_to = day_field(_("to"))

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self._zone = account.zone
        cards = [card for card in partner_cards(account=account) if card.partner.can_import]
        self.fields["partner"] = choice(_("Partner"), [(card.key, card.label) for card in cards])
        people = selectors.creators(account=account)
        named = [(str(one.pk), one.get_full_name() or one.username) for one in people]
        self.fields["created_by"] = choice(_("Created by"), named)

    def narrow(self, items: Any) -> Any:
        self.is_valid()
        data = self.cleaned_data
        items = items.annotate(nickname_lower=Lower("nickname"))
        if data.get("q"):
            items = items.filter(nickname__icontains=data["q"])
        items = items.filter(**{name: data[name] for name in CHOICES if data.get(name)})
        if data.get("created_from"):
            items = items.filter(created_at__gte=begin_of(data["created_from"], self._zone))
        if data.get("created_to"):
            items = items.filter(created_at__lt=end_of(data["created_to"], self._zone))
        return items
