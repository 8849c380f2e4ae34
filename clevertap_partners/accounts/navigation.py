"""The left navigation: the screens that exist, in the order in which they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Role

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class NavItem:
    key: str
    url_name: str
    label: StrPromise
    icon: str
    role: Role = Role.VIEWER


@dataclass(frozen=True)
class NavLink:
    key: str
    label: StrPromise
    icon: str
    url: str
    is_current: bool


ITEMS = (
    NavItem("integrations", "partner_list", _("Integrations"), "squares-plus"),
    NavItem("exports", "export_list", _("Exports"), "arrow-up-tray"),
    NavItem("imports", "import_list", _("Imports"), "arrow-down-tray"),
    NavItem(
        "import-connections", "import_connection_list", _("Import connections"), "circle-stack"
    ),
    NavItem("activity", "activity", _("Activity"), "clock", role=Role.ADMIN),
)


def nav_links(*, account_id: int, role: Role, path: str) -> list[NavLink]:
    """Links to the screens that exist and that the role may see; one of them is current."""
    urls = {
        item: url
        for item in ITEMS
        if role.covers(item.role) and (url := _url(item.url_name, account_id))
    }
    # Every screen lies below the first one's address, so the longest match is the screen we are on.
    current = max((url for url in urls.values() if path.startswith(url)), key=len, default=None)
    return [
        NavLink(item.key, item.label, item.icon, url, is_current=url == current)
        for item, url in urls.items()
    ]


def _url(name: str, account_id: int) -> str | None:
    try:
        return reverse(name, args=[account_id])
    except NoReverseMatch:
        return None
