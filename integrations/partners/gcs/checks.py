"""[pure] The test of a Google Cloud connection, in the order in which things can be wrong."""

from __future__ import annotations

import datetime
import email.utils
import secrets
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import requests
from google.api_core.retry import Retry
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY

from clevertap_partners.core.errors import PartnersError, TransientError
from clevertap_partners.core.faults import error
from integrations.partners.checking import CheckStep, Finding
from integrations.partners.gcs import config as keys
from integrations.partners.gcs import faults
from integrations.partners.gcs.client import bucket_of, grant_token, open_client
from integrations.partners.gcs.config import GcsConfig, GoogleEndpoints
from integrations.partners.gcs.errors import VENDOR_ERRORS, Target, grant_command, translate
from integrations.partners.gcs.private_key import check_private_key

T = TypeVar("T")

CLOCK_TOLERANCE_S = 240
# A person waits: give up sooner than a run does.
TIMEOUT_S = (5, 15)
RETRY: Retry = DEFAULT_RETRY.with_timeout(15)
MORE_THAN_NEEDED = {
    "storage.objects.delete": "delete and overwrite objects",
    "storage.objects.setIamPolicy": "share objects with others",
    "storage.buckets.update": "change the bucket",
    "storage.buckets.delete": "delete the bucket",
    "storage.buckets.setIamPolicy": "give others rights on the bucket",
}

KEY = "service_account_key"
BUCKET = "bucket_name"


class GcsProbe:
    """Tests one stored text. Afterwards `config_text` is what to save: the test may have learnt
    who pays."""

    def __init__(self, text: str, endpoints: GoogleEndpoints) -> None:
        self._text = text
        self._endpoints = endpoints
        self._key: dict[str, Any] = {}
        self._config: GcsConfig | None = None
        self._client: storage.Client | None = None
        self._seen: storage.Bucket | None = None

    def __repr__(self) -> str:
        return "GcsProbe(…)"

    def steps(self) -> Sequence[CheckStep]:
        return (
            CheckStep("The key is JSON", self.is_json, KEY),
            CheckStep("It is a service account key with all its fields", self.is_key, KEY),
            CheckStep("The private key can be read", self.has_private_key, KEY),
            CheckStep("The token address is Google's", self.has_known_address, KEY),
            CheckStep("The clock is right", self.clock_is_right),
            CheckStep("Google grants a token", self.gets_token, KEY),
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
            raise RuntimeError("the steps run in order: the first four make the configuration")
        return self._config

    # -- the key, without calling anybody ----------------------------------------------------------

    def is_json(self) -> Finding:
        self._key = keys.parse_json(self._text)["key"]
        return Finding("The key is readable JSON.")

    def is_key(self) -> Finding:
        keys.check_kind(self._key)
        keys.check_fields(self._key)
        return Finding(f"It is a key of {self._key['client_email']}.")

    def has_private_key(self) -> Finding:
        check_private_key(self._key["private_key"])
        return Finding("The private key is whole.")

    def has_known_address(self) -> Finding:
        self._config = keys.config_from_text(self._text, self._endpoints)
        return Finding(f"We ask {self.config.key.token_uri} for a token.")

    # -- signing in --------------------------------------------------------------------------------

    def clock_is_right(self) -> Finding:
        """Compared with the date of any answer of the token address, be it an error."""
        address = self.config.key.token_uri
        answer = self.ask(lambda: requests.post(address, timeout=TIMEOUT_S, allow_redirects=False))
        theirs = read_date(answer.headers.get("Date", ""))
        if theirs is None:
            return Finding("Google did not say its time; nothing to compare.", seen=False)
        apart = abs((datetime.datetime.now(datetime.UTC) - theirs).total_seconds())
        if apart <= CLOCK_TOLERANCE_S:
            return Finding("Our clock and Google's agree.")
        raise error(faults.CLOCKS_APART, minutes=f"{apart / 60:.0f}")

    def gets_token(self) -> Finding:
        self.ask(lambda: grant_token(self.config.key))
        return Finding(f"Google signs in {self.config.key.client_email}.")

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


def read_date(text: str) -> datetime.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text).astimezone(datetime.UTC)
    except ValueError:
        return None


def keeping(seconds: int) -> str:
    for length, unit in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "no time"
