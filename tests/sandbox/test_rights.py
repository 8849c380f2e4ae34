"""Who may do what, asked with the official client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, NotFound, PreconditionFailed

from tests.services import Sandbox

pytestmark = pytest.mark.services


def bucket_of(sandbox: Sandbox, *roles: str, name: str = "exports") -> Any:
    """The bucket as a client with these roles sees it, holding one object `there`."""
    sandbox.create_bucket(name)
    owner = sandbox.create_service_account("the-owner", buckets=[name], role="roles/storage.admin")
    sandbox.put(name, "there", b"content", owner)
    key = sandbox.create_service_account("exporter")
    sandbox.grant(name, key["client_email"], *roles)
    sandbox.console.clear_journal()
    return sandbox.client(key).bucket(name)


CALLS: dict[str, Callable[[Any], Any]] = {
    "create": lambda bucket: bucket.blob("new").upload_from_string(b"x", if_generation_match=0),
    "replace": lambda bucket: bucket.blob("there").upload_from_string(b"x"),
    "read": lambda bucket: bucket.blob("there").download_as_bytes(),
    "look": lambda bucket: bucket.blob("there").reload(),
    "list": lambda bucket: list(bucket.list_blobs()),
    "delete": lambda bucket: bucket.blob("there").delete(),
    "bucket": lambda bucket: bucket.reload(),
}
ALLOWED = {
    (): set(),
    ("roles/storage.objectCreator",): {"create"},
    ("roles/storage.objectViewer",): {"read", "look", "list"},
    ("roles/storage.objectUser",): {"create", "replace", "read", "look", "list", "delete"},
    ("roles/storage.legacyBucketReader",): {"bucket", "list"},
    ("roles/storage.objectCreator", "roles/storage.objectViewer"): {
        "create", "read", "look", "list",
    },
    ("storage.objects.create", "storage.objects.delete"): {"create", "replace", "delete"},
    ("roles/storage.admin",): set(CALLS),
}  # fmt: skip


@pytest.mark.parametrize("roles", ALLOWED, ids=lambda roles: "+".join(roles) or "none")
def test_a_role_allows_just_what_it_says(sandbox: Sandbox, roles: tuple[str, ...]) -> None:
    bucket = bucket_of(sandbox, *roles)
    worked = set()
    for name, call in CALLS.items():
        try:
            call(bucket)
        except Forbidden:
            continue
        worked.add(name)
    assert worked == ALLOWED[roles]


def test_a_refusal_names_caller_and_permission_in_googles_words(sandbox: Sandbox) -> None:
    bucket = bucket_of(sandbox)
    with pytest.raises(Forbidden) as caught:
        bucket.blob("there").reload()
    assert caught.value.errors[0]["reason"] == "forbidden"
    assert (
        "exporter@partners-sandbox.iam.gserviceaccount.com does not have storage.objects.get "
        "access to the Google Cloud Storage object. Permission 'storage.objects.get' denied on "
        "resource (or it may not exist)." in caught.value.message
    )


def test_a_bucket_that_is_not_there_is_404(sandbox: Sandbox) -> None:
    client = bucket_of(sandbox, "roles/storage.admin").client
    for name in ("nowhere", "Exports"):
        with pytest.raises(NotFound, match="The specified bucket does not exist."):
            client.bucket(name).blob("x").upload_from_string(b"x")


def test_an_absent_object_is_404_only_for_those_who_may_list(sandbox: Sandbox) -> None:
    bucket = bucket_of(sandbox, "storage.objects.get")
    with pytest.raises(Forbidden):
        bucket.blob("absent").reload()
    sandbox.grant(
        "exports", bucket.client._credentials.service_account_email, "roles/storage.admin"
    )
    with pytest.raises(NotFound):
        bucket.blob("absent").reload()


def test_held_permissions_can_be_asked_for(sandbox: Sandbox) -> None:
    bucket = bucket_of(sandbox, "roles/storage.objectCreator")
    asked = ["storage.objects.create", "storage.objects.delete", "storage.buckets.get"]
    assert bucket.test_iam_permissions(asked) == ["storage.objects.create"]


def test_a_requester_pays_bucket_wants_a_project(sandbox: Sandbox) -> None:
    bucket = bucket_of(sandbox, "roles/storage.objectCreator")
    sandbox.console.set_requester_pays("exports", True)
    with pytest.raises(BadRequest, match="requester pays bucket but no user project provided"):
        CALLS["create"](bucket)
    CALLS["create"](bucket.client.bucket("exports", user_project="partners-sandbox"))
    assert "new" in sandbox.names("exports")


def test_the_journal_shows_the_rights_that_were_needed(sandbox: Sandbox) -> None:
    bucket = bucket_of(sandbox, "roles/storage.objectCreator")
    CALLS["create"](bucket)
    assert "insert" in sandbox.operations()
    entry = next(one for one in sandbox.console.journal() if one["operation"] == "insert")
    assert entry["permissions"] == ["storage.objects.create"]
    assert entry["caller"].startswith("exporter@")
    assert entry["status"] == 200


def test_the_journal_shows_what_was_changed_whatever_was_answered(sandbox: Sandbox) -> None:
    bucket = bucket_of(sandbox, "roles/storage.objectAdmin")
    sandbox.console.clear_journal()
    sandbox.add_fault(operation="insert", action="fail_after_write", status=403)
    with pytest.raises(Forbidden):
        bucket.blob("a b").upload_from_string(b"1", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.blob("a b").upload_from_string(b"2", if_generation_match=0)
    bucket.blob("a b").upload_from_string(b"3")
    bucket.blob("a b").delete()
    changes = [change for entry in sandbox.console.journal() for change in entry["changes"]]
    assert changes == ["create a b", "replace a b", "delete a b"]
