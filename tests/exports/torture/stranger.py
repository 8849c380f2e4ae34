"""Somebody else who writes to the same bucket, under a name that the run will want."""

from __future__ import annotations

from typing import Any

from tests.services import Sandbox

CONTENT = b"not of this run"


class Stranger:
    """Its object is in the way until it `goes`; the run may neither replace nor adopt it."""

    def __init__(self, sandbox: Sandbox) -> None:
        key = sandbox.create_service_account("a-stranger")
        self.email = key["client_email"]
        self._client: Any = sandbox.client(key)
        self._blob: Any = None

    def comes(self, bucket: str, name: str) -> None:
        self._blob = self._client.bucket(bucket).blob(name)
        self._blob.upload_from_string(CONTENT, if_generation_match=0)

    def goes(self) -> None:
        """Takes its object away, if there is one."""
        if self._blob is not None:
            self._blob.delete()
        self._blob = None
