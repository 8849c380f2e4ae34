"""First everybody, then those who have changed: read back from the bucket."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.lake import profiles_uri
from clevertap_partners.eventstore.profiles import ProfileChange, ProfileWriter
from clevertap_partners.eventstore.upkeep_work import upkeep_now
from exports.models import Export
from exports.services import export_run_now
from exports.work import work
from integrations.models import Connection
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def people(account: Account, batch: int, **plans: str) -> None:
    changes = [ProfileChange(name, None, {"plan": plan}, 1_000_000) for name, plan in plans.items()]
    ProfileWriter(profiles_uri(account.pk)).merge(changes, app_id="test", batch=batch)


def sent(sandbox: Sandbox, export: Export) -> dict[str, str]:
    """Person and plan in the files of the export's newest run."""
    run = export.runs.order_by("-pk")[0]
    assert run.status == "done"
    names = list(run.files.values_list("name", flat=True))
    lines = [gzip.decompress(sandbox.read("exports", name)).splitlines() for name in names]
    rows = [json.loads(line) for part in lines for line in part]
    assert len(rows) == run.rows_counted
    return {row["identity"]: row["plan"] for row in rows}


def test_the_first_run_sends_everybody_and_later_ones_whoever_changed(
    sandbox: Sandbox,
    account: Account,
    member: User,
    connection: Connection,
    make_recurring: Callable[..., Export],
) -> None:
    people(account, 1, ann="free", bob="free", cy="gold")
    export = make_recurring(connection)
    work()
    assert sent(sandbox, export) == {"ann": "free", "bob": "free", "cy": "gold"}

    people(account, 2, bob="gold", cy="gold")
    people(account, 3, dee="free")
    upkeep_now(account=account)
    assert export_run_now(export=export, actor=member)
    work()
    assert sent(sandbox, export) == {"bob": "gold", "dee": "free"}

    assert export_run_now(export=export, actor=member)
    work()
    assert sent(sandbox, export) == {}
    export.refresh_from_db()
    assert (export.status, export.trouble_code) == ("pending", "")
