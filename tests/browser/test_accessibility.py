"""axe finds nothing on any screen, drawers included."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from axe_selenium_python import Axe
from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.accounts.services import member_set
from exports.models import Export, ExportRun
from tests.browser.pages.base import PARTNERS, Screen
from tests.connections import CREATE_AND_READ, connect
from tests.exports.conftest import spec_for
from tests.lakes import DAY
from tests.services import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]

# The axe that comes with the package is old: it reports the <div> groups that <dl> has allowed
# since HTML 5.2.
OLD_RULES = {"rules": {"dlitem": {"enabled": False}, "definition-list": {"enabled": False}}}


@pytest.fixture
def export(account: Account, member: User, sandbox: Sandbox) -> Export:
    """A finished export with one file; nothing is left to do for a worker."""
    sandbox.create_bucket("exports")
    key = sandbox.create_service_account(buckets=["exports"], role=CREATE_AND_READ)
    connection = connect(account, key, "exports")
    spec = spec_for(connection)
    export = Export.objects.create(
        account=account,
        request_id=1_795_300_000,
        connection=connection,
        partner="google-cloud",
        bucket_nickname="Warehouse",
        bucket_name="exports",
        created_by=member,
        type=spec.type,
        frequency=spec.frequency,
        range_kind=spec.range_kind,
        first_day=spec.first_day,
        last_day=spec.last_day,
        format="json",
        options={"identifiers": ["identity"], "event_name_line": True, "manifest": True},
        status="done",
    )
    counts = ("rows_counted", "rows_read", "rows_in_files", "rows_in_bucket")
    run = ExportRun.objects.create(
        export=export,
        window="once",
        run_timestamp=1_795_300_060,
        status="done",
        rows_counted=3,
        reconciliation={**dict.fromkeys(counts, 3), "bucket_source": "listing"},
    )
    unit = run.units.create(event_day=DAY, rows_counted=3, status="done")
    run.files.create(
        unit=unit,
        name="1795300000-1795300060-A-20261121-0-0.json",
        event_name="A",
        event_day=DAY,
        index=0,
        rows=3,
        bytes=100,
        crc32c="AAAAAA==",
        min_ts=1,
        max_ts=2,
        stored_at=timezone.now(),
    )
    return export


@pytest.fixture
def violations(screen: Screen) -> Callable[[str], str]:
    """What axe finds at an address, in words."""

    def find(path: str) -> str:
        screen.open(path)
        axe = Axe(screen.driver)
        axe.inject()
        found = axe.run(options=OLD_RULES)["violations"]
        return json.dumps(
            [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in found],
            indent=1,
        )

    return find


def test_no_screen_has_a_violation(
    violations: Callable[[str], str], export: Export, account: Account, member: User
) -> None:
    member_set(account=account, user=member, role="admin")  # type: ignore[arg-type]  # its value
    paths = [
        PARTNERS,
        f"{PARTNERS}google-cloud/?blocks=2",
        f"{PARTNERS}exports/",
        f"{PARTNERS}exports/new/?partner=google-cloud",
        f"{PARTNERS}exports/{export}/",
        f"{PARTNERS}exports/{export}/?tab=runs",
        f"{PARTNERS}exports/{export}/?tab=files",
        f"{PARTNERS}activity/",
        "/sandbox/",
        "/sandbox/buckets/exports/",
    ]
    found = {path: violations(path) for path in paths}
    assert {path: text for path, text in found.items() if text != "[]"} == {}
