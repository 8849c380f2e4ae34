"""The operators' site: what is needed most comes first."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

# By app label; what is not named comes last.
ORDER = (
    "accounts", "integrations", "exports", "imports", "django_rq", "eventstore", "webhooks", "mail",
    "security", "auth",
)  # fmt: skip


class OperationsSite(AdminSite):
    site_header = gettext_lazy("Partners operations")
    site_title = gettext_lazy("Partners operations")
    index_title = gettext_lazy("What runs, for whom, and what keeps it from running")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Apps in the order above, models in the order in which they were registered."""
        apps = self._build_app_dict(request, app_label)
        registered = [model for model, _ in self._registry.items()]
        if "django_rq" in apps:
            apps["django_rq"]["name"] = gettext("Queue")
        for app in apps.values():
            app["models"].sort(key=lambda entry: registered.index(entry["model"]))
        return sorted(apps.values(), key=lambda app: _place(app["app_label"]))


def _place(label: str) -> int:
    return ORDER.index(label) if label in ORDER else len(ORDER)
