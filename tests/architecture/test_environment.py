"""The environment is read in one place, so that .env.example can name every variable."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from django.conf import settings

BASE = Path(settings.BASE_DIR)
# Besides settings.py: what runs before Django, or starts it.
MAY_READ = (
    "clevertap_partners/settings.py",
    "clevertap_partners/wsgi.py",
    "clevertap_partners/run/",
    "clevertap_partners/sandbox/",
)
PACKAGES = ("clevertap_partners", "exports", "integrations")


def reads_environment(file: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
        for node in ast.walk(ast.parse(file.read_text()))
    )


def test_only_the_settings_read_the_environment():
    readers = [
        str(file.relative_to(BASE))
        for package in PACKAGES
        for file in (BASE / package).rglob("*.py")
        if reads_environment(file)
    ]

    offenders = [each for each in readers if not each.startswith(MAY_READ)]

    assert offenders == [], "add a setting to clevertap_partners/settings.py and read that"


def test_the_example_names_every_variable_of_the_settings():
    source = (BASE / "clevertap_partners/settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', source))

    named = set(re.findall(r"^(\w+)=$", (BASE / ".env.example").read_text(), re.MULTILINE))

    assert named == read
