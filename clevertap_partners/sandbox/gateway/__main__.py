"""`python -m clevertap_partners.sandbox.gateway`: the gateway alone, before a running emulator."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clevertap_partners.sandbox.gateway.running import StateInUse, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="gateway", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True, help="URL of fake-gcs-server")
    parser.add_argument("--state", type=Path, required=True, help="file that remembers everything")
    parser.add_argument("--public-url", default="", help="what clients call, if not the port")
    asked = parser.parse_args()
    try:
        run(
            port=asked.port,
            upstream_url=asked.upstream,
            state_file=asked.state,
            public_url=asked.public_url,
        )
    except (StateInUse, OSError) as error:
        sys.stderr.write(f"The gateway cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
