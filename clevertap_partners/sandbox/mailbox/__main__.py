"""`python -m clevertap_partners.sandbox.mailbox`: the sandbox's mail server, until a signal."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from clevertap_partners.sandbox.mailbox.server import Keeper, mail_server
from clevertap_partners.sandbox.mailbox.store import Store


def main() -> int:
    parser = argparse.ArgumentParser(prog="mailbox", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = mail_server(Keeper(Store(asked.folder.resolve())), port=asked.port)
    try:
        server.start()
    except OSError as error:
        sys.stderr.write(f"The sandbox's mail server did not start: {error}\n")
        return 1
    stop.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
