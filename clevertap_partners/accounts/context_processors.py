"""What the frame around every signed-in page shows: account, role, links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from clevertap_partners.accounts import selectors
from clevertap_partners.accounts.models import Account, Role
from clevertap_partners.accounts.navigation import NavLink, nav_links


@dataclass(frozen=True)
class Frame:
    """`account` is the one on screen, else the one last visited; None for who has none."""

    account: Account | None = None
    role_label: str = ""
    others: list[Account] = field(default_factory=list)
    links: list[NavLink] = field(default_factory=list)

    @property
    def home_url(self) -> str:
        return self.links[0].url if self.links else ""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Lazy: a fragment or a plain page costs no query."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))}


def _frame(request: HttpRequest) -> Frame:
    memberships = selectors.membership_list(user=request.user)
    shown = getattr(request, "account", None)
    here = next((m for m in memberships if shown in (None, m.account)), None)
    if here is None:
        return Frame()
    role = Role(here.role)
    return Frame(
        account=here.account,
        role_label=str(role.label),
        others=[m.account for m in memberships if m is not here],
        links=nav_links(account_id=here.account.account_id, role=role, path=request.path),
    )
