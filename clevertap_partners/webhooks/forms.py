"""The form of a webhook: where alerts go, and which ones."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.translated import translated
from clevertap_partners.webhooks.addresses import URL_LENGTH, addresses_of
from clevertap_partners.webhooks.models import ALERTS, Endpoint
from clevertap_partners.webhooks.selectors import target_of
from clevertap_partners.webhooks.services import EndpointSpec

KIND_WORDS = {
    "start": _("Start: a run begins"),
    "end": _("End: every file of a run is in the bucket"),
    "failure": _("Failure: a run cannot go on"),
}


def in_words(error: PartnersError) -> str:
    """In the reader's language."""
    return f"{translated(error.message)} {translated(error.fix)}"


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=URL_LENGTH,
        help_text=_(
            "Begins with https:// and takes POST requests. Public addresses only, port 443 or 8443."
        ),
        error_messages={"required": _("Say where alerts go.")},
        widget=forms.URLInput(
            attrs={"spellcheck": "false", "placeholder": "https://hooks.example.com/partners"}
        ),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        help_text=_("What you call it here. Without one, its host's name is shown."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Alerts"),
        choices=[(kind.value, KIND_WORDS[kind.value]) for kind in ALERTS],
        initial=[kind.value for kind in ALERTS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one alert.")},
    )

    def __init__(
        self, data: Any, *, endpoint: Endpoint | None = None, suggested_url: str = ""
    ) -> None:
        initial: dict[str, Any] = {}
        if suggested_url:
            initial = {"url": suggested_url, "name": gettext("Sandbox receiver")}
        if endpoint is not None:
            initial = {"url": endpoint.url, "name": endpoint.name, "kinds": endpoint.kinds}
        self._present_url = "" if endpoint is None else endpoint.url
        super().__init__(data, initial=initial, use_required_attribute=False)

    def clean_url(self) -> str:
        """Looked up and checked here, so that a mistake shows at once; again at each sending.

        One that stays is not: a DNS server that is away just now stops nobody from renaming.
        """
        url = str(self.cleaned_data["url"])
        if url == self._present_url:
            return url
        try:
            addresses_of(target_of(url))
        except PartnersError as error:
            raise forms.ValidationError(in_words(error)) from error
        return url

    def spec(self) -> EndpointSpec:
        chosen = self.cleaned_data
        return EndpointSpec(chosen["name"], chosen["url"], tuple(chosen["kinds"]))
