"""No secret shows in a repr, so none shows in a log, a traceback or a failed test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

LOOKS_SECRET = {"key", "secret", "token", "password", "private"}
# Words that make a name harmless: they name or count the secret, they are not it.
HARMLESS = {"id", "ids", "age", "names", "created", "expires", "url", "uri", "fencing", "count"}
# Keys into a registry or a list, not into a bucket.
REGISTRY_KEYS = {"key", "format_key", "partner_key", "event_key", "step_key"}
PACKAGES = ("clevertap_partners", "exports", "integrations", "bench")


def dataclass_fields() -> Iterator[tuple[str, ast.AnnAssign]]:
    for package in PACKAGES:
        for file in sorted((Path(settings.BASE_DIR) / package).rglob("*.py")):
            tree = ast.parse(file.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and is_dataclass(node):
                    for field in node.body:
                        if isinstance(field, ast.AnnAssign):
                            yield f"{file.relative_to(settings.BASE_DIR)}:{node.name}", field


def is_dataclass(node: ast.ClassDef) -> bool:
    return any("dataclass" in ast.unparse(each) for each in node.decorator_list)


def looks_secret(name: str) -> bool:
    words = set(name.lower().split("_"))
    return bool(words & LOOKS_SECRET) and not words & HARMLESS and name not in REGISTRY_KEYS


def is_hidden(field: ast.AnnAssign) -> bool:
    return field.value is not None and "repr=False" in ast.unparse(field.value)


def test_every_secret_looking_field_is_hidden_from_repr():
    shown = [
        f"{where}.{field.target.id}"
        for where, field in dataclass_fields()
        if looks_secret(field.target.id)
        and ast.unparse(field.annotation) in {"str", "bytes", "str | None", "Any"}
        and not is_hidden(field)
    ]

    assert shown == [], "write them as field(repr=False)"


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("private_key", True),
        ("token", True),
        ("key_id", False),
        ("fencing_token", False),
        ("rows", False),
    ],
)
def test_it_tells_secret_names_from_harmless_ones(name, secret):
    assert looks_secret(name) is secret
