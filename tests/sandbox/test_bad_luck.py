"""What happens to keys, accounts, rights, buckets and objects while we use them."""

from __future__ import annotations

import io
import json
import os
import threading
from typing import Any

import pytest
from google.api_core.exceptions import Forbidden

from clevertap_partners.core.errors import PermanentError, TransientError
from clevertap_partners.core.objects import ObjectExists
from clevertap_partners.sandbox.client import SandboxRefused
from integrations.partners.gcs.config import GcsConfig
from integrations.partners.gcs.sink import GcsSink
from integrations.partners.google.keys import parse_key
from tests.integrations.partners.gcs.conftest import QUICK, object_of
from tests.sandbox.test_faults import wait_until
from tests.services import Sandbox

pytestmark = pytest.mark.services
LARGE = 9 * 1024 * 1024


@pytest.fixture
def key(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.create_service_account(buckets=[sandbox.create_bucket()])


@pytest.fixture
def sink(sandbox: Sandbox, key: dict[str, Any]) -> GcsSink:
    """A sink that has signed in and stored an object."""
    config = GcsConfig("exports", parse_key(json.dumps(key), [key["token_uri"]]), sandbox.url)
    made = GcsSink(config, retry=QUICK.with_timeout(0.2))
    made.create(*object_of(b"first", "first"))
    return made


def code_of_next(sink: GcsSink) -> str:
    with pytest.raises(PermanentError) as caught:
        sink.create(*object_of(b"next", "next"))
    return caught.value.code


def test_a_deleted_key_works_until_its_token_is_over(
    sandbox: Sandbox, key: dict[str, Any], sink: GcsSink
) -> None:
    sandbox.console.delete_key(key["client_email"], key["private_key_id"])
    sink.create(*object_of(b"second", "second"))
    sandbox.console.sign_out(key["client_email"])
    assert code_of_next(sink) == "key_deleted"


def test_a_disabled_key_gets_no_token_until_it_is_enabled_again(
    sandbox: Sandbox, key: dict[str, Any], sink: GcsSink
) -> None:
    email, key_id = key["client_email"], key["private_key_id"]
    sandbox.console.disable_key(email, key_id)
    sandbox.console.sign_out(email)
    assert code_of_next(sink) == "key_deleted"
    sandbox.console.enable_key(email, key_id)
    sink.create(*object_of(b"next", "next"))
    assert sandbox.names("exports") == ["first", "next"]


def test_a_token_that_is_over_is_fetched_anew_and_nobody_notices(
    sandbox: Sandbox, key: dict[str, Any], sink: GcsSink
) -> None:
    sandbox.console.sign_out(key["client_email"])
    sink.create(*object_of(b"next", "next"))
    assert sandbox.operations().count("token") == 2


@pytest.mark.parametrize("how", ["disable_account", "delete_account"])
def test_an_account_taken_away_under_an_upload_ends_with_the_next_one(
    sandbox: Sandbox, key: dict[str, Any], sink: GcsSink, how: str
) -> None:
    """A session carries its own right, as at Google; the next file needs the account again."""
    fault = sandbox.add_fault(action="hold", method="PUT", operation="insert", seconds=30)
    content = os.urandom(LARGE)
    under_way = threading.Thread(target=sink.create, args=object_of(content, "large"))
    under_way.start()
    wait_until(lambda: sandbox.console.faults() == [])
    getattr(sandbox.console, how)(key["client_email"])
    sandbox.console.release_fault(fault)
    under_way.join(30)
    assert sandbox.read("exports", "large") == content
    assert code_of_next(sink) == "account_not_found"


def test_a_right_taken_away_is_missed_by_the_next_upload(
    sandbox: Sandbox, key: dict[str, Any], sink: GcsSink
) -> None:
    sandbox.grant("exports", key["client_email"])
    assert code_of_next(sink) == "permission_missing"


def test_a_bucket_deleted_between_runs_is_missed(sandbox: Sandbox, sink: GcsSink) -> None:
    sandbox.console.empty_bucket("exports")
    sandbox.console.delete_bucket("exports")
    assert code_of_next(sink) == "bucket_not_found"


def test_a_clock_that_is_wrong_is_no_fault_of_the_key(
    sandbox: Sandbox, key: dict[str, Any], sink: GcsSink
) -> None:
    sandbox.console.sign_out(key["client_email"])
    sandbox.console.set_clock_skew(600)
    with pytest.raises(TransientError) as caught:
        sink.create(*object_of(b"next", "next"))
    assert caught.value.code == "clock_skew"


@pytest.mark.parametrize(
    ("hold", "field"), [("temporary", "temporaryHold"), ("event-based", "eventBasedHold")]
)
def test_an_object_on_hold_can_be_neither_replaced_nor_deleted(
    sandbox: Sandbox, key: dict[str, Any], sink: GcsSink, hold: str, field: str
) -> None:
    sandbox.grant("exports", key["client_email"], "roles/storage.objectAdmin")
    sandbox.console.hold("exports", "first", hold)
    blob = sandbox.client(key).bucket("exports").blob("first")
    for change in (blob.delete, lambda: blob.upload_from_file(io.BytesIO(b"x"), size=1)):
        with pytest.raises(Forbidden, match=r"(?i)under active .* hold and cannot be deleted"):
            change()
    assert sandbox.console.object("exports", "first")[field] is True
    assert sandbox.console.empty_bucket("exports") == {"deleted": 0, "kept": 1}
    sandbox.console.hold("exports", "first", "")
    assert sandbox.console.empty_bucket("exports") == {"deleted": 1, "kept": 0}


def test_a_hold_is_not_in_the_way_of_exports(sandbox: Sandbox, sink: GcsSink) -> None:
    """The condition that the name be free is looked at first, as at Google."""
    sandbox.console.hold("exports", "first", "temporary")
    with pytest.raises(ObjectExists):
        sink.create(*object_of(b"again", "first"))
    sink.create(*object_of(b"next", "next"))
    assert sandbox.read("exports", "first") == b"first"


def test_a_hold_or_a_key_that_there_is_not_is_refused(sandbox: Sandbox, sink: GcsSink) -> None:
    for wrong in (("first", "eternal"), ("no such object", "temporary")):
        with pytest.raises(SandboxRefused):
            sandbox.console.hold("exports", *wrong)
    with pytest.raises(SandboxRefused, match="no key"):
        sandbox.console.disable_key("exporter@partners-sandbox.iam.gserviceaccount.com", "none")
