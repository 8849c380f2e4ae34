"""`python -m clevertap_partners.sandbox`: fake-gcs-server and the gateway, until a signal."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from clevertap_partners.sandbox import processes
from clevertap_partners.sandbox.gateway.running import StateInUse, run


class StorageEnded(Exception):
    """fake-gcs-server ended by itself."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    try:
        serve(asked.state_dir.resolve(), asked.port)
    except (processes.CouldNotStart, StateInUse, StorageEnded, OSError) as error:
        sys.stderr.write(f"The sandbox stopped: {error}\n")
        return 1
    return 0


def serve(folder: Path, port: int) -> None:
    storage = processes.start_storage(folder=folder, public_url=f"http://127.0.0.1:{port}")
    stop = threading.Event()
    with processes.stopping(storage):
        threading.Thread(target=stop_with, args=(storage, stop), daemon=True).start()
        run(port=port, upstream_url=storage.url, state_file=folder / "state.json", stop=stop)
        if not storage.is_running():
            raise StorageEnded(f"fake-gcs-server ended. Its log is {storage.log}.")


def stop_with(storage: processes.Service, stop: threading.Event) -> None:
    storage.process.wait()
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
