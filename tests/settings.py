"""The project's settings, with fast password hashing; databases and services come from conftest."""

import os
import tempfile
from pathlib import Path

# A folder of its own for every test process; it goes with the process.
_FOLDER = tempfile.TemporaryDirectory(prefix="partners-tests-", ignore_cleanup_errors=True)
_VAR = Path(_FOLDER.name)
os.environ["PARTNERS_VAR_DIR"] = str(_VAR)

from clevertap_partners.settings import *  # noqa: E402, F403

# Tests move the clock of their own process.
CLOCK_TOLERANCE_S = float("inf")
SILENCED_SYSTEM_CHECKS = ["partners.E007"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A file rather than memory: worker processes, and the browser's server, share it with the tests.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": str(_VAR / "test.sqlite3")}  # noqa: F405
