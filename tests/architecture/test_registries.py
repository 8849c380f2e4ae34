"""A partner is one folder and one line, a format one file and one line."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from exports.pipeline.encode import FORMATS
from integrations.partners.registry import PARTNERS

PARTNERS_DIR = Path(settings.BASE_DIR) / "integrations" / "partners"
ENCODE_DIR = Path(settings.BASE_DIR) / "exports" / "pipeline" / "encode"


def test_every_partner_folder_is_registered_and_the_reverse():
    folders = {path.parent.name for path in PARTNERS_DIR.glob("*/partner.py")}

    registered = {dotted.split(".")[2] for dotted in PARTNERS.values()}

    assert registered == folders, "add or remove a line in integrations/partners/registry.py"


def test_every_registered_partner_can_be_imported():
    for key, dotted in PARTNERS.items():
        assert import_string(dotted).key == key


def test_every_encoder_file_is_registered_and_the_reverse():
    files = {path.stem for path in ENCODE_DIR.glob("as_*.py")}

    registered = {f"as_{key}" for key in FORMATS}

    assert registered == files, "add or remove a line in exports/pipeline/encode/__init__.py"
