"""What the list of import connections may be narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.days import begin_of, day_field, end_of
from integrations import selectors
from integrations.models import Connection


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.get_full_name() or obj.get_username())


class ConnectionFilterForm(forms.Form):
    """The filters of the list. Anything that cannot be read is left out."""

    connected_from = day_field(_("Connected on, from"))
    connected_to = day_field(_("to"))

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self._zone = account.zone
        people = selectors.people_who_connected(account=account)
        self.fields["connected_by"] = PersonField(
            label=_("Connected by"), required=False, empty_label=_("Anybody"), queryset=people
        )

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def narrow(self, connections: QuerySet[Connection]) -> QuerySet[Connection]:
        self.is_valid()
        data = self.cleaned_data
        if data.get("connected_from"):
            begin = begin_of(data["connected_from"], self._zone)
            connections = connections.filter(created_at__gte=begin)
        if data.get("connected_to"):
            end = end_of(data["connected_to"], self._zone)
            connections = connections.filter(created_at__lt=end)
        if data.get("connected_by"):
            connections = connections.filter(created_by=data["connected_by"])
        return connections
