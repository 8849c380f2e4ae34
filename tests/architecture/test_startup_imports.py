"""Large libraries are loaded where they are used, so that every command starts quickly."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.conf import settings

LIBRARIES = ("google.cloud", "google.auth", "pyarrow", "duckdb", "deltalake")

# Prints, for each library that is loaded, the lines of ours that led to it.
SETUP_AND_WATCH = """
import json, sys, traceback

found = {}

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in sys.argv[2:]:
            ours = [f for f in traceback.extract_stack() if f.filename.startswith(sys.argv[1])]
            found[name] = [f"{frame.filename}:{frame.lineno}" for frame in ours]

sys.meta_path.insert(0, Watch())
import django
django.setup()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def loaded():
    done = subprocess.run(
        [sys.executable, "-c", SETUP_AND_WATCH, f"{settings.BASE_DIR}/", *LIBRARIES],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "clevertap_partners.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_bare_setup_does_not_load_the_library(loaded, library):
    assert library not in loaded, "import it in the function that uses it, or by dotted path"
