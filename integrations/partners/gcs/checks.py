"""[pure] The test of a Google Cloud connection, in the order in which things can be wrong."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

import google.cloud.storage as storage
from google.api_core.retry import Retry
from google.cloud.storage.retry import DEFAULT_RETRY

from clevertap_partners.core.errors import PartnersError, TransientError
from integrations.partners.checking import CheckStep, Finding
from integrations.partners.gcs.client import SCOPES, bucket_of, open_client
from integrations.partners.gcs.config import GcsConfig, GoogleEndpoints, config_of
from integrations.partners.gcs.errors import VENDOR_ERRORS, Target, grant_command, translate
from integrations.partners.google.sign_in import TIMEOUT_S, SignIn

T = TypeVar("T")

# A person waits: give up sooner than a run does.
RETRY: Retry = DEFAULT_RETRY.with_timeout(15)
MORE_THAN_NEEDED = {
    "storage.objects.delete": "delete and overwrite objects",
    "storage.objects.setIamPolicy": "share objects with others",
    "storage.buckets.update": "change the bucket",
    "storage.buckets.delete": "delete the bucket",
    "storage.buckets.setIamPolicy": "give others rights on the bucket",
}

BUCKET = "bucket_name"


class GcsProbe:
    """Tests one stored text. Afterwards `config_text` is what to save: the test may have learnt
    who pays."""

    def __init__(self, text: str, endpoints: GoogleEndpoints) -> None:
        self._sign_in = SignIn(text, endpoints.token_urls, SCOPES)
        self._endpoints = endpoints
        self._config: GcsConfig | None = None
        self._client: storage.Client | None = None
        self._seen: storage.Bucket | None = None

    def __repr__(self) -> str:
        return "GcsProbe(…)"

    def steps(self) -> Sequence[CheckStep]:
        return (
            *self._sign_in.steps(),
            CheckStep("The bucket exists", self.bucket_exists, BUCKET),
            CheckStep("Objects may be created", self.may_create, BUCKET),
            CheckStep("No more rights than needed", self.rights, report_only=True),
            CheckStep("Retention policy", self.retention, report_only=True),
            CheckStep("Requester pays", self.who_pays, report_only=True),
        )

    def config_text(self) -> str:
        return self.config.as_text()

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    @property
    def config(self) -> GcsConfig:
        if self._config is None:
            self._config = config_of(self._sign_in.stored, self._sign_in.key, self._endpoints)
        return self._config

    # -- the bucket --------------------------------------------------------------------------------

    def bucket_exists(self) -> Finding:
        bucket = self.bucket()
        try:
            self.ask(lambda: bucket.reload(timeout=TIMEOUT_S, retry=RETRY))
        except PartnersError as refusal:
            # Not to see the bucket is no fault: creating objects in it is all we need.
            if refusal.code == "bucket_not_found" or isinstance(refusal, TransientError):
                raise
            return Finding(
                f"{self.config.bucket_name} cannot be seen with these rights, which is fine: "
                "the next step shows whether it is there."
            )
        self._seen = bucket
        return Finding(f"{self.config.bucket_name} is there.")

    def may_create(self) -> Finding:
        """Open an upload as a run does, create-only, and leave it.

        The session needs the same right (storage.objects.create) and passes the same policies as
        a run's upload, yet no object comes into being: in a locked bucket one would stay for years.
        """
        try:
            self.ask(self.open_upload)
        except PartnersError as refusal:
            if refusal.code != "requester_pays":
                raise
            self.bill_the_key_project()
            self.ask(self.open_upload)
        return Finding(f"{self.config.key.client_email} may create objects.")

    def open_upload(self) -> None:
        name = f"partners-credential-test-{secrets.token_hex(8)}.txt"
        self.bucket().blob(name).create_resumable_upload_session(
            content_type="text/plain",
            size=0,
            if_generation_match=0,
            checksum=None,
            timeout=TIMEOUT_S,
            retry=RETRY,
        )

    def bill_the_key_project(self) -> None:
        self._config = self.config.billed_to_key_project()

    # -- reported, never failed --------------------------------------------------------------------

    def rights(self) -> Finding:
        asked = ["storage.objects.create", *MORE_THAN_NEEDED]
        granted = self.ask(
            lambda: self.bucket().test_iam_permissions(asked, timeout=TIMEOUT_S, retry=RETRY)
        )
        extra = [words for right, words in MORE_THAN_NEEDED.items() if right in granted]
        if not extra:
            return Finding("It may create objects and change nothing that is there.")
        return Finding(
            f"It may also {', '.join(extra)}. Exports never do that.",
            advice="The role Storage Object Creator is enough:",
            command=grant_command(self.target),
        )

    def retention(self) -> Finding:
        if self._seen is None:
            return Finding("Cannot be seen with these rights. Exports do not need it.", seen=False)
        seconds = self._seen.retention_period
        if not seconds:
            return Finding("The bucket has none.")
        locked = ", locked" if self._seen.retention_policy_locked else ""
        return Finding(
            f"Objects are kept for {keeping(int(seconds))}{locked}. Exports only create objects, "
            "so this is not in their way."
        )

    def who_pays(self) -> Finding:
        if self.config.user_project:
            return Finding(f"The requester pays: uploads are billed to {self.config.user_project}.")
        if self._seen is None:
            return Finding("Cannot be seen with these rights. Exports do not need it.", seen=False)
        return Finding("The owner of the bucket pays.")

    # -- how we ask --------------------------------------------------------------------------------

    def bucket(self) -> storage.Bucket:
        if self._client is None:
            self._client = open_client(self.config)
        return bucket_of(self._client, self.config)

    @property
    def target(self) -> Target:
        key = self.config.key
        return Target(self.config.bucket_name, key.client_email, key.project_id)

    def ask(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except VENDOR_ERRORS as vendor:
            raise translate(vendor, self.target) from vendor


def keeping(seconds: int) -> str:
    for length, unit in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "no time"
