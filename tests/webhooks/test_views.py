"""The screens of webhooks: for admins, with and without JavaScript."""

from __future__ import annotations

import datetime
import re
import socket
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.webhooks import addresses, services
from clevertap_partners.webhooks.models import Delivery, Endpoint, Kind
from clevertap_partners.webhooks.tasks import send_delivery
from tests.webhooks.conftest import Rung
from tests.webhooks.receivers import Receiver

pytestmark = pytest.mark.django_db
BASE = "/100000000/settings/partners/exports/alerts/"
HTMX = {"HX-Request": "true"}
Make = Callable[..., Endpoint]


def fields(receiver: Receiver, **changes: Any) -> dict[str, Any]:
    url = f"{receiver.url}/hooks/mine"
    return {"url": url, "name": "Pager", "kinds": ["start", "end"], **changes}


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return str(response.content.decode())


@pytest.fixture
def delivery(account: Account, endpoint: Endpoint) -> Delivery:
    services.alert_announce(
        account=account,
        kind=Kind.END,
        event_id=uuid.UUID(int=1),
        subject="1795300000",
        payload={"Status": "<b>Completed</b>"},
    )
    return Delivery.objects.get()


def over(delivery: Delivery, **values: Any) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(
        next_attempt_at=None,
        given_up_at=timezone.now(),
        error="The receiver answered 500.",
        **values,
    )


def test_an_empty_list_says_what_webhooks_are_for(admin_client_: Client) -> None:
    page = text(admin_client_.get(BASE))
    assert "No webhook yet" in page
    assert 'data-testid="alert-add"' in page


@pytest.mark.parametrize("path", ["", "new/", "{id}/", "{id}/deliveries/", "{id}/delete/"])
def test_members_and_viewers_see_nothing_of_it(
    path: str, member_client: Client, viewer_client: Client, endpoint: Endpoint
) -> None:
    url = BASE + path.format(id=endpoint.pk)
    assert member_client.get(url).status_code == viewer_client.get(url).status_code == 403
    assert member_client.post(url).status_code == viewer_client.post(url).status_code == 403


def test_a_plan_without_exports_has_no_webhooks(account: Account, admin_client_: Client) -> None:
    Account.objects.update(plan=Account.Plan.ESSENTIALS)
    assert admin_client_.get(BASE).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "", "enable/", "disable/", "rotate/", "delete/", "test/", "deliveries/",
        "deliveries/{delivery}/", "deliveries/{delivery}/redeliver/",
    ],
)  # fmt: skip
def test_a_webhook_of_another_account_is_not_found(
    path: str, delivery: Delivery, outsider_client: Client
) -> None:
    url = f"{BASE}{delivery.endpoint_id}/{path.format(delivery=delivery.pk)}"
    foreign = url.replace("100000000", "200000000")
    assert outsider_client.get(foreign).status_code in {404, 405}
    assert outsider_client.post(foreign).status_code in {404, 405}
    assert Endpoint.objects.get().enabled
    assert not AuditEntry.objects.exists()


def test_a_delivery_of_another_webhook_is_not_found(
    delivery: Delivery, make_endpoint: Make, admin_client_: Client
) -> None:
    other = make_endpoint("https://hooks.example.com/other")
    url = f"{BASE}{other.pk}/deliveries/{delivery.pk}/"
    assert admin_client_.get(url).status_code == 404
    assert admin_client_.post(f"{url}redeliver/").status_code == 404


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_adding_a_webhook_shows_its_secret_once(
    headers: dict[str, str], receiver: Receiver, admin_client_: Client, rung: Rung
) -> None:
    response = admin_client_.post(f"{BASE}new/", fields(receiver), headers=headers)
    page = text(response)
    endpoint = Endpoint.objects.get()

    assert re.findall(r"whs_[\w-]{43}", page) == [endpoint.secret]
    assert "no-store" in response["Cache-Control"]
    assert (endpoint.kinds, endpoint.name) == (["start", "end"], "Pager")
    for path in ("", f"{endpoint.pk}/", f"{endpoint.pk}/rotate/", f"{endpoint.pk}/deliveries/"):
        assert endpoint.secret not in text(admin_client_.get(BASE + path))


@pytest.mark.parametrize(
    ("changes", "testid"),
    [
        ({"url": ""}, "alert-url-error"),
        ({"url": "http://hooks.example.com/"}, "alert-url-error"),
        ({"url": "https://127.0.0.1/"}, "alert-url-error"),
        ({"url": "https://localhost/"}, "alert-url-error"),
        ({"url": "https://169.254.169.254/computeMetadata/v1/"}, "alert-url-error"),
        ({"url": "\x00"}, "alert-url-error"),
        ({"url": "https://" + "a" * 2000}, "alert-url-error"),
        ({"name": "n" * 81}, "alert-name-error"),
        ({"kinds": []}, "alert-kinds-error"),
        ({"kinds": ["test"]}, "alert-kinds-error"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_kept(
    changes: dict[str, Any], testid: str, receiver: Receiver, admin_client_: Client
) -> None:
    page = text(admin_client_.post(f"{BASE}new/", fields(receiver, **changes)))
    assert f'data-testid="{testid}"' in page
    assert "whs_" not in page
    assert not Endpoint.objects.exists()


def test_a_page_loaded_again_adds_no_second_webhook(
    receiver: Receiver, admin_client_: Client
) -> None:
    admin_client_.post(f"{BASE}new/", fields(receiver))
    page = text(admin_client_.post(f"{BASE}new/", fields(receiver)))
    assert "already" in page
    assert Endpoint.objects.count() == 1


def test_the_sandbox_offers_its_own_receiver(receiver: Receiver, admin_client_: Client) -> None:
    assert "alert-use-sandbox" in text(admin_client_.get(f"{BASE}new/"))
    page = text(admin_client_.get(f"{BASE}new/?sandbox=1"))
    assert f'value="{receiver.url}/hooks/alerts-100000000"' in page


def test_without_a_sandbox_there_is_no_such_offer(settings: Any, admin_client_: Client) -> None:
    settings.SANDBOX = False
    page = text(admin_client_.get(f"{BASE}new/?sandbox=1"))
    assert "alert-use-sandbox" not in page
    assert "/hooks/" not in page


def test_the_form_does_not_tell_names_of_our_network_from_unknown_ones(
    admin_client_: Client, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    def errors(*found: str) -> str:
        rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in found]
        monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: rows)
        url = "https://billing.internal.example/"
        page = text(admin_client_.post(f"{BASE}new/", fields(receiver, url=url)))
        found_error = re.search(r'data-testid="alert-url-error"[^>]*>(.*?)</', page, re.DOTALL)
        assert found_error
        assert "no way to billing.internal.example on the public internet" in page
        return found_error[0] + page[found_error.end() : found_error.end() + 500]

    assert errors("10.0.0.5") == errors() == errors("8.8.8.8", "10.0.0.5")


def test_an_address_that_stays_is_not_looked_up_again(
    make_endpoint: Make, receiver: Receiver, admin_client_: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(addresses.socket, "getaddrinfo", away)
    endpoint = make_endpoint()
    url = f"{BASE}{endpoint.pk}/"
    assert admin_client_.post(url, fields(receiver, url=endpoint.url)).status_code == 302
    assert Endpoint.objects.get().name == "Pager"
    page = text(admin_client_.post(url, fields(receiver, url="https://other.example.com/")))
    assert 'data-testid="alert-url-error"' in page


def test_a_webhook_is_edited_without_touching_its_secret(
    endpoint: Endpoint, receiver: Receiver, admin_client_: Client
) -> None:
    response = admin_client_.post(
        f"{BASE}{endpoint.pk}/", fields(receiver, name="Desk", kinds=["failure"])
    )
    assert response.status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.kinds, endpoint.secret) == ("Desk", ["failure"], "whs_secret")
    assert endpoint.url.endswith("/hooks/mine")


def test_an_address_of_another_webhook_is_refused_on_editing(
    endpoint: Endpoint, make_endpoint: Make, receiver: Receiver, admin_client_: Client
) -> None:
    make_endpoint(f"{receiver.url}/hooks/mine")
    page = text(admin_client_.post(f"{BASE}{endpoint.pk}/", fields(receiver)))
    assert 'data-testid="alert-url-error"' in page


def test_it_is_disabled_and_enabled(endpoint: Endpoint, admin_client_: Client) -> None:
    admin_client_.post(f"{BASE}{endpoint.pk}/disable/")
    page = text(admin_client_.get(BASE))
    assert f'data-testid="alert-enable-{endpoint.pk}"' in page
    admin_client_.post(f"{BASE}{endpoint.pk}/enable/")
    assert Endpoint.objects.get().enabled
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["webhook disabled", "webhook enabled"]


def test_a_paused_webhook_says_why_and_is_resumed(
    endpoint: Endpoint, admin_client_: Client
) -> None:
    Endpoint.objects.update(paused_at=timezone.now(), pause_reason="The receiver answered 410.")
    page = text(admin_client_.get(BASE))
    assert "The receiver answered 410." in page
    assert f'data-testid="alert-resume-{endpoint.pk}"' in page
    admin_client_.post(f"{BASE}{endpoint.pk}/enable/")
    assert Endpoint.objects.get().state == "enabled"


def test_rotating_asks_first_and_shows_the_new_secret_once(
    endpoint: Endpoint, admin_client_: Client
) -> None:
    assert "whs_" not in text(admin_client_.get(f"{BASE}{endpoint.pk}/rotate/"))
    page = text(admin_client_.post(f"{BASE}{endpoint.pk}/rotate/"))
    assert re.findall(r"whs_[\w-]{43}", page) == [Endpoint.objects.get().secret]


def test_deleting_asks_first(delivery: Delivery, admin_client_: Client) -> None:
    url = f"{BASE}{delivery.endpoint_id}/delete/"
    assert 'data-testid="confirm-ok"' in text(admin_client_.get(url))
    assert Endpoint.objects.exists()
    assert admin_client_.post(url).status_code == 302
    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()


def test_a_test_shows_how_it_goes(
    endpoint: Endpoint, receiver: Receiver, admin_client_: Client, rung: Rung
) -> None:
    response = admin_client_.post(f"{BASE}{endpoint.pk}/test/", follow=True)
    page = text(response)
    assert 'data-testid="alert-waiting"' in page
    assert 'http-equiv="refresh"' in page
    # What htmx puts in must not reload the page: a browser heeds it there even with JavaScript.
    panel = text(admin_client_.get(f"{response.redirect_chain[-1][0]}?panel=1", headers=HTMX))
    assert "refresh" not in panel
    assert "hx-trigger" in page
    send_delivery(rung[0][1][0])

    url = response.redirect_chain[-1][0]
    panel = text(admin_client_.get(f"{url}?panel=1", headers=HTMX))
    assert 'data-testid="alert-delivered"' in panel
    assert "every 1s" not in panel
    assert "<html" not in panel
    assert b'"Test": true' in receiver.got[0].body


def test_a_failed_test_says_what_to_do(
    endpoint: Endpoint, receiver: Receiver, admin_client_: Client, rung: Rung
) -> None:
    receiver.answers(302, b"<script>alert(1)</script>gone fishing", Location="/x")
    response = admin_client_.post(f"{BASE}{endpoint.pk}/test/", follow=True)
    send_delivery(rung[0][1][0])
    page = text(admin_client_.get(response.redirect_chain[-1][0]))
    assert "redirects are not followed" in page
    assert "gone fishing" in page
    assert "<script>alert" not in page


def notice(page: str, testid: str) -> str:
    _, found, rest = page.partition(f'data-testid="{testid}"')
    assert found
    return " ".join(re.sub("<[^>]+>", " ", rest.partition('class="cluster"')[0]).split())


def test_a_failing_webhook_says_what_it_did_not_take_and_what_becomes_of_it(
    account: Account, delivery: Delivery, receiver: Receiver, admin_client_: Client
) -> None:
    receiver.answers(500)
    send_delivery(delivery.pk)
    testid = f"alert-failing-{delivery.endpoint_id}"
    shown = notice(text(admin_client_.get(BASE)), testid)
    assert "The receiver answered 500." in shown
    assert "tried again by itself" in shown
    # One that waits has not been refused: the reason is that of the one before.
    services.alert_announce(
        account=account, kind=Kind.END, event_id=uuid.UUID(int=2), subject="", payload={}
    )
    assert "The receiver answered 500." in notice(text(admin_client_.get(BASE)), testid)
    over(delivery)
    shown = notice(text(admin_client_.get(BASE)), testid)
    assert "not tried again by itself" in shown
    assert "about a day" not in shown


@pytest.mark.parametrize(
    ("due_in_s", "panel", "rows"), [(-5, 1, 2), (0, 1, 2), (25, 25, 25), (46_800, 60, 60)]
)
def test_screens_ask_again_when_something_is_due(
    delivery: Delivery, admin_client_: Client, due_in_s: int, panel: int, rows: int
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        at = timezone.now() + datetime.timedelta(seconds=due_in_s)
        Delivery.objects.update(next_attempt_at=at, error="It failed.")
        log = f"{BASE}{delivery.endpoint_id}/deliveries/"
        shown = text(admin_client_.get(f"{log}{delivery.pk}/?panel=1", headers=HTMX))
        assert f'hx-trigger="every {panel}s"' in shown
        shown = text(admin_client_.get(BASE, headers=HTMX))
        assert f'hx-trigger="every {rows}s"' in shown
        shown = text(admin_client_.get(log, headers=HTMX))
        assert f'hx-trigger="every {min(rows, 10)}s"' in shown


def test_screens_ask_quickly_while_something_is_being_sent(
    delivery: Delivery, admin_client_: Client
) -> None:
    soon = timezone.now() + datetime.timedelta(seconds=30)
    Delivery.objects.update(next_attempt_at=soon, lease_until=soon)
    url = f"{BASE}{delivery.endpoint_id}/deliveries/{delivery.pk}/?panel=1"
    assert 'hx-trigger="every 1s"' in text(admin_client_.get(url, headers=HTMX))


@pytest.mark.parametrize("values", [{"enabled": False}, {"paused_at": timezone.now()}])
def test_a_webhook_that_is_off_offers_no_redelivery_and_refuses_it_with_words(
    delivery: Delivery, admin_client_: Client, rung: Rung, values: dict[str, Any]
) -> None:
    over(delivery)
    Endpoint.objects.update(**values)
    log = f"{BASE}{delivery.endpoint_id}/deliveries/"
    url = f"{log}{delivery.pk}/"
    assert f"delivery-redeliver-{delivery.pk}" not in text(admin_client_.get(log))
    page = text(admin_client_.get(url))
    assert 'data-testid="alert-redeliver"' not in page
    assert 'data-testid="alert-redeliver-off"' in page
    rung.clear()
    for headers in ({}, HTMX):
        page = text(admin_client_.post(f"{url}redeliver/", headers=headers))
        assert 'data-testid="alert-redeliver-refused"' in page
    assert rung == []
    assert not AuditEntry.objects.exists()


def test_the_log_is_paged_and_livelier_while_something_waits(
    delivery: Delivery, admin_client_: Client
) -> None:
    url = f"{BASE}{delivery.endpoint_id}/deliveries/"
    assert "every 2s" in text(admin_client_.get(url))
    over(delivery)
    for number in range(2, 14):
        Delivery.objects.create(
            endpoint=delivery.endpoint,
            event_id=uuid.UUID(int=number),
            kind="end",
            payload="{}",
            delivered_at=timezone.now(),
        )
    page = text(admin_client_.get(f"{url}?per_page=10&page=2"))
    assert page.count('data-testid="delivery-row-') == 3
    assert "every 2s" not in page
    assert "The receiver answered 500." in page
    rows = text(admin_client_.get(url, headers=HTMX))
    assert "<html" not in rows


def test_a_delivery_shows_what_was_sent_and_is_redelivered(
    delivery: Delivery, admin_client_: Client, rung: Rung
) -> None:
    over(delivery, attempts=8, status_code=500, duration_ms=12)
    url = f"{BASE}{delivery.endpoint_id}/deliveries/{delivery.pk}/"
    page = text(admin_client_.get(url))
    assert "&lt;b&gt;Completed" in page
    rung.clear()
    assert admin_client_.post(f"{url}redeliver/").status_code == 302
    assert [args for _, args, _ in rung] == [(delivery.pk,)]
    delivery.refresh_from_db()
    assert delivery.is_open
    assert AuditEntry.objects.get().action == "webhook alert sent again"


def test_exports_lead_admins_to_alerts(admin_client_: Client, member_client: Client) -> None:
    url = "/100000000/settings/partners/exports/"
    assert f'href="{BASE}"' in text(admin_client_.get(url))
    assert f'href="{BASE}"' not in text(member_client.get(url))


def test_operators_see_webhooks_without_secrets(delivery: Delivery, admin_client: Client) -> None:
    for path in ("endpoint/", f"endpoint/{delivery.endpoint_id}/change/", "delivery/"):
        page = text(admin_client.get(f"/admin/webhooks/{path}"))
        assert "whs_secret" not in page
        assert "/hooks/alerts" not in page
