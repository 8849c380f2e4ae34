"""The names of our apps, models and fields in the language of whoever reads them.

Django makes them of the code, and shows them in the operators' admin and on forms. They are
translated in a context of their own: as a name of somebody's column, “status” stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig, apps
from django.utils import translation
from django.utils.translation import pgettext_lazy

# Our top-level packages.
PACKAGES = ("clevertap_partners", "exports", "imports", "integrations")
CONTEXT = "model"


def names_translate() -> None:
    """Once all models are loaded, and before forms are made of them.

    Migrations do not change by it: they go by what the models' code says.
    """
    for holder, attribute, _app in _names():
        setattr(holder, attribute, pgettext_lazy(CONTEXT, _english(holder, attribute)))


def names_in_english() -> list[tuple[str, str]]:
    """The app's module and the name, for translators."""
    return sorted({(app.name, _english(holder, attribute)) for holder, attribute, app in _names()})


def _english(holder: Any, attribute: str) -> str:
    with translation.override(None):
        return str(getattr(holder, attribute))


def _names() -> Iterator[tuple[Any, str, AppConfig]]:
    """Each thing that has a name, the attribute that holds it, and its app."""
    for app in apps.get_app_configs():
        models = list(app.get_models()) if app.name.split(".")[0] in PACKAGES else []
        if models:
            yield app, "verbose_name", app
        for model in models:
            yield model._meta, "verbose_name", app
            yield model._meta, "verbose_name_plural", app
            for field in model._meta.local_fields:
                yield field, "verbose_name", app
