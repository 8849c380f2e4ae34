"""What the list of exports may be narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.days import begin_of, day_field, end_of
from exports.models import Export
from exports.pipeline.encode import FORMATS
from integrations.selectors import partner_cards

CHOICES = ("partner", "type", "format", "status", "frequency")


def choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", "Any"), *choices])


class ExportFilterForm(forms.Form):
    """The filters of the list. Anything that cannot be read is left out."""

    q = forms.CharField(label="Request ID", required=False, max_length=20)
    partner = choice("Partner", [])
    type = choice("Type", Export.Type.choices)
    format = choice("Format", [(spec.key, spec.label) for spec in FORMATS.values()])
    status = choice("Status", Export.Status.choices)
    frequency = choice("Frequency", Export.Frequency.choices)
    exported_from = day_field("Exported from")
    exported_to = day_field("to")

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self._zone = account.zone
        cards = [card for card in partner_cards(account=account) if card.partner.can_export]
        self.fields["partner"] = choice("Partner", [(card.key, card.label) for card in cards])

    def narrow(self, exports: Any) -> Any:
        self.is_valid()
        data = self.cleaned_data
        if data.get("q"):
            exports = exports.filter(request_id=_number(data["q"]))
        exports = exports.filter(**{name: data[name] for name in CHOICES if data.get(name)})
        if data.get("exported_from"):
            exports = exports.filter(created_at__gte=begin_of(data["exported_from"], self._zone))
        if data.get("exported_to"):
            exports = exports.filter(created_at__lt=end_of(data["exported_to"], self._zone))
        return exports


def _number(text: str) -> int | None:
    """The request id that was typed; None, which no export has, for what is no number."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() else None
