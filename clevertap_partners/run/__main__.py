"""`python -m clevertap_partners.run [tools|testing|browser|bench|clean]`; no word starts all."""

from __future__ import annotations

import sys

from clevertap_partners.run import clean, steps, tools
from clevertap_partners.run.console import Console
from clevertap_partners.run.failures import StartFailed, StopAsked
from clevertap_partners.run.places import shown, var_dir

WORDS = {
    "run": steps.run,
    "tools": tools.tools,
    "testing": tools.testing,
    "browser": tools.browser,
    "bench": tools.bench,
    "clean": clean.clean,
}
INTERRUPTED = 130


def main(words: list[str]) -> int:
    console = Console(sys.stdout)
    try:
        for word in words or ["run"]:
            WORDS[word](console)
    except StartFailed as error:
        sys.stdout.flush()
        sys.stderr.write(f"\n{error}\n")
        return 1
    except (StopAsked, KeyboardInterrupt):
        if words:
            return INTERRUPTED
        console.say(f"Stopped. What you made is kept in {shown(var_dir())}/.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
