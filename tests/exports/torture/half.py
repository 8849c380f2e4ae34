"""`python -m tests.exports.torture.half SEED FIRST RUNS OUTCOME`: runs on the database that is set.

Prints a line a run and writes the counts to the file OUTCOME.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings

from clevertap_partners.sandbox import processes
from tests.processes import environment_for_tests
from tests.services import Sandbox, settings_for

# A run that does not end takes long: so many tell enough.
FAILED_RUNS_ARE_ENOUGH = 3


def main() -> None:
    seed, first, runs = map(int, sys.argv[1:4])
    django.setup()
    # Models can be imported from here on.
    from django.test.runner import DiscoverRunner  # noqa: PLC0415

    from tests.exports.torture.tally import Tally  # noqa: PLC0415

    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    tally = Tally()
    try:
        torture_all(seed, range(first, first + runs), tally)
    finally:
        runner.teardown_databases(databases)
    Path(sys.argv[4]).write_text(json.dumps(tally.report()))


def torture_all(seed: int, numbers: range, tally: Any) -> None:
    from django.contrib.auth.models import User  # noqa: PLC0415  (as above)
    from redis import Redis  # noqa: PLC0415

    from tests.exports.torture.chamber import LEASE, Chamber  # noqa: PLC0415
    from tests.exports.torture.crew import crew_at_work  # noqa: PLC0415
    from tests.exports.torture.stranger import Stranger  # noqa: PLC0415

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="partners-torture-")))
        service = processes.start_sandbox(folder=folder / "sandbox")
        stack.enter_context(processes.stopping(service))
        places = {"LAKE_URL": str(folder / "lake"), "SCRATCH_DIR": folder / "scratch"}
        stack.enter_context(override_settings(**settings_for(service.url), **places))
        environment = environment_for_tests(settings.REDIS_URL) | LEASE
        crew = stack.enter_context(crew_at_work(environment))
        sandbox = Sandbox(service.url)
        chamber = Chamber(
            crew=crew,
            sandbox=sandbox,
            queue=Redis.from_url(settings.REDIS_URL, socket_timeout=5),
            key=sandbox.create_service_account("torturer"),
            stranger=Stranger(sandbox),
            person=User.objects.create_user("torturer@example.com"),
        )
        failed = 0
        for number in numbers:
            failed += not torture_one(chamber, seed, number, tally)
            if failed >= FAILED_RUNS_ARE_ENOUGH:
                return


def torture_one(chamber: Any, seed: int, number: int, tally: Any) -> bool:
    """Whether all was well."""
    started, kills, before = time.monotonic(), tally.kills, len(tally.failures)
    chamber.torture(seed, number, tally)
    failures = tally.failures[before:]
    cost = f"{tally.kills - kills} killed, {time.monotonic() - started:.1f} s"
    outcome = "\n".join(failures) or "all there, once"
    # In one piece: the other half writes as well.
    sys.stdout.write(f"run {number} on {connection.vendor}: {cost}, {outcome}\n")
    sys.stdout.flush()
    return not failures


if __name__ == "__main__":
    main()
