"""Scripted faults, as the official client and a plain one meet them."""

from __future__ import annotations

import io
import os
import threading
import time
from dataclasses import asdict
from typing import Any

import pytest
import requests
from google.api_core.exceptions import Forbidden, PreconditionFailed

from clevertap_partners.sandbox.client import SandboxRefused
from clevertap_partners.sandbox.gateway.state import Fault, State, parse
from tests.services import Sandbox

pytestmark = pytest.mark.services

MB = 1_000_000


@pytest.fixture
def bucket(sandbox: Sandbox) -> Any:
    name = sandbox.create_bucket()
    found = sandbox.client(sandbox.create_service_account(buckets=[name])).bucket(name)
    found.blob("warm").upload_from_string(b"", if_generation_match=0)  # signed in from here on
    sandbox.console.clear_journal()
    return found


def create(bucket: Any, content: bytes, *, retry: Any = None) -> Any:
    blob = bucket.blob("name")
    blob.upload_from_file(
        io.BytesIO(content), size=len(content), if_generation_match=0, retry=retry
    )
    return blob


def plain_post(sandbox: Sandbox, bucket: Any, content: bytes) -> requests.Response:
    headers = {"Authorization": f"Bearer {bucket.client._credentials.token}"}
    address = f"{sandbox.url}/upload/storage/v1/b/exports/o?uploadType=media&name=name"
    with requests.post(address, data=content, headers=headers, timeout=30) as answer:
        return answer


def test_a_rejection_happens_as_often_as_it_says(sandbox: Sandbox, bucket: Any) -> None:
    sandbox.add_fault(action="reject", operation="insert", times=2, status=503)
    answers = [plain_post(sandbox, bucket, b"content").status_code for _ in range(3)]
    assert answers == [503, 503, 200]
    assert sandbox.console.faults() == []


def test_a_rejection_carries_reason_and_headers(sandbox: Sandbox, bucket: Any) -> None:
    sandbox.add_fault(
        action="reject",
        path="/upload/.*name=name",
        status=429,
        reason="rateLimitExceeded",
        headers={"Retry-After": "7"},
    )
    answer = plain_post(sandbox, bucket, b"content")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["error"]["errors"][0]["reason"] == "rateLimitExceeded"


def test_a_rule_that_does_not_match_does_nothing(sandbox: Sandbox, bucket: Any) -> None:
    sandbox.add_fault(action="reject", method="GET", times=None)
    sandbox.add_fault(action="reject", path="/elsewhere", times=None)
    create(bucket, b"content")
    assert len(sandbox.console.faults()) == 2


@pytest.mark.parametrize("size", [100, 9 * MB], ids=["multipart", "resumable"])
def test_a_lost_answer_then_a_new_try_finds_the_name_taken(
    sandbox: Sandbox, bucket: Any, size: int
) -> None:
    content = os.urandom(size)
    sandbox.add_fault(action="fail_after_write", operation="insert", status=403, reason="forbidden")
    with pytest.raises(Forbidden):
        create(bucket, content)
    assert sandbox.read("exports", "name") == content
    with pytest.raises(PreconditionFailed):
        create(bucket, content)


def test_a_lost_answer_can_be_a_cut_connection(sandbox: Sandbox, bucket: Any) -> None:
    sandbox.add_fault(action="fail_after_write", operation="insert", cut=True)
    with pytest.raises(requests.ConnectionError):
        plain_post(sandbox, bucket, b"content")
    assert sandbox.read("exports", "name") == b"content"


def test_a_cut_upload_leaves_nothing(sandbox: Sandbox, bucket: Any) -> None:
    sandbox.add_fault(action="cut", operation="insert", after_bytes=100_000)
    with pytest.raises(requests.ConnectionError):
        plain_post(sandbox, bucket, bytes(20 * MB))
    assert sandbox.names("exports") == ["warm"]


def test_a_cut_session_is_taken_up_by_the_official_client(sandbox: Sandbox, bucket: Any) -> None:
    from google.cloud.storage.retry import DEFAULT_RETRY  # noqa: PLC0415  (only here)

    content = os.urandom(9 * MB)
    sandbox.add_fault(action="cut", operation="insert", method="PUT", after_bytes=4 * MB)
    create(bucket, content, retry=DEFAULT_RETRY)
    assert sandbox.read("exports", "name") == content


def test_a_held_call_goes_on_when_it_is_released(sandbox: Sandbox, bucket: Any) -> None:
    fault = sandbox.add_fault(action="hold", operation="insert", seconds=30)
    started = threading.Thread(target=create, args=(bucket, b"content"))
    started.start()
    wait_until(lambda: sandbox.console.faults() == [])
    assert sandbox.names("exports") == ["warm"]
    sandbox.console.release_fault(fault)
    started.join(10)
    assert sandbox.names("exports") == ["name", "warm"]


def test_a_slow_upload_takes_its_time(sandbox: Sandbox, bucket: Any) -> None:
    sandbox.add_fault(action="slow", operation="insert", bytes_per_second=1_000_000)
    began = time.monotonic()
    assert plain_post(sandbox, bucket, bytes(500_000)).status_code == 200
    assert time.monotonic() - began >= 0.5


def test_a_rule_that_could_never_work_is_refused(sandbox: Sandbox) -> None:
    for rule in ({"action": "explode"}, {"action": "slow"}, {"action": "cut", "path": "("}):
        with pytest.raises(SandboxRefused):
            sandbox.add_fault(**rule)
    with pytest.raises(SandboxRefused, match="no colour"):
        sandbox.add_fault(action="cut", colour="red")


def test_a_named_answer_stays_until_it_is_removed(sandbox: Sandbox, bucket: Any) -> None:
    fault = sandbox.console.let_google_answer("service_perimeter", bucket="exports")
    for _ in range(2):
        answer = plain_post(sandbox, bucket, b"content")
        assert answer.status_code == 403
        assert "vpcServiceControlsUniqueIdentifier" in answer.json()["error"]["message"]
    sandbox.console.remove_fault(fault)
    assert plain_post(sandbox, bucket, b"content").status_code == 200


def test_a_named_answer_can_be_given_a_number_of_times(sandbox: Sandbox, bucket: Any) -> None:
    sandbox.console.let_google_answer("bad_gateway", times=1)
    answer = plain_post(sandbox, bucket, b"content")
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (502, "text/html")
    assert plain_post(sandbox, bucket, b"content").status_code == 200


def test_an_answer_names_the_object_of_the_call(sandbox: Sandbox, bucket: Any) -> None:
    sandbox.console.let_google_answer("temporary_hold")
    message = plain_post(sandbox, bucket, b"content").json()["error"]["message"]
    assert message.startswith("Object 'exports/name' is under active Temporary hold")


def test_an_answer_can_come_after_the_write(sandbox: Sandbox, bucket: Any) -> None:
    sandbox.add_fault(answer="gateway_timeout", action="fail_after_write", times=1)
    assert plain_post(sandbox, bucket, b"content").status_code == 504
    assert sandbox.read("exports", "name") == b"content"


def test_an_answer_that_nobody_knows_is_refused_with_those_there_are(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxRefused, match="no answer no_such.*service_perimeter"):
        sandbox.console.let_google_answer("no_such")


def test_an_answer_outlives_a_save_of_the_state() -> None:
    state = State(faults=[Fault(id="1", action="reject", answer="quota", bucket="exports")])
    assert parse(asdict(state)).faults == state.faults


def wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)
