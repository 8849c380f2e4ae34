"""Fields of the export form that say more than a label."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exports.models import Export
from exports.options import options_of
from integrations.models import Connection

TYPE_HINTS = {
    Export.Type.ALL_EVENTS: "System events and your own",
    Export.Type.SELECT_EVENTS: "Only those you pick",
    Export.Type.ALL_USER_PROPERTIES: "Everybody, as they are now",
}


def explained(label: str, hint: str | None) -> SafeString | str:
    """A choice with a line that says what it is for."""
    return format_html('{} <span class="hint">{}</span>', label, hint) if hint else label


class BucketField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Saved buckets by the nickname that the customer gave them."""

    def label_from_instance(self, obj: Connection) -> str:
        return obj.nickname


class FormatSelect(forms.RadioSelect):
    """Each format tells the style sheet which options its files have."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        options = options_of(str(value), of_profiles=False)
        option["attrs"]["data-options"] = " ".join(sorted(options))
        return option
