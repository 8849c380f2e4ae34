"""Uploads on disk until they are complete, with the checksums of what is there."""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import google_crc32c

from clevertap_partners.sandbox.gateway.body import BLOCK, Body

_Crc32c: Any = google_crc32c.Checksum  # the library has no types


@dataclass(frozen=True)
class Spooled:
    """A stretch of a spool file that is the content of one object."""

    path: Path
    start: int
    size: int
    crc32c: str = field(default="")
    md5: str = field(default="")

    def open(self) -> BinaryIO:
        file = self.path.open("rb")
        file.seek(self.start)
        return file


class Spool:
    """A folder for uploads under way. It is emptied at the start: sessions end with the process."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder

    def new_file(self) -> Path:
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
            return Path(file.name)


def append(path: Path, body: Body) -> int:
    """Add the body to the file; what had arrived when the client went away stays. Returns bytes."""
    count = 0
    with path.open("ab") as file:
        for block in body.blocks():
            file.write(block)
            count += len(block)
    return count


def measure(path: Path, start: int, end: int) -> Spooled:
    """The stretch from `start` to `end`, with its checksums."""
    crc, md5 = _Crc32c(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        file.seek(start)
        left = end - start
        while left and (block := file.read(min(BLOCK, left))):
            crc.update(block)
            md5.update(block)
            left -= len(block)
    return Spooled(path, start, end - start, _base64(crc.digest()), _base64(md5.digest()))


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
