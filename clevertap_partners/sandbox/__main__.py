"""`python -m clevertap_partners.sandbox`: the gateway and its emulators, until a signal."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from clevertap_partners.sandbox import processes
from clevertap_partners.sandbox.gateway.running import EmulatorEnded, StateInUse, run


class StorageEnded(Exception):
    """fake-gcs-server ended by itself."""


_PROBLEMS = (processes.CouldNotStart, StateInUse, StorageEnded, EmulatorEnded, OSError)


def main() -> int:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--grpc-port", type=int, default=0, help="of BigQuery's Storage Read API")
    parser.add_argument("--bigquery", action="store_true", help="start it now, not when called")
    asked = parser.parse_args()
    try:
        serve(asked.state_dir.resolve(), asked.port, asked.grpc_port, bigquery=asked.bigquery)
    except _PROBLEMS as error:
        sys.stderr.write(f"The sandbox stopped: {error}\n")
        return 1
    return 0


def serve(folder: Path, port: int, grpc_port: int, *, bigquery: bool) -> None:
    storage = processes.start_storage(folder=folder, public_url=f"http://127.0.0.1:{port}")
    stop = threading.Event()
    with processes.stopping(storage):
        threading.Thread(target=stop_with, args=(storage, stop), daemon=True).start()
        run(
            port=port,
            upstream_url=storage.url,
            state_file=folder / "state.json",
            grpc_port=grpc_port,
            bigquery=bigquery,
            stop=stop,
        )
        if not storage.is_running():
            raise StorageEnded(f"fake-gcs-server ended. Its log is {storage.log}.")


def stop_with(storage: processes.Service, stop: threading.Event) -> None:
    storage.process.wait()
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
