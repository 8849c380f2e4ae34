"""One process with one database: makes it, then says how long each page takes when it is told to.

`python -m bench.web_pages <exports>`; the database is that of DATABASE_URL.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

REPEATS = 5


def main(exports: int) -> None:
    import django  # noqa: PLC0415  (the settings come from the environment of this process only)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from bench import web_data  # noqa: PLC0415

    call_command("migrate", "--no-input", verbosity=0)
    web_data.make(exports)
    pages = web_data.urls()
    ask = signed_in()
    say({name: queries(ask, *page) for name, page in pages.items()})
    for line in sys.stdin:
        if line.strip() == "go":
            say({name: milliseconds(ask, *page) for name, page in pages.items()})


def signed_in() -> Any:
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from bench.web_data import ACCOUNT  # noqa: PLC0415

    client = Client(SERVER_NAME="localhost")
    client.force_login(
        User.objects.get(username="person0"),
        backend="django.contrib.auth.backends.ModelBackend",
    )

    def ask(path: str, params: dict[str, Any]) -> None:
        response = client.get(f"/{ACCOUNT}/settings/partners/{path}", params)
        assert response.status_code == 200, (path, params, response.status_code)

    return ask


def queries(ask: Any, path: str, params: dict[str, Any]) -> int:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    ask(path, params)
    with CaptureQueriesContext(connection) as captured:
        ask(path, params)
    return len(captured)


def milliseconds(ask: Any, path: str, params: dict[str, Any]) -> float:
    """The best of a few: what else the machine does only ever adds.

    SQLite works in this very process, so that processor time has all of it and nothing of others.
    """
    from django.db import connection  # noqa: PLC0415

    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    times = []
    for _ in range(REPEATS):
        started = clock()
        ask(path, params)
        times.append(clock() - started)
    return min(times) * 1000


def say(found: dict[str, Any]) -> None:
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
