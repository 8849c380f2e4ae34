"""[pure] The test of a Google Cloud connection, in the order in which things can be wrong."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

import google.cloud.storage as storage
from google.api_core.retry import Retry
from google.cloud.storage.retry import DEFAULT_RETRY

from clevertap_partners.core.errors import PartnersError, TransientError
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.checking import CheckStep, Finding
from integrations.partners.gcs.client import SCOPES, bucket_of, open_client
from integrations.partners.gcs.config import GcsConfig, GoogleEndpoints, config_of
from integrations.partners.gcs.errors import VENDOR_ERRORS, Target, grant_command, translate
from integrations.partners.google.sign_in import TIMEOUT_S, SignIn

T = TypeVar("T")

# A person waits: give up sooner than a run does.
RETRY: Retry = DEFAULT_RETRY.with_timeout(15)
MORE_THAN_NEEDED = {
    "storage.objects.delete": gettext_noop("delete and overwrite objects"),
    "storage.objects.setIamPolicy": gettext_noop("share objects with others"),
    "storage.buckets.update": gettext_noop("change the bucket"),
    "storage.buckets.delete": gettext_noop("delete the bucket"),
    "storage.buckets.setIamPolicy": gettext_noop("give others rights on the bucket"),
}
MORE_RIGHTS = gettext_noop("It may also {rights}. Exports never do that.")
NOT_TO_BE_SEEN = gettext_noop("Cannot be seen with these rights. Exports do not need it.")
NOT_IN_THE_WAY = gettext_noop("Exports only create objects, so this is not in their way.")
LOCKED = gettext_noop(", locked")
# Of a unit of so many seconds: kept for one of it, and for several.
KEPT = (
    (
        86_400,
        gettext_noop("Objects are kept for {count} day{locked}. {why_fine}"),
        gettext_noop("Objects are kept for {count} days{locked}. {why_fine}"),
    ),
    (
        3600,
        gettext_noop("Objects are kept for {count} hour{locked}. {why_fine}"),
        gettext_noop("Objects are kept for {count} hours{locked}. {why_fine}"),
    ),
    (
        60,
        gettext_noop("Objects are kept for {count} minute{locked}. {why_fine}"),
        gettext_noop("Objects are kept for {count} minutes{locked}. {why_fine}"),
    ),
    (
        1,
        gettext_noop("Objects are kept for {count} second{locked}. {why_fine}"),
        gettext_noop("Objects are kept for {count} seconds{locked}. {why_fine}"),
    ),
)

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
            CheckStep(gettext_noop("The bucket exists"), self.bucket_exists, BUCKET),
            CheckStep(gettext_noop("Objects may be created"), self.may_create, BUCKET),
            CheckStep(gettext_noop("No more rights than needed"), self.rights, report_only=True),
            CheckStep(gettext_noop("Retention policy"), self.retention, report_only=True),
            CheckStep(gettext_noop("Requester pays"), self.who_pays, report_only=True),
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
            text = gettext_noop(
                "{bucket} cannot be seen with these rights, which is fine: "
                "the next step shows whether it is there."
            )
            return Finding(text.format(bucket=self.config.bucket_name))
        self._seen = bucket
        return Finding(gettext_noop("{bucket} is there.").format(bucket=self.config.bucket_name))

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
        text = gettext_noop("{client_email} may create objects.")
        return Finding(text.format(client_email=self.config.key.client_email))

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
            return Finding(gettext_noop("It may create objects and change nothing that is there."))
        return Finding(
            MORE_RIGHTS.format(rights=", ".join(extra)),
            advice=gettext_noop("The role Storage Object Creator is enough:"),
            command=grant_command(self.target),
        )

    def retention(self) -> Finding:
        if self._seen is None:
            return Finding(NOT_TO_BE_SEEN, seen=False)
        seconds = self._seen.retention_period
        if not seconds:
            return Finding(gettext_noop("The bucket has none."))
        return Finding(keeping(int(seconds), locked=bool(self._seen.retention_policy_locked)))

    def who_pays(self) -> Finding:
        if self.config.user_project:
            text = gettext_noop("The requester pays: uploads are billed to {project}.")
            return Finding(text.format(project=self.config.user_project))
        if self._seen is None:
            return Finding(NOT_TO_BE_SEEN, seen=False)
        return Finding(gettext_noop("The owner of the bucket pays."))

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


def keeping(seconds: int, *, locked: bool) -> str:
    length, one, several = next(each for each in KEPT if seconds >= each[0])
    count = seconds // length
    return (several if count > 1 else one).format(
        count=count, locked=LOCKED if locked else "", why_fine=NOT_IN_THE_WAY
    )
