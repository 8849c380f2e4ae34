"""Words about partners."""

from __future__ import annotations

from django import template

from clevertap_partners.core.errors import Turn
from integrations import selectors

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
        Turn.CUSTOMER: "waiting for you",
        Turn.PARTNER: f"on {selectors.partner_short_label(partner)}’s side",
        Turn.US: "we are on it",
    }
    return words[Turn(turn)] if turn in list(Turn) else ""
