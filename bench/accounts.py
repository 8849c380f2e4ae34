"""The account, connection and export that the benchmark's workers find in their database."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from bench.data import DAY
from bench.partners import Nowhere
from bench.workers import ACCOUNT, DAYS, PARTNER
from clevertap_partners.accounts.models import Account
from exports.models import Export
from exports.services import export_create
from exports.spec import ExportSpec
from integrations.models import Connection
from integrations.partners.base import Sink
from integrations.partners.gcs.partner import GoogleCloud
from integrations.partners.registry import PARTNERS


class WithoutNetwork(GoogleCloud):
    """Google Cloud whose buckets forget what they are given."""

    def open_sink(self, config_text: str) -> Sink:
        return Nowhere()


def use_bucket_without_network() -> None:
    PARTNERS[PARTNER] = f"{__name__}.{WithoutNetwork.__name__}"


def make_export() -> None:
    account = Account.objects.create(
        account_id=ACCOUNT, name="Bench", plan=Account.Plan.ENTERPRISE, time_zone="UTC"
    )
    connection = Connection.objects.create(
        account=account,
        partner=PARTNER,
        nickname="Nowhere",
        target="nowhere",
        key_added_at=timezone.now(),
    )
    spec = ExportSpec(
        connection_id=connection.pk,
        type=Export.Type.ALL_EVENTS,
        frequency=Export.Frequency.ONCE,
        range_kind="date_range",
        first_day=DAY,
        last_day=DAY + datetime.timedelta(days=DAYS - 1),
        format="json",
    )
    actor = User.objects.create(username="bench")
    export_create(account=account, connection=connection, spec=spec, actor=actor)


def is_done() -> bool:
    export = Export.objects.get()
    assert not export.trouble_code, export.trouble_message
    return export.status == Export.Status.DONE
