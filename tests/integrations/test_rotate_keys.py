"""rotate_keys: everything under the first key, in batches, again and again without harm."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection as database

from clevertap_partners.core.crypto import KeyRing
from clevertap_partners.core.errors import PermanentError
from integrations.models import CredentialTest

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def secrets_under(settings, account, key_file, connection_of):
    """Two connections and a draft, encrypted with the key."""

    def make(key):
        settings.PARTNERS_SECRET_KEYS = [key]
        first = connection_of(account, key_file, nickname=f"first {key[:4]}")
        connection_of(account, key_file, nickname=f"second {key[:4]}")
        CredentialTest.objects.create(
            account=account, partner="google-cloud", purpose="add", nickname="x", config="draft"
        )
        return first

    return make


def rotate(capsys, *args):
    call_command("rotate_keys", *args)
    return capsys.readouterr().out


def stored(table="integrations_connection"):
    with database.cursor() as cursor:
        cursor.execute(f"SELECT config FROM {table} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_it_encrypts_everything_with_the_first_key(secrets_under, settings, capsys):
    connection = secrets_under(OLD)
    plain = connection.config
    settings.PARTNERS_SECRET_KEYS = [NEW, OLD]

    said = rotate(capsys, "--batch", "1")

    assert said == "3 secrets encrypted with the first key, 0 already were.\n"
    settings.PARTNERS_SECRET_KEYS = [NEW]
    connection.refresh_from_db()
    assert connection.config == plain
    assert CredentialTest.objects.get().config == "draft"


def test_a_second_time_changes_nothing(secrets_under, settings, capsys):
    secrets_under(OLD)
    settings.PARTNERS_SECRET_KEYS = [NEW, OLD]
    rotate(capsys)
    before = stored()

    assert rotate(capsys) == "0 secrets encrypted with the first key, 3 already were.\n"
    assert stored() == before


def test_what_no_key_opens_is_named_and_the_rest_is_done(secrets_under, settings, capsys):
    lost = secrets_under(LOST)
    secrets_under(OLD)
    settings.PARTNERS_SECRET_KEYS = [NEW, OLD]

    with pytest.raises(CommandError, match="3 secrets cannot be read") as caught:
        rotate(capsys)

    assert f"integrations.Connection {lost.pk}" in str(caught.value)
    assert "3 secrets encrypted with the first key" in capsys.readouterr().out
    opened = [opens(NEW, text) for text in stored()]
    assert opened == [False, False, True, True]


def test_a_finished_test_has_nothing_to_rotate(account, capsys):
    CredentialTest.objects.create(
        account=account, partner="google-cloud", purpose="retest", nickname="x"
    )

    assert rotate(capsys) == "0 secrets encrypted with the first key, 0 already were.\n"


def test_a_batch_of_none_is_refused(db):
    with pytest.raises(CommandError):
        call_command("rotate_keys", "--batch", "0")


def opens(key, text):
    try:
        KeyRing([key]).decrypt(text)
    except PermanentError:
        return False
    return True
