"""Compares what is in the bucket with what was loaded, and with what ledger and manifest say."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import google_crc32c

from exports.models import Export, ExportRun
from tests.exports.torture.decoders import read_rows
from tests.exports.torture.scenario import Row, Scenario
from tests.services import Sandbox
from tests.torture.tally import Verdict


@dataclass
class ExportVerdict(Verdict):
    """Besides, what the bucket was asked for."""

    uploads: int = 0
    names_taken: int = 0


def judge(scenario: Scenario, export: Export, sandbox: Sandbox) -> ExportVerdict:
    verdict = ExportVerdict(expected=scenario.expected.total())
    run = export.runs.get()
    objects = {one["name"]: one for one in sandbox.objects(export.bucket_name)}
    contents = {name: sandbox.read(export.bucket_name, name) for name in objects}
    manifests = [json.loads(contents.pop(name)) for name in objects if is_manifest(name)]
    if len(manifests) != 1:
        verdict.broken.append(f"there are {len(manifests)} manifests")
    manifest = manifests[0] if manifests else {"files": [], "totals": {}}
    told = {file["name"]: file for file in manifest["files"]}
    found: Counter[Row] = Counter()
    for name, content in contents.items():
        rows = rows_of(scenario, objects[name], content)
        found.update(rows)
        if len(rows) != (count := told.get(name, {}).get("rows")):
            verdict.broken.append(f"{name} has {len(rows)} rows; the manifest says {count}")
    verdict.lost = (scenario.expected - found).total()
    verdict.doubled = (found - scenario.expected).total()
    verdict.broken += compare_names(run, contents, manifest)
    verdict.broken += compare_totals(scenario, contents, manifest)
    for file in manifest["files"]:
        if file["name"] in contents:
            content = contents[file["name"]]
            verdict.broken += compare_file(run, file, objects[file["name"]], content)
            verdict.broken += check_size(scenario, file, content)
    judge_journal(verdict, sandbox, export, set(objects))
    return verdict


def is_manifest(name: str) -> bool:
    return name.endswith("-manifest.json")


def rows_of(scenario: Scenario, stored: Any, content: bytes) -> list[Row]:
    """Every row of an object, whatever the manifest says of it."""
    event_name = event_name_of(stored)
    encode = scenario.encode
    return read_rows(scenario.format, stored["name"], content, encode, event_name=event_name)


def event_name_of(stored: Any) -> str:
    """As the bucket has it; empty for profiles."""
    return str(stored["metadata"].get("event-name", ""))


def compare_names(run: ExportRun, contents: Mapping[str, bytes], manifest: Any) -> Iterator[str]:
    """Every object is named by ledger and manifest, and the other way round."""
    if unsettled := run.files.filter(stored_at__isnull=True).count():
        yield f"{unsettled} files are announced in the ledger and never stored"
    in_bucket = sorted(contents)
    if sorted(run.files.values_list("name", flat=True)) != in_bucket:
        yield "the ledger does not name what is in the bucket"
    if sorted(file["name"] for file in manifest["files"]) != in_bucket:
        yield "the manifest does not name what is in the bucket"


def compare_totals(
    scenario: Scenario, contents: Mapping[str, bytes], manifest: Any
) -> Iterator[str]:
    counted = {
        "files": len(contents),
        "rows": scenario.expected.total(),
        "bytes": sum(map(len, contents.values())),
    }
    for key, count in counted.items():
        if manifest["totals"].get(key) != count:
            yield f"the manifest's total of {key} is {manifest['totals'].get(key)}, not {count}"


def compare_file(run: ExportRun, file: Any, stored: Any, content: bytes) -> Iterator[str]:
    """Manifest, ledger, the bucket's word and the bytes themselves."""
    row = run.files.get(name=file["name"])
    crc32c = base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode()
    for what, values in {
        "size": {file["bytes"], row.bytes, int(stored["size"]), len(content)},
        "checksum": {file["crc32c"], row.crc32c, stored["crc32c"], crc32c},
        "rows": {file["rows"], row.rows},
        "event": {file["event_name"] or "", row.event_name, event_name_of(stored)},
        # Null where the credentials did not allow asking for it.
        "generation": {file["generation"], row.generation, int(stored["generation"])} - {None},
    }.items():
        if len(values) != 1:
            yield f"{file['name']}: its {what} is told in {len(values)} ways: {values}"


def check_size(scenario: Scenario, file: Any, content: bytes) -> Iterator[str]:
    if len(content) > scenario.max_bytes and file["rows"] > 1:
        yield f"{file['name']} has {len(content)} bytes; {scenario.max_bytes} are allowed"


def judge_journal(
    verdict: ExportVerdict, sandbox: Sandbox, export: Export, names: set[str]
) -> None:
    """What we really asked of the bucket: to create each object once, and nothing else."""
    assert export.connection
    ours = [
        entry
        for entry in sandbox.console.journal()
        if f"/b/{export.bucket_name}/" in entry["path"]
        and entry["caller"] == export.connection.client_email
    ]
    uploads = [entry for entry in ours if entry["operation"] == "insert"]
    verdict.uploads = len(uploads)
    verdict.names_taken = sum(entry["status"] == 412 for entry in uploads)
    changes = Counter(change for entry in ours for change in entry["changes"])
    if changes != Counter(f"create {name}" for name in names):
        verdict.broken.append(f"objects were not created once each and left alone: {changes}")
