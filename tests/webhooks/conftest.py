"""Webhooks of an account, and a receiver on this machine in the place of the sandbox's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Account
from clevertap_partners.webhooks import sender, services
from clevertap_partners.webhooks.models import ALERTS, Endpoint
from tests.webhooks.receivers import Receiver, serving

Rung = list[tuple[str, tuple[int, ...], str]]


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    """Reached through the one exception that there is: the sandbox's receiver."""
    with serving(Receiver()) as started:
        settings.SANDBOX = True
        settings.SANDBOX_URL = started.url
        yield started


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> Rung:
    """What the queue was given."""
    calls: Rung = []
    monkeypatch.setattr(
        services, "ring", lambda task, *args, queue, **_: calls.append((task, args, queue))
    )
    return calls


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers that hang are left after half a second."""
    limits = sender.Limits(connect_s=0.3, total_s=0.5)
    monkeypatch.setitem(sender.post.__kwdefaults__, "limits", limits)


@pytest.fixture
def make_endpoint(account: Account, admin_user_: User, rung: Rung) -> Callable[..., Endpoint]:
    def make(url: str = "https://hooks.example.com/x", **values: Any) -> Endpoint:
        of = values.pop("account", account)
        fields = {"secret": "whs_secret", "kinds": list(ALERTS), "created_by": admin_user_}
        return Endpoint.objects.create(account=of, url=url, **fields | values)

    return make


@pytest.fixture
def endpoint(make_endpoint: Callable[..., Endpoint], receiver: Receiver) -> Endpoint:
    """It leads to `receiver`."""
    return make_endpoint(f"{receiver.url}/hooks/alerts", name="Pager")
