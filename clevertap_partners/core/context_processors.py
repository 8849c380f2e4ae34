"""What every template may ask of the settings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def settings_for_templates(request: HttpRequest) -> dict[str, Any]:
    return {"sandbox_on": settings.SANDBOX}
