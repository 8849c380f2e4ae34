"""Where the files of a run are: failed rows, rows set aside, fingerprints, changes of people."""

from __future__ import annotations

import uuid
from pathlib import Path

import pyarrow.fs as pafs
from django.conf import settings

from clevertap_partners.eventstore.files import store_of
from imports.models import ImportRun


def folder_uri(run: ImportRun) -> str:
    return f"{str(settings.LAKE_URL).rstrip('/')}/{run.parent.account_id}/imports/{run.pk}"


def folder_of(run: ImportRun) -> pafs.FileSystem:
    """The files below the run's folder, wherever it is."""
    return open_folder(folder_uri(run))


def open_folder(uri: str) -> pafs.FileSystem:
    if "://" not in uri:
        # Only a disk has folders that must be there first.
        Path(uri).mkdir(parents=True, exist_ok=True)
    return store_of(uri)


def new_name(kind: str) -> str:
    """A name that no other file has: whoever lost the claim on a unit may still be writing."""
    return f"{kind}-{uuid.uuid4().hex}.parquet"
