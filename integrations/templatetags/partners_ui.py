"""Words about partners."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import RequestContext
from django.utils.translation import gettext as _

from clevertap_partners.core.errors import Turn
from integrations import guiding, selectors
from integrations.mending import section_of

register = template.Library()


@register.filter
def partner_label(key: str) -> str:
    return selectors.partner_label(key)


@register.filter
def partner_url_name(key: str) -> str:
    return selectors.partner_url_name(key)


@register.filter
def turn_words(turn: str, partner: str) -> str:
    """Whose turn it is, in the words of the badge."""
    words = {
        Turn.CUSTOMER: _("waiting for you"),
        Turn.PARTNER: _("on {partner}’s side").format(
            partner=selectors.partner_short_label(partner)
        ),
        Turn.US: _("we are on it"),
    }
    return words[Turn(turn)] if turn in list(Turn) else ""


@register.filter
def guide_section(code: str) -> str:
    """Where the setup guide says how to mend a failure; empty when it does not."""
    return section_of(code)


@register.filter
def lines(texts: list[str]) -> str:
    return "\n".join(texts)


@register.inclusion_tag("components/_code.html", takes_context=True)
def guide_command(context: RequestContext, testid: str, label: str, command: str) -> dict[str, Any]:
    """A command of a setup guide, filled in with what is known of who reads it."""
    text = guiding.filled(command, context.get("known") or {})
    return {"text": text, "label": label, "testid": testid}
