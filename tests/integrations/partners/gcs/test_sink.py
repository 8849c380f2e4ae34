"""The sink against the sandbox, through Google's own client."""

from __future__ import annotations

import io
import os
from dataclasses import replace

import pytest
import requests

from clevertap_partners.core.errors import PermanentError, TransientError
from clevertap_partners.core.objects import MayNotRead, ObjectExists
from integrations.partners.gcs.sink import PIECE_BYTES, GcsSink, stored_object
from tests.integrations.partners.gcs.conftest import QUICK, object_of

pytestmark = pytest.mark.services
LARGE = 9 * 1024 * 1024  # above 8 MiB, where the client uses a resumable upload


@pytest.fixture
def key_file(sandbox, bucket):
    return sandbox.create_service_account(buckets=[bucket])


@pytest.fixture
def sink(config_for, key_file):
    return GcsSink(config_for(key_file), retry=QUICK)


@pytest.fixture
def reader(sandbox, bucket, key_file, sink):
    sandbox.grant(
        bucket,
        key_file["client_email"],
        "roles/storage.objectCreator",
        "roles/storage.objectViewer",
    )
    return sink


@pytest.mark.parametrize(
    "content", [b"", b"one line\n", os.urandom(LARGE)], ids=["0", "small", "large"]
)
def test_it_stores_the_bytes_exactly_and_says_what_it_stored(sandbox, bucket, sink, content):
    new, body = object_of(content, run="1795300060")

    stored = sink.create(new, body)

    assert sandbox.read(bucket, "file.json") == content
    assert (stored.name, stored.size, stored.crc32c) == (new.name, new.size, new.crc32c)
    assert stored.metadata == {"run": "1795300060"}
    assert stored.generation > 0


def test_it_needs_the_right_to_create_and_no_other(sandbox, sink):
    sink.create(*object_of(b"x"))
    sink.create(*object_of(os.urandom(LARGE), "large"))

    assert sandbox.permissions() == {"storage.objects.create"}


@pytest.mark.parametrize("role", ["roles/storage.objectCreator", "roles/storage.objectAdmin"])
@pytest.mark.parametrize("size", [10, LARGE])
def test_a_taken_name_is_left_alone_and_told(sandbox, bucket, sink, key_file, size, role):
    """With the right to overwrite as well: the condition protects, not the lack of rights."""
    sandbox.grant(bucket, key_file["client_email"], role)
    sink.create(*object_of(b"first"))

    with pytest.raises(ObjectExists):
        sink.create(*object_of(os.urandom(size)))

    assert sandbox.read(bucket, "file.json") == b"first"


@pytest.mark.parametrize("size", [10, LARGE])
def test_a_lost_answer_looks_like_a_taken_name(sandbox, bucket, sink, size, monkeypatch):
    monkeypatch.setattr("integrations.partners.gcs.sink.PIECE_BYTES", 2 * PIECE_BYTES)
    content = os.urandom(size)
    sandbox.add_fault(operation="insert", action="fail_after_write", status=503)

    with pytest.raises(ObjectExists):
        sink.create(*object_of(content))

    assert sandbox.read(bucket, "file.json") == content


@pytest.mark.parametrize("size", [10, LARGE])
def test_a_body_that_differs_from_its_checksum_is_refused_by_the_bucket(
    sandbox, bucket, config_for, key_file, size
):
    sink = GcsSink(config_for(key_file), retry=QUICK.with_timeout(0.2))
    new, _ = object_of(b"x" * size)

    with pytest.raises(TransientError) as caught:
        sink.create(new, io.BytesIO(b"y" * size))

    assert caught.value.code == "checksum_mismatch"
    assert sandbox.names(bucket) == []


def test_a_body_of_another_length_is_a_mistake_of_the_caller(sandbox, bucket, sink):
    new, body = object_of(b"1234")

    with pytest.raises(ValueError, match="not 5 bytes long"):
        sink.create(replace(new, size=5), body)

    assert sandbox.operations() == []


def test_it_never_deletes(sandbox, sink, monkeypatch):
    """Not even when the bucket says that it holds something else than was sent."""
    new, body = object_of(b"content")
    monkeypatch.setattr(
        "integrations.partners.gcs.sink.stored_object",
        lambda blob: replace(stored_object(blob), crc32c="AAAAAA=="),
    )

    with pytest.raises(PermanentError) as caught:
        sink.create(new, body)

    assert caught.value.code == "stored_differs"
    assert sandbox.names("exports") == ["file.json"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("size", [10, LARGE])
def test_a_passing_fault_is_outlived(sandbox, bucket, sink, status, size):
    content = os.urandom(size)
    sandbox.add_fault(operation="insert", action="reject", status=status)

    sink.create(*object_of(content))

    assert sandbox.read(bucket, "file.json") == content


def test_a_connection_cut_in_the_middle_is_outlived(sandbox, bucket, sink):
    content = os.urandom(LARGE)
    sandbox.add_fault(operation="insert", action="cut", after_bytes=100_000)

    sink.create(*object_of(content))

    assert sandbox.read(bucket, "file.json") == content


def test_it_gives_up_on_a_fault_that_stays(sandbox, config_for, key_file):
    sink = GcsSink(config_for(key_file), retry=QUICK.with_timeout(0.3))
    sandbox.add_fault(operation="insert", action="reject", status=503, times=1000)

    with pytest.raises(TransientError) as caught:
        sink.create(*object_of(b"x"))

    assert caught.value.code == "google_unavailable"


def test_a_bucket_that_is_not_there_is_told_at_once(sandbox, config_for, key_file):
    sink = GcsSink(config_for(key_file, "nowhere-at-all"), retry=QUICK)

    with pytest.raises(PermanentError) as caught:
        sink.create(*object_of(b"x"))

    assert caught.value.code == "bucket_not_found"


def test_a_missing_right_is_told_with_the_command_to_give_it(sandbox, bucket, sink, key_file):
    sandbox.grant(bucket, key_file["client_email"])

    with pytest.raises(PermanentError) as caught:
        sink.create(*object_of(b"x"))

    assert caught.value.code == "permission_missing"
    assert "storage.objects.create" in caught.value.message
    assert f"add-iam-policy-binding gs://{bucket}" in caught.value.fix
    assert f"--member=serviceAccount:{key_file['client_email']}" in caught.value.fix
    assert "--role=roles/storage.objectCreator" in caught.value.fix


def test_it_calls_no_address_but_the_allowed_ones(sandbox, sink, monkeypatch):
    called = []
    send = requests.Session.send
    monkeypatch.setattr(
        requests.Session,
        "send",
        lambda self, request, **options: (
            called.append(request.url) or send(self, request, **options)
        ),
    )

    sink.create(*object_of(b"x"))

    assert len(called) == 2
    assert all(url.startswith(f"{sandbox.url}/") for url in called)


def test_a_deleted_key_is_told(sandbox, sink, key_file):
    sandbox.console.delete_key(key_file["client_email"], key_file["private_key_id"])

    with pytest.raises(PermanentError) as caught:
        sink.create(*object_of(b"x"))

    assert caught.value.code == "key_deleted"


def test_a_locked_retention_policy_is_not_in_the_way(sandbox, bucket, sink):
    sandbox.console.set_retention(bucket, 3600)
    sandbox.console.lock_retention(bucket)

    sink.create(*object_of(b"kept"))

    assert sandbox.read(bucket, "file.json") == b"kept"


def test_it_looks_at_what_is_there(reader):
    created = reader.create(*object_of(b"x", run="7"))

    assert reader.look("file.json") == created
    assert reader.look("another.json") is None


def test_a_page_of_a_proxy_does_not_say_that_an_object_is_absent(reader, sandbox):
    reader.create(*object_of(b"x"))
    sandbox.add_fault(answer="portal_404", path="^/storage/v1/b/exports/o/", times=1)

    found = reader.look("file.json")

    assert found is not None


def test_a_bucket_that_is_gone_is_no_absent_object(reader, sandbox):
    sandbox.console.delete_bucket("exports")

    with pytest.raises(PermanentError) as caught:
        reader.look("file.json")

    assert caught.value.code == "bucket_not_found"


@pytest.mark.parametrize("size", [10, LARGE])
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("encryption_enforcement", "encryption_enforcement"),
        ("public_access_prevention", "request_refused"),
    ],
)
def test_a_condition_of_the_bucket_is_no_taken_name(sandbox, bucket, sink, size, answer, code):
    """Even after a try that was not clearly answered, and without the right to look."""
    sandbox.add_fault(path="^/upload/", action="reject", status=503, times=1)
    sandbox.console.let_google_answer(answer, bucket=bucket)

    with pytest.raises(PermanentError) as caught:
        sink.create(*object_of(os.urandom(size)))

    assert caught.value.code == code
    assert [fault["answer"] for fault in sandbox.console.faults()] == [answer]
    assert sandbox.names(bucket) == []


@pytest.mark.parametrize(
    ("first", "after_try"),
    [
        ({"status": 503}, True),
        ({"answer": "portal_403", "times": 1}, True),
        ({"status": 429, "reason": "rateLimitExceeded"}, False),
    ],
)
def test_a_taken_name_may_be_ours_only_after_an_unclear_answer(sandbox, sink, first, after_try):
    sink.create(*object_of(b"first"))
    sandbox.add_fault(operation="insert", action="reject", **first)

    with pytest.raises(ObjectExists) as caught:
        sink.create(*object_of(b"second"))

    assert caught.value.after_try is after_try


def test_it_lists_by_prefix_page_by_page(reader, sandbox):
    for name in ("7-a", "7-b", "8-a"):
        reader.create(*object_of(b"x", name))

    assert [one.name for one in reader.listing("7-")] == ["7-a", "7-b"]


def test_a_fault_in_the_middle_of_a_listing_loses_nothing(reader, sandbox):
    reader.create(*object_of(b"x", "7-a"))
    sandbox.add_fault(operation="list", action="reject", status=503)

    assert [one.name for one in reader.listing("7-")] == ["7-a"]


def test_without_the_right_to_read_it_says_so(sink):
    sink.create(*object_of(b"x"))

    with pytest.raises(MayNotRead):
        sink.look("file.json")
    with pytest.raises(MayNotRead):
        list(sink.listing("file"))


def test_a_bucket_whose_requester_pays_needs_a_project(sandbox, bucket, config_for, key_file):
    sandbox.console.set_requester_pays(bucket, True)
    config = config_for(key_file)

    with pytest.raises(PermanentError) as caught:
        GcsSink(config, retry=QUICK).create(*object_of(b"x"))
    GcsSink(config.billed_to_key_project(), retry=QUICK).create(*object_of(b"x"))

    assert caught.value.code == "requester_pays"
    assert sandbox.names(bucket) == ["file.json"]


def test_its_repr_holds_no_secret(sink):
    assert repr(sink) == "GcsSink('exports')"
