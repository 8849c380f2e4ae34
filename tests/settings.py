"""The project's settings, with fast password hashing; databases and services come from conftest."""

import os
import tempfile
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
_VAR = Path(tempfile.gettempdir()) / f"partners-tests-{os.getuid()}" / WORKER
_VAR.mkdir(parents=True, exist_ok=True)
os.environ.setdefault("PARTNERS_VAR_DIR", str(_VAR))

from clevertap_partners.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A file rather than memory: worker processes, and the browser's server, share it with the tests.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": str(_VAR / "test.sqlite3")}  # noqa: F405
