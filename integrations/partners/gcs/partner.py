"""Google Cloud: words and wiring. Google's libraries load on use, so that commands are quick."""

from __future__ import annotations

import functools

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.features import Feature
from integrations.forms import ConnectionForm, ReplaceKeyForm
from integrations.partners.base import ExportPartner, Probe, Shown, Sink, Words
from integrations.partners.gcs.config import GoogleEndpoints, config_from_text
from integrations.partners.gcs.forms import BucketForm, NewKeyForm


class GoogleCloud(ExportPartner):
    key = "google-cloud"
    label = "Google Cloud"
    short_label = "Google"
    blurb = _("Send events and user profiles to your own Cloud Storage buckets.")
    tags = (_("Data export"), _("Cloud storage"))
    feature = Feature.GOOGLE_CLOUD_EXPORT
    max_blocks = 10
    add_testid = "bucket-add"
    testid = "bucket"
    words = Words(
        drawer_title=_("Integrate analytics partner - Google Cloud"),
        add_label=_("Google Cloud Bucket"),
        list_title=_("Your buckets"),
        nothing_connected=_(
            "Exports go to a bucket of yours. It takes a service account key and the bucket's name."
        ),
        save_label=_("Save Credentials"),
        new_label=_("New bucket"),
        back_label=_("Back to your buckets"),
        name_label=_("Bucket nickname"),
        target_label=_("Bucket"),
        works=_("Everything that an export needs works."),
        rename_hint=_("Exports that use this bucket go on; they show the new name."),
        renamed=_("The bucket is now called {nickname}."),
        tested_first=_(
            "The new key is tested on the bucket {target} first. Until it has passed, the present "
            "key of {client_email} stays in use."
        ),
        stays=_("The bucket {target} and the files in it stay as they are."),
        stops=_("Deleting stops these exports. A stopped export never runs again."),
        users_title=_("Exports that use it"),
        unused=_("No export uses it."),
    )

    def form_class(self) -> type[ConnectionForm]:
        return BucketForm

    def replace_form_class(self) -> type[ReplaceKeyForm]:
        return NewKeyForm

    def show(self, config_text: str) -> Shown:
        config = config_from_text(config_text, endpoints())
        key = config.key
        return Shown(config.bucket_name, key.client_email, key.project_id, key.private_key_id)

    def probe(self, config_text: str) -> Probe:
        probe: Probe = import_string("integrations.partners.gcs.checks.GcsProbe")(
            config_text, endpoints()
        )
        return probe

    def open_sink(self, config_text: str) -> Sink:
        return open_sink(config_text, endpoints())


@functools.lru_cache(maxsize=8)
def open_sink(config_text: str, addresses: GoogleEndpoints) -> Sink:
    """A sink that the days of an export share: its key is read once and its token fetched once.

    Reading a private key takes a third of a second, which is more than a small day of events takes.
    """
    config = config_from_text(config_text, addresses)
    sink: Sink = import_string("integrations.partners.gcs.sink.GcsSink")(config)
    return sink


def endpoints() -> GoogleEndpoints:
    return GoogleEndpoints(tuple(settings.GOOGLE_TOKEN_URLS), settings.GOOGLE_STORAGE_URL)
