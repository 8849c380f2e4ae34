"""`python -m tests.torture.half WHAT SEED FIRST RUNS OUTCOME`: runs on the database that is set.

WHAT is exports or imports. Prints a line a run and writes the counts to the file OUTCOME.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings

from clevertap_partners.sandbox import processes
from tests.services import Sandbox, settings_for

# A run that does not end takes long: so many tell enough.
FAILED_RUNS_ARE_ENOUGH = 3


def main() -> None:
    what = sys.argv[1]
    seed, first, runs = map(int, sys.argv[2:5])
    django.setup()
    # Models can be imported from here on.
    from django.test.runner import DiscoverRunner  # noqa: PLC0415

    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    tally = import_module(f"tests.{what}.torture.chamber").new_tally()
    try:
        torture_all(what, seed, range(first, first + runs), tally)
    finally:
        runner.teardown_databases(databases)
    Path(sys.argv[5]).write_text(json.dumps(tally.report()))


def torture_all(what: str, seed: int, numbers: range, tally: Any) -> None:
    from django.contrib.auth.models import User  # noqa: PLC0415  (as above)

    chambers = import_module(f"tests.{what}.torture.chamber")
    os.environ.update(chambers.OF_SANDBOX)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="partners-torture-")))
        service = processes.start_sandbox(folder=folder / "sandbox")
        stack.enter_context(processes.stopping(service))
        places = {"LAKE_URL": str(folder / "lake"), "SCRATCH_DIR": folder / "scratch"}
        stack.enter_context(override_settings(**settings_for(service.url), **places))
        chamber = stack.enter_context(
            chambers.chamber_at_work(
                sandbox=Sandbox(service.url),
                valkey=settings.REDIS_URL,
                person=User.objects.create_user("torturer@example.com"),
            )
        )
        failed = 0
        for number in numbers:
            failed += not torture_one(what, chamber, seed, number, tally)
            if failed >= FAILED_RUNS_ARE_ENOUGH:
                return


def torture_one(what: str, chamber: Any, seed: int, number: int, tally: Any) -> bool:
    """Whether all was well."""
    started, kills, before = time.monotonic(), tally.kills, len(tally.failures)
    chamber.torture(seed, number, tally)
    failures = tally.failures[before:]
    cost = f"{tally.kills - kills} killed, {time.monotonic() - started:.1f} s"
    outcome = "\n".join(failures) or "all there, once"
    # In one piece: the other half writes as well.
    sys.stdout.write(f"{what}, run {number} on {connection.vendor}: {cost}, {outcome}\n")
    sys.stdout.flush()
    return not failures


if __name__ == "__main__":
    main()
