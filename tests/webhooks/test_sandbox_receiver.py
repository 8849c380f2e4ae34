"""The sandbox's own receiver: what a newcomer points a first webhook at."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clevertap_partners.webhooks import services
from clevertap_partners.webhooks.models import Delivery, Endpoint
from clevertap_partners.webhooks.tasks import send_delivery
from tests.services import Sandbox

pytestmark = [pytest.mark.services, pytest.mark.django_db]
Make = Callable[..., Endpoint]


@pytest.fixture
def endpoint(sandbox: Sandbox, make_endpoint: Make) -> Endpoint:
    return make_endpoint(f"{sandbox.url}/hooks/alerts-1")


@pytest.fixture
def person(client: Client) -> Client:
    client.force_login(User.objects.create_user("newcomer"))
    return client


def send_test(endpoint: Endpoint, actor: User) -> Delivery:
    delivery = services.alert_test(endpoint=endpoint, actor=actor)
    send_delivery(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def page(person: Client, **headers: str) -> str:
    response = person.get(reverse("sandbox_hooks"), headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_console_shows_what_came_and_that_its_signature_is_right(
    endpoint: Endpoint, admin_user_: User, person: Client
) -> None:
    assert "Nothing received yet" in page(person)
    assert send_test(endpoint, admin_user_).state == "delivered"

    shown = page(person)
    assert "Verified" in shown
    assert "&quot;Export Request Id&quot;" in shown
    assert "whs_secret" not in shown
    assert "<html" not in page(person, HX_Request="true")


def test_the_console_tells_a_signature_that_is_not_right(
    endpoint: Endpoint, admin_user_: User, person: Client
) -> None:
    send_test(endpoint, admin_user_)
    services.endpoint_rotate(endpoint=endpoint, actor=admin_user_)
    assert "Not right" in page(person)
    endpoint.delete()
    assert "No such webhook" in page(person)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("error", "answered 500"),
        ("busy", "answered 503"),
        ("gone", "gone for good"),
        ("redirect", "redirects are not followed"),
        ("hang", "gave no answer"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_it_misbehaves_when_it_is_told_to(
    answer: str, words: str, endpoint: Endpoint, admin_user_: User, person: Client, sandbox: Sandbox
) -> None:
    assert person.post(reverse("sandbox_hook_answer"), {"answer": answer}).status_code == 302
    delivery = send_test(endpoint, admin_user_)
    assert (delivery.state, words in delivery.error) == ("given_up", True)
    received = sandbox.console.hooks()["received"]
    assert [(one["name"], one["answer"]) for one in received] == [("alerts-1", answer)]


@pytest.mark.usefixtures("impatient")
def test_an_answer_that_drips_is_an_answer(
    endpoint: Endpoint, admin_user_: User, sandbox: Sandbox
) -> None:
    sandbox.console.answer_hooks_with("drip")
    assert send_test(endpoint, admin_user_).state == "delivered"


def test_forgetting_makes_it_a_good_receiver_again(
    endpoint: Endpoint, admin_user_: User, person: Client, sandbox: Sandbox
) -> None:
    sandbox.console.answer_hooks_with("error")
    send_test(endpoint, admin_user_)
    person.post(reverse("sandbox_hook_clear"))
    assert sandbox.console.hooks() == {"answer": "ok", "received": []}


def test_an_unknown_way_to_answer_changes_nothing(person: Client, sandbox: Sandbox) -> None:
    person.post(reverse("sandbox_hook_answer"), {"answer": "explode"})
    assert sandbox.console.hooks()["answer"] == "ok"


def test_the_console_is_for_people_who_are_signed_in(client: Client, sandbox: Sandbox) -> None:
    assert client.get(reverse("sandbox_hooks")).status_code == 302


def test_it_keeps_a_bounded_number_and_refuses_huge_bodies(sandbox: Sandbox) -> None:
    for number in range(205):
        post(f"{sandbox.url}/hooks/many", json.dumps({"n": number}).encode())
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(f"{sandbox.url}/hooks/many", b"x" * 70_000)
    refused.value.close()
    received = sandbox.console.hooks()["received"]
    assert (refused.value.code, len(received)) == (413, 200)
    assert json.loads(received[0]["body"]) == {"n": 204}


def post(url: str, body: bytes) -> Any:
    with urllib.request.urlopen(url, body, timeout=10) as answer:  # noqa: S310  (our own address)
        return answer.status
