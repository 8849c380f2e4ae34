"""Uploads in every kind that the official client has."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import threading
from typing import Any

import google_crc32c
import pytest
import requests
from google.api_core.exceptions import BadRequest, Forbidden, PreconditionFailed

from clevertap_partners.sandbox.client import SandboxRefused
from tests.services import Sandbox

pytestmark = pytest.mark.services

MB = 1_000_000
CHUNK = 256 * 1024


def sums(content: bytes) -> tuple[str, str]:
    crc, md5 = google_crc32c.Checksum(content), hashlib.md5(content, usedforsecurity=False)
    return base64.b64encode(crc.digest()).decode(), base64.b64encode(md5.digest()).decode()


@pytest.fixture
def bucket(sandbox: Sandbox) -> Any:
    """As somebody sees it who may create objects and nothing else."""
    name = sandbox.create_bucket()
    return sandbox.client(sandbox.create_service_account(buckets=[name])).bucket(name)


def create(bucket: Any, name: str, content: bytes, *, kind: str) -> Any:
    blob = bucket.blob(name, chunk_size=CHUNK if kind == "chunks" else None)
    blob.upload_from_file(io.BytesIO(content), size=len(content), if_generation_match=0)
    return blob


KINDS = {"multipart": 1000, "resumable": 9 * MB, "chunks": 9 * MB}


@pytest.mark.parametrize("kind", KINDS)
def test_an_upload_arrives_whole_with_right_checksums(
    sandbox: Sandbox, bucket: Any, kind: str
) -> None:
    content = os.urandom(KINDS[kind])
    blob = bucket.blob("a b/é?#%2F+😀.json", chunk_size=CHUNK if kind == "chunks" else None)
    blob.metadata = {"run": "1700", "event": "Añadido"}
    blob.upload_from_file(
        io.BytesIO(content),
        size=len(content),
        content_type="application/json",
        if_generation_match=0,
    )
    [stored] = sandbox.objects("exports")
    assert (stored["crc32c"], stored["md5Hash"]) == sums(content)
    assert int(stored["size"]) == len(content) == blob.size
    assert stored["name"] == "a b/é?#%2F+😀.json"
    assert stored["metadata"] == {"run": "1700", "event": "Añadido"}
    assert stored["contentType"] == "application/json"
    assert int(stored["generation"]) == blob.generation
    assert sandbox.read("exports", stored["name"]) == content


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_can_be_created_once_only(sandbox: Sandbox, bucket: Any, kind: str) -> None:
    create(bucket, "name", b"first", kind="multipart")
    with pytest.raises(PreconditionFailed) as caught:
        create(bucket, "name", bytes(KINDS[kind]), kind=kind)
    assert "conditionNotMet" in str(caught.value)
    assert sandbox.read("exports", "name") == b"first"


def start_session(bucket: Any, name: str, resource: dict[str, str] | None = None) -> str:
    session = bucket.client._http
    answer = session.post(
        f"{bucket.client.api_endpoint}/upload/storage/v1/b/{bucket.name}/o",
        params={"uploadType": "resumable", "ifGenerationMatch": "0"},
        json={"name": name, **(resource or {})},
    )
    assert answer.status_code == 200
    return str(answer.headers["Location"])


def put(session_url: str, content: bytes, content_range: str = "") -> requests.Response:
    headers = {"Content-Range": content_range} if content_range else {}
    return requests.put(session_url, data=content, headers=headers, timeout=30)


def test_a_resumable_precondition_is_checked_again_at_the_end(
    sandbox: Sandbox, bucket: Any
) -> None:
    """The name is free when the session starts and taken when it ends."""
    session_url = start_session(bucket, "name")
    create(bucket, "name", b"first", kind="multipart")
    answer = put(session_url, b"second")
    assert answer.status_code == 412
    assert answer.json()["error"]["errors"][0]["reason"] == "conditionNotMet"
    assert sandbox.read("exports", "name") == b"first"


def test_of_many_creators_of_a_name_one_wins(sandbox: Sandbox, bucket: Any) -> None:
    """All sessions have all but their last byte, which then arrives everywhere at once."""
    size = 12 * MB  # creating takes long enough to overlap
    urls = [start_session(bucket, "name") for _ in range(6)]
    for url in urls:
        assert put(url, bytes(size), f"bytes 0-{size - 1}/{size + 1}").status_code == 308
    together = threading.Barrier(len(urls))
    statuses: list[int] = []

    def finish(url: str) -> None:
        together.wait(10)
        statuses.append(put(url, b"!", f"bytes {size}-{size}/{size + 1}").status_code)

    threads = [threading.Thread(target=finish, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [200] + [412] * 5


def test_a_session_goes_on_where_it_broke_off(sandbox: Sandbox, bucket: Any) -> None:
    content = os.urandom(600_000)
    session_url = start_session(bucket, "name")
    first = put(session_url, content[:CHUNK], f"bytes 0-{CHUNK - 1}/600000")
    assert (first.status_code, first.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    asked = put(session_url, b"", "bytes */600000")
    assert (asked.status_code, asked.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    last = put(session_url, content[CHUNK:], f"bytes {CHUNK}-599999/600000")
    assert last.status_code == 200
    assert put(session_url, b"", "bytes */600000").json() == last.json()
    assert sandbox.read("exports", "name") == content


def test_a_gap_in_a_session_is_refused(bucket: Any) -> None:
    session_url = start_session(bucket, "name")
    assert put(session_url, bytes(10), "bytes 100-109/200").status_code == 503


def test_an_unknown_session_is_404(sandbox: Sandbox, bucket: Any) -> None:
    url = f"{sandbox.url}/upload/storage/v1/b/exports/o?uploadType=resumable&upload_id=none"
    assert put(url, b"x").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", ["crc32c", "md5_hash"])
def test_a_damaged_upload_is_refused_and_leaves_nothing(
    sandbox: Sandbox, bucket: Any, kind: str, field: str
) -> None:
    blob = bucket.blob("name", chunk_size=CHUNK if kind == "chunks" else None)
    setattr(blob, field, "AAAAAA==")
    content = os.urandom(KINDS[kind])
    with pytest.raises(BadRequest, match="doesn't match calculated"):
        blob.upload_from_file(
            io.BytesIO(content), size=len(content), if_generation_match=0, checksum=None
        )
    assert sandbox.objects("exports") == []


@pytest.mark.parametrize(("crc32c", "status"), [("MuzKnw==", 400), ("", 200)])
def test_a_checksum_in_the_header_is_checked_too(
    sandbox: Sandbox, bucket: Any, crc32c: str, status: int
) -> None:
    answer = bucket.client._http.post(
        f"{sandbox.url}/upload/storage/v1/b/exports/o?uploadType=media&name=name",
        data=b"content",
        headers={"X-Goog-Hash": f"crc32c={crc32c or sums(b'content')[0]}"},
    )
    assert answer.status_code == status
    assert sandbox.names("exports") == (["name"] if status == 200 else [])


def test_long_names_and_names_below_names_are_kept(sandbox: Sandbox, bucket: Any) -> None:
    names = ["a", "a/b", "a" * 100, "a" * 101, "ü" * 512, "z/" * 400]
    for name in names:
        create(bucket, name, name.encode(), kind="multipart")
    assert sandbox.names("exports") == sorted(names, key=str.encode)
    assert all(sandbox.read("exports", name) == name.encode() for name in names)
    with pytest.raises(BadRequest):
        create(bucket, "a" * 1025, b"", kind="multipart")


def test_retention_keeps_objects_from_change_and_lets_new_ones_in(sandbox: Sandbox) -> None:
    name = sandbox.create_bucket(retention_s=3600)
    key = sandbox.create_service_account(buckets=[name], role="roles/storage.objectAdmin")
    bucket = sandbox.client(key).bucket(name)
    blob = create(bucket, "kept", b"1", kind="multipart")
    create(bucket, "another", b"2", kind="multipart")
    for change in (blob.delete, lambda: bucket.blob("kept").upload_from_string(b"3")):
        with pytest.raises(Forbidden) as caught:
            change()
        assert "retentionPolicyNotMet" in f"{caught.value} {caught.value.errors}"
    assert sandbox.read(name, "kept") == b"1"
    assert sandbox.console.empty_bucket(name) == {"deleted": 0, "kept": 2}


def test_retention_is_over_when_its_time_is(sandbox: Sandbox) -> None:
    name = sandbox.create_bucket(retention_s=3600)
    sandbox.put(name, "kept", b"1", sandbox.create_service_account(buckets=[name]))
    sandbox.console.set_clock_skew(3700)
    assert sandbox.console.empty_bucket(name) == {"deleted": 1, "kept": 0}


def test_a_locked_retention_may_only_grow(sandbox: Sandbox) -> None:
    name = sandbox.create_bucket(retention_s=100)
    sandbox.console.lock_retention(name)
    sandbox.console.set_retention(name, 200)
    with pytest.raises(SandboxRefused, match="may only grow"):
        sandbox.console.set_retention(name, 199)
    assert sandbox.console.buckets()[0]["retention_s"] == 200


def test_listing_comes_in_pages_with_prefix_and_delimiter(sandbox: Sandbox) -> None:
    name = sandbox.create_bucket()
    key = sandbox.create_service_account(buckets=[name], role="roles/storage.objectAdmin")
    bucket = sandbox.client(key).bucket(name)
    for number in range(7):
        create(bucket, f"run/{number}", b"", kind="multipart")
    create(bucket, "runaway", b"", kind="multipart")
    listed = bucket.list_blobs(prefix="run", page_size=3)
    assert [blob.name for blob in listed] == [*(f"run/{n}" for n in range(7)), "runaway"]
    folded = bucket.list_blobs(prefix="run", delimiter="/")
    assert [blob.name for blob in folded] == ["runaway"]
    assert folded.prefixes == {"run/"}


def test_an_object_with_gzip_encoding_is_kept_as_it_came(sandbox: Sandbox) -> None:
    name = sandbox.create_bucket()
    key = sandbox.create_service_account(buckets=[name], role="roles/storage.objectAdmin")
    packed = gzip.compress(b"content" * 1000)
    blob = sandbox.client(key).bucket(name).blob("packed")
    blob.content_encoding = "gzip"
    blob.upload_from_string(packed, if_generation_match=0)
    assert sandbox.read(name, "packed") == packed
    assert blob.download_as_bytes() == b"content" * 1000
    assert blob.download_as_bytes(raw_download=True) == packed


def test_a_session_does_not_outlive_its_bucket(sandbox: Sandbox, bucket: Any) -> None:
    session_url = start_session(bucket, "name")
    sandbox.console.delete_bucket("exports")
    sandbox.create_bucket("exports")
    assert put(session_url, b"late").status_code == 404
    assert sandbox.names("exports") == []


@pytest.mark.parametrize(
    "resource", [[], {"name": 7}, {"name": "\ud800"}, {"name": ""}, {"name": "a\nb"}]
)
def test_a_senseless_description_is_refused(sandbox: Sandbox, bucket: Any, resource: Any) -> None:
    address = f"{sandbox.url}/upload/storage/v1/b/exports/o"
    session = bucket.client._http
    answer = session.post(address, params={"uploadType": "resumable"}, json=resource)
    assert answer.status_code == 400
    kind = {"Content-Type": "multipart/related; boundary=XX"}
    parts = f"--XX\r\n\r\n{json.dumps(resource)}\r\n--XX\r\n\r\ncontent\r\n--XX--".encode()
    for body in (parts, b"--XX\r\n\r\n{}", b"nonsense", b""):
        answer = session.post(address, params={"uploadType": "multipart"}, data=body, headers=kind)
        assert answer.status_code == 400
    assert sandbox.names("exports") == []
