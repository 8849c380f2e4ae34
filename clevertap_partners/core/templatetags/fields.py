"""What components/_field.html needs to render a field with its test id and its descriptions."""

from __future__ import annotations

from django import forms, template
from django.forms.boundfield import BoundField, BoundWidget
from django.middleware.csrf import get_token
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.simple_tag
def control(field: BoundField, testid: str = "", hint: str = "") -> SafeString:
    """The field's input, tied to its hint and error, with its test id."""
    attrs: dict[str, str | bool] = {"data-testid": testid} if testid else {}
    ids = _described_by(field, hint)
    if ids:
        attrs["aria-describedby"] = ids
    return field.as_widget(attrs=attrs)


@register.simple_tag
def choice(option: BoundWidget, testid: str = "") -> SafeString:
    """One radio button or checkbox of a group; its test id is the group's and its value."""
    if testid:
        option.data["attrs"]["data-testid"] = f"{testid}-{option.data['value']}"
    return option.tag()


@register.simple_tag
def describedby(field: BoundField, hint: str = "") -> SafeString:
    ids = _described_by(field, hint)
    return format_html('aria-describedby="{}"', ids) if ids else SafeString("")


@register.simple_tag(takes_context=True)
def csrf_field(context: RequestContext) -> SafeString:
    """`{% csrf_token %}` for a component that was included with `only`."""
    token = get_token(context.request)
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)


def _described_by(field: BoundField, hint: str) -> str:
    ids = [f"{field.auto_id}_error"] if field.errors else []
    if hint or field.help_text:
        ids.append(f"{field.auto_id}_helptext")
    return " ".join(ids)
