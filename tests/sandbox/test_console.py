"""The console page: what a newcomer does to get a key and a bucket."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from google.api_core.exceptions import Forbidden

from clevertap_partners.sandbox import processes
from tests.services import Sandbox

pytestmark = [pytest.mark.services, pytest.mark.django_db]

EMAIL = "exporter@partners-sandbox.iam.gserviceaccount.com"


@pytest.fixture
def person(client: Client) -> Client:
    client.force_login(User.objects.create_user("newcomer"))
    return client


def page(person: Client, view: str, /, *args: str, **query: str) -> str:
    response = person.get(reverse(view, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def post(person: Client, name: str, *args: str, **data: Any) -> Any:
    return person.post(reverse(name, args=args), data)


def create_account(person: Client, name: str = "exporter", **data: Any) -> Any:
    fields = {"account-name": name, "account-role": "roles/storage.objectCreator", **data}
    return person.post(reverse("sandbox_account_create"), fields)


def create_bucket(person: Client, name: str = "exports", **data: Any) -> Any:
    fields = {"bucket-name": name, "bucket-location": "EU", **data}
    return person.post(reverse("sandbox_bucket_create"), fields)


def test_it_wants_somebody_who_is_signed_in(sandbox: Sandbox, client: Client) -> None:
    response = client.get(reverse("sandbox_console"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login"))
    assert create_account(client).status_code == 302
    assert sandbox.console.accounts() == []


def test_an_empty_console_says_what_to_do(sandbox: Sandbox, person: Client) -> None:
    shown = page(person, "sandbox_console")
    assert "No service account yet" in shown
    assert "No bucket yet" in shown
    assert 'data-testid="sandbox-banner"' in shown
    for testid in ("account-name", "account-create", "bucket-name", "bucket-create"):
        assert f'data-testid="sandbox-{testid}"' in shown


def test_the_newcomers_way_ends_with_an_object_in_the_bucket(
    sandbox: Sandbox, person: Client
) -> None:
    """Create an account, download its key, create a bucket with what is ticked, put an object."""
    response = create_account(person)
    assert re.search(r'attachment; filename="[\w-]+\.json"', response["Content-Disposition"])
    key = json.loads(response.getvalue())
    assert key["client_email"] == EMAIL
    ticked = re.findall(
        r'<input[^>]*name="bucket-grant_to"[^>]*value="([^"]+)"[^>]*checked',
        page(person, "sandbox_console"),
    )
    assert ticked == [EMAIL]
    assert create_bucket(person, **{"bucket-grant_to": ticked}).status_code == 302
    sandbox.put("exports", "1700-file.json", b"content", key)
    assert "1700-file.json" in page(person, "sandbox_bucket", "exports")


def test_a_private_key_is_shown_nowhere(sandbox: Sandbox, person: Client) -> None:
    create_account(person)
    shown = page(person, "sandbox_console") + page(person, "sandbox_account", EMAIL)
    assert "PRIVATE KEY" not in shown
    assert EMAIL in shown


@pytest.mark.parametrize(
    ("create", "name", "words"),
    [
        (create_account, "abc", "6"),
        (create_account, "UPPER-case", "lowercase"),
        (create_bucket, "Exports", "lowercase"),
        (create_bucket, "ab", "3 to 63"),
        (create_bucket, "google-things", "google"),
        (create_bucket, "192.168.0.1", "letter"),
    ],
)
def test_a_bad_name_is_refused_beside_the_field(
    sandbox: Sandbox, person: Client, create: Callable[..., Any], name: str, words: str
) -> None:
    response = create(person, name)
    kind = "account" if create is create_account else "bucket"
    shown = response.content.decode()
    assert response.status_code == 200
    error = shown.split(f'data-testid="sandbox-{kind}-name-error"')[1].split("</p>")[0]
    assert words in error
    assert f'value="{name}"' in shown
    assert sandbox.console.accounts() == sandbox.console.buckets() == []


@pytest.mark.parametrize("create", [create_account, create_bucket])
def test_a_taken_name_is_refused(
    sandbox: Sandbox, person: Client, create: Callable[..., Any]
) -> None:
    create(person)
    response = create(person)
    assert response.status_code == 200
    assert re.search("exists already|is taken", response.content.decode())


def test_an_account_can_be_disabled_enabled_and_deleted(sandbox: Sandbox, person: Client) -> None:
    create_account(person)
    post(person, "sandbox_account_switch", EMAIL)
    assert sandbox.console.accounts()[0]["disabled"]
    assert "Disabled" in page(person, "sandbox_account", EMAIL)
    post(person, "sandbox_account_switch", EMAIL)
    assert not sandbox.console.accounts()[0]["disabled"]
    assert 'data-testid="confirm-ok"' in page(person, "sandbox_account_delete", EMAIL)
    assert len(sandbox.console.accounts()) == 1, "asking deletes nothing"
    post(person, "sandbox_account_delete", EMAIL)
    assert sandbox.console.accounts() == []


def test_a_key_can_be_added_and_deleted(sandbox: Sandbox, person: Client) -> None:
    first = json.loads(create_account(person).getvalue())
    second = json.loads(post(person, "sandbox_key_add", EMAIL).getvalue())
    post(person, "sandbox_key_delete", EMAIL, first["private_key_id"])
    [account] = sandbox.console.accounts()
    assert [key["id"] for key in account["keys"]] == [second["private_key_id"]]


def test_rights_on_a_bucket_can_be_set_and_taken(sandbox: Sandbox, person: Client) -> None:
    create_account(person)
    create_bucket(person)
    role = "roles/storage.objectViewer"
    post(person, "sandbox_bucket_rights", "exports", email=EMAIL, role=role)
    assert sandbox.console.buckets()[0]["grants"] == {EMAIL: [role]}
    post(person, "sandbox_bucket_rights", "exports", email=EMAIL, role="none")
    assert sandbox.console.buckets()[0]["grants"] == {}


def test_retention_can_be_set_locked_and_only_grow(sandbox: Sandbox, person: Client) -> None:
    create_bucket(person, **{"bucket-retention_days": "1"})
    post(person, "sandbox_bucket_lock", "exports")
    response = post(person, "sandbox_bucket_change", "exports", retention_days="0")
    assert response.status_code == 200
    assert "may only grow" in response.content.decode()
    post(person, "sandbox_bucket_change", "exports", retention_days="2", requester_pays="on")
    [bucket] = sandbox.console.buckets()
    assert (bucket["retention_s"], bucket["requester_pays"]) == (2 * 86_400, True)


def filled(sandbox: Sandbox, person: Client, names: list[str]) -> None:
    create_bucket(person)
    key = sandbox.create_service_account(buckets=["exports"])
    bucket = sandbox.client(key).bucket("exports")
    for name in names:
        blob = bucket.blob(name)
        blob.metadata = {"event": "Añadido <b>"}
        blob.upload_from_string(name.encode(), if_generation_match=0)


def test_objects_are_found_by_request_id(sandbox: Sandbox, person: Client) -> None:
    filled(sandbox, person, ["1700000001-a.json", "1700000002-b.json", "x-1700000001.json"])
    shown = page(person, "sandbox_bucket", "exports", search="1700000001")
    assert shown.count('data-testid="sandbox-object-row-') == 2
    assert "1700000002-b.json" not in shown
    assert "No object has this" in page(person, "sandbox_bucket", "exports", search="nothing")


def test_objects_come_in_pages(sandbox: Sandbox, person: Client) -> None:
    filled(sandbox, person, [f"file-{number:02}" for number in range(12)])
    first = page(person, "sandbox_bucket", "exports", per_page="10")
    second = page(person, "sandbox_bucket", "exports", per_page="10", page="2")
    assert first.count('data-testid="sandbox-object-row-') == 10
    assert second.count('data-testid="sandbox-object-row-') == 2
    assert "file-11" in second


def test_an_object_is_shown_and_downloaded_whatever_its_name(
    sandbox: Sandbox, person: Client
) -> None:
    name = 'a b/é?#%2F+&😀".json'
    filled(sandbox, person, [name])
    link = f"{reverse('sandbox_object_download', args=['exports'])}?name={quote(name, safe='')}"
    assert link in page(person, "sandbox_bucket", "exports")
    response = person.get(link)
    assert b"".join(response.streaming_content) == name.encode()
    assert response["Content-Disposition"].startswith("attachment")
    detail = page(person, "sandbox_object", "exports", name=name)
    assert "Añadido &lt;b&gt;" in detail
    assert sandbox.objects("exports")[0]["generation"] in detail


def test_a_bucket_is_deleted_only_when_it_is_empty(sandbox: Sandbox, person: Client) -> None:
    filled(sandbox, person, ["one"])
    post(person, "sandbox_bucket_delete", "exports")
    assert "not empty" in page(person, "sandbox_console")
    page(person, "sandbox_bucket_empty", "exports")
    assert sandbox.names("exports") == ["one"], "asking deletes nothing"
    post(person, "sandbox_bucket_empty", "exports")
    post(person, "sandbox_bucket_delete", "exports")
    assert sandbox.console.buckets() == []


def test_what_is_not_there_is_404(sandbox: Sandbox, person: Client) -> None:
    create_bucket(person)
    for name, args in (
        ("sandbox_account", ["nobody"]),
        ("sandbox_bucket", ["nowhere"]),
        ("sandbox_object", ["exports"]),
        ("sandbox_object_download", ["exports"]),
    ):
        assert person.get(reverse(name, args=args), {"name": "absent"}).status_code == 404


def test_a_gateway_that_is_down_is_said_so(person: Client, settings: Any) -> None:
    settings.SANDBOX_URL = f"http://127.0.0.1:{processes.free_port()}"
    response = person.get(reverse("sandbox_console"))
    assert response.status_code == 503
    shown = response.content.decode()
    assert "does not answer" in shown
    assert "python -m clevertap_partners.sandbox" in shown


def test_the_interface_answers_no_web_page_of_another_origin(sandbox: Sandbox) -> None:
    import requests  # noqa: PLC0415  (only here)

    for headers in ({"Origin": "https://example.com"}, {"Host": "example.com"}):
        with requests.get(f"{sandbox.url}/_sandbox/buckets", headers=headers, timeout=60) as answer:
            assert answer.status_code == 403


def test_google_can_be_made_to_answer_with_a_refusal(sandbox: Sandbox, person: Client) -> None:
    create_account(person)
    create_bucket(person, **{"bucket-grant_to": [EMAIL]})
    key = sandbox.console.add_key(EMAIL)["key"]

    post(person, "sandbox_answer", "exports", answer="ip_filter", times="3")
    with pytest.raises(Forbidden, match="IP filtering condition"):
        sandbox.put("exports", "name", b"content", key)
    shown = page(person, "sandbox_bucket", "exports")
    assert "403 Address is not allowed, 2 more times" in shown

    post(person, "sandbox_answers_clear", "exports")
    assert 'data-testid="sandbox-answers-clear"' not in page(person, "sandbox_bucket", "exports")
    sandbox.put("exports", "name", b"content", key)
    assert sandbox.names("exports") == ["name"]


def test_an_answer_to_sign_ins_shows_on_every_bucket(sandbox: Sandbox, person: Client) -> None:
    create_bucket(person)
    create_bucket(person, "other")
    post(person, "sandbox_answer", "exports", answer="sign_in_clock")
    assert "Sign-in: clock is wrong, until you say otherwise" in page(
        person, "sandbox_bucket", "other"
    )


@pytest.mark.parametrize("wrong", [{"answer": "no_such"}, {"answer": "quota", "times": "0"}])
def test_an_answer_that_there_is_not_changes_nothing(
    sandbox: Sandbox, person: Client, wrong: dict[str, str]
) -> None:
    create_bucket(person)
    response = person.post(reverse("sandbox_answer", args=["exports"]), wrong, follow=True)
    assert "Choose an answer" in response.content.decode()
    assert sandbox.console.faults() == []


def test_a_key_can_be_disabled_and_enabled(sandbox: Sandbox, person: Client) -> None:
    key_id = json.loads(create_account(person).getvalue())["private_key_id"]
    post(person, "sandbox_key_switch", EMAIL, key_id)
    assert "Enable key" in page(person, "sandbox_account", EMAIL)
    post(person, "sandbox_key_switch", EMAIL, key_id)
    assert "Disable key" in page(person, "sandbox_account", EMAIL)


def test_an_object_can_be_put_on_hold(sandbox: Sandbox, person: Client) -> None:
    key = json.loads(create_account(person).getvalue())
    create_bucket(person, **{"bucket-grant_to": [EMAIL]})
    sandbox.put("exports", "a name", b"content", key)

    address = reverse("sandbox_object_hold", args=["exports"])
    person.post(address, {"name": "a name", "hold": "event-based"})

    assert sandbox.console.object("exports", "a name")["eventBasedHold"] is True
    shown = page(person, "sandbox_object", "exports", name="a name")
    assert '<dd data-testid="sandbox-object-hold">Event-based</dd>' in shown
