"""What every template may ask of the settings, and of the theme that the person has chosen."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from clevertap_partners.core import theme


def settings_for_templates(request: HttpRequest) -> dict[str, Any]:
    return {"sandbox_on": settings.SANDBOX, "theme": theme.theme_of(request)}
