"""Opening a sink, and what never shows."""

from __future__ import annotations

import pytest

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PermanentError
from integrations import services
from integrations.models import Connection
from integrations.selectors import connection_list


def test_it_opens_a_sink_for_the_bucket(account, key_file, connection_of):
    connection = connection_of(account, key_file)

    assert repr(services.connection_open_sink(connection=connection)) == "GcsSink('exports')"


def test_it_opens_no_sink_without_the_plan(account, key_file, connection_of):
    connection = connection_of(account, key_file)
    account.plan = Account.Plan.ESSENTIALS

    with pytest.raises(PermanentError) as caught:
        services.connection_open_sink(connection=connection)

    assert caught.value.code == "feature_missing"


def test_it_calls_no_token_address_that_is_allowed_no_more(
    account, key_file, connection_of, settings
):
    connection = connection_of(account, key_file)
    settings.GOOGLE_TOKEN_URLS = ["https://elsewhere.example/token"]

    with pytest.raises(PermanentError) as caught:
        services.connection_open_sink(connection=connection)

    assert caught.value.code == "key_token_address"


def test_reading_connections_reads_no_secret(account, key_file, connection_of):
    connection_of(account, key_file)

    assert "config" in connection_list(account=account).get().get_deferred_fields()


def test_no_repr_holds_a_secret(account, key_file, connection_of):
    connection = connection_of(account, key_file)
    draft = services.Draft(account, "google-cloud", "x", connection.config)

    assert "PRIVATE" not in f"{connection!r}{draft!r}{Connection.objects.all()!r}"


def test_the_admin_shows_no_secret(admin_client, account, key_file, connection_of):
    connection = connection_of(account, key_file)
    listed = admin_client.get("/admin/integrations/connection/").content.decode()
    page = admin_client.get(
        f"/admin/integrations/connection/{connection.pk}/change/"
    ).content.decode()

    assert "Main bucket" in listed
    assert "Main bucket" in page
    for secret in ("PRIVATE", "gAAAA", key_file["private_key"].split("\n")[4]):
        assert secret not in listed + page
