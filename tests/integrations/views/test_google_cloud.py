"""The drawer: blocks judged and tested each on its own; nothing half-saved, no key shown."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clevertap_partners.accounts.models import Account, AuditEntry
from integrations.models import Connection, CredentialTest
from integrations.partners.gcs.config import config_from_text
from integrations.partners.gcs.partner import endpoints

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(account):
    return reverse("google_cloud", args=[account.pk])


def block(number, key, *, nickname="Main bucket", bucket="exports"):
    return {
        f"nickname-{number}": nickname,
        f"service_account_key-{number}": key if isinstance(key, str) else json.dumps(key),
        f"bucket_name-{number}": bucket,
    }


def secret_in(key_file):
    """A line from the middle of the private key: found wherever the key is shown in any form."""
    return key_file["private_key"].split("\n")[4]


# -- looking ---------------------------------------------------------------------------------------


def test_it_has_the_title_the_first_block_and_the_guide(member_client, url):
    page = member_client.get(url).content.decode()

    assert "Integrate analytics partner - Google Cloud" in page
    for testid in ("bucket-add", "bucket-nickname-0", "bucket-key-0", "bucket-key-file-0",
                   "bucket-name-0", "bucket-save", "bucket-guide"):  # fmt: skip
        assert f'data-testid="{testid}"' in page
    assert "roles/storage.objectCreator" in page


def test_htmx_gets_the_drawer_alone(member_client, url):
    page = member_client.get(url, headers=HTMX).content.decode()

    assert "bucket-nickname-0" in page
    assert "<html" not in page


def test_blocks_are_added_without_javascript(member_client, url):
    page = member_client.get(url, {"blocks": "3"}).content.decode()

    assert 'data-testid="bucket-nickname-2"' in page
    assert 'data-testid="bucket-nickname-3"' not in page


@pytest.mark.parametrize("asked", ["-1", "x", "999999999", "²"])
def test_a_strange_number_of_blocks_is_no_error(member_client, url, asked):
    assert member_client.get(url, {"blocks": asked}).status_code == 200
    assert member_client.get(url, {"add": asked}, headers=HTMX).status_code == 200


def test_htmx_adds_one_block_and_the_link_for_the_next(member_client, url):
    page = member_client.get(url, {"add": "1"}, headers=HTMX).content.decode()

    assert 'data-testid="bucket-nickname-1"' in page
    assert "bucket-nickname-0" not in page
    assert "?add=2" in page


def test_it_shows_the_addresses_to_allow(member_client, url, settings):
    settings.EGRESS_IP_RANGES = {"eu1": ["203.0.113.0/29"]}

    assert "203.0.113.0/29" in member_client.get(url).content.decode()


def test_a_saved_bucket_shows_everything_but_the_key(
    member_client, url, account, key_file, connection_of
):
    connection_of(account, key_file)

    page = member_client.get(url).content.decode()

    for shown in ("Main bucket", "exports", key_file["client_email"], key_file["private_key_id"]):
        assert shown in page
    assert secret_in(key_file) not in page


def test_the_guide_is_filled_in_with_what_was_typed_and_a_refused_form_leads_to_it(
    member_client, url, key_file
):
    typed = block(0, key_file) | {"bucket_name-0": "shop-exports", "service_account_key-0": "{"}

    page = member_client.post(url, typed).content.decode()

    assert ">shop-exports</span>" in page
    assert 'href="#guide-key"' in page


# -- who may ---------------------------------------------------------------------------------------


def test_a_viewer_sees_the_list_and_no_form(viewer_client, url, account, key_file, connection_of):
    connection = connection_of(account, key_file)

    page = viewer_client.get(url).content.decode()

    assert f'data-testid="connection-{connection.pk}"' in page
    assert "bucket-save" not in page
    assert "connection-delete" not in page


def test_a_viewer_saves_nothing(viewer_client, url, key_file):
    assert viewer_client.post(url, block(0, key_file)).status_code == 403
    assert not CredentialTest.objects.exists()


def test_an_outsider_finds_nothing_and_a_stranger_signs_in(outsider_client, client, url, key_file):
    assert outsider_client.post(url, block(0, key_file)).status_code == 404
    assert client.post(url).headers["Location"].startswith("/login/")
    assert not CredentialTest.objects.exists()


def test_without_the_plan_every_address_behind_the_card_refuses(
    member_client, url, account, key_file, connection_of
):
    connection = connection_of(account, key_file)
    account.plan = Account.Plan.ESSENTIALS
    account.save()

    assert member_client.get(url).status_code == 403
    assert member_client.post(url, block(0, key_file)).status_code == 403
    for name in ("rename", "replace_key", "delete", "test"):
        address = reverse(f"connection_{name}", args=[account.pk, connection.pk])
        assert member_client.post(address).status_code == 403


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"service_account_key-0": "not json"}, "The key is not JSON: line 1, column 1."),
        ({"service_account_key-0": ""}, "Paste the service account key"),
        ({"service_account_key-0": "a\x00b"}, "Null characters are not allowed"),
        ({"service_account_key-0": '{"type": "authorized_user"}'}, "the sign-in of a person"),
        ({"nickname-0": ""}, "Give the connection a name."),
        ({"nickname-0": "n" * 81}, "at most 80 characters; this one has 81"),
        ({"bucket_name-0": "Exports"}, "Did you mean exports?"),
        ({"bucket_name-0": ""}, "Enter the name of the bucket."),
    ],
)
def test_bad_input_keeps_what_was_typed_but_the_key(member_client, url, key_file, change, words):
    response = member_client.post(url, block(0, key_file) | change)
    page = response.content.decode()

    assert response.status_code == 200
    assert words in page
    assert 'data-testid="bucket-error-0"' in page
    typed = {**block(0, key_file), **change}
    assert f'value="{typed["nickname-0"]}"' in page or not typed["nickname-0"]
    assert f'value="{typed["bucket_name-0"]}"' in page or not typed["bucket_name-0"]
    assert secret_in(key_file) not in page
    assert not CredentialTest.objects.exists()


def test_nothing_sent_gives_a_block_to_fill_in(member_client, url):
    response = member_client.post(url)

    assert response.status_code == 200
    assert 'data-testid="bucket-nickname-0"' in response.content.decode()


def test_what_is_being_tested_offers_no_block_that_the_next_answer_would_wipe(
    member_client, url, account, key_file
):
    address = member_client.post(
        url, block(0, key_file) | block(1, key_file, nickname="Second")
    ).headers["Location"]
    CredentialTest.objects.filter(position=1).update(status="failed")

    page = member_client.get(address).content.decode()

    assert "bucket-nickname-1" not in page
    assert "bucket-add" not in page


def test_a_foreign_token_address_is_refused_at_the_form(member_client, url, key_file):
    page = member_client.post(
        url, block(0, key_file | {"token_uri": "https://evil.example/token"})
    ).content.decode()

    assert "We did not call it" in page
    assert secret_in(key_file) not in page


def test_a_nickname_that_is_taken_is_refused_beside_its_field(
    member_client, url, account, key_file, connection_of
):
    connection_of(account, key_file, nickname="Main bucket")

    page = member_client.post(url, block(0, key_file, nickname="MAIN bucket")).content.decode()

    assert 'data-testid="bucket-nickname-0-error"' in page
    assert Connection.objects.count() == 1


def test_the_same_nickname_in_two_blocks_stops_the_second_only(member_client, url, key_file):
    page = member_client.post(url, block(0, key_file) | block(1, key_file)).content.decode()

    assert 'data-testid="bucket-nickname-1-error"' in page
    assert CredentialTest.objects.get().position == 0


def test_another_accounts_nickname_is_no_hindrance(
    member_client, url, other_account, key_file, connection_of
):
    connection_of(other_account, key_file)

    assert member_client.post(url, block(0, key_file)).status_code == 302


def test_a_file_that_is_too_long_or_no_text_is_refused(member_client, url):
    for content in (b"x" * 20_001, b"\xff\xfe\x00"):
        upload = SimpleUploadedFile("key.json", content)
        page = member_client.post(
            url, block(0, "") | {"service_account_key_file-0": upload}
        ).content.decode()
        assert 'data-testid="bucket-key-file-0-error"' in page


# -- saving ----------------------------------------------------------------------------------------


@pytest.fixture
def sandbox_key(sandbox):
    sandbox.create_bucket("exports")
    return sandbox.create_service_account(buckets=["exports"])


@pytest.mark.services
def test_it_saves_what_passes_its_test(member_client, member, url, account, sandbox_key, run_tests):
    started = member_client.post(url, block(0, sandbox_key))
    running = member_client.get(started.headers["Location"]).content.decode()
    run_tests()
    saved = member_client.get(started.headers["Location"], follow=True)

    assert "Waiting for its turn" in running
    assert 'http-equiv="refresh"' in running
    assert saved.redirect_chain[-1][0] == reverse("partner_list", args=[account.pk])
    page = saved.content.decode()
    assert "Credentials Saved" in page
    assert 'data-testid="partner-tag-google-cloud"' in page
    connection = Connection.objects.get()
    assert (connection.nickname, connection.last_test_ok) == ("Main bucket", True)
    assert connection.client_email == sandbox_key["client_email"]
    assert (
        config_from_text(connection.config, endpoints()).key.private_key
        == sandbox_key["private_key"]
    )
    entry = AuditEntry.objects.get(action="connection added")
    assert (entry.actor, entry.ip_address) == (member, "127.0.0.1")


@pytest.mark.services
def test_a_key_file_does_as_well_as_a_paste(member_client, url, sandbox_key, run_tests):
    upload = SimpleUploadedFile("key.json", json.dumps(sandbox_key).encode())

    member_client.post(url, block(0, "") | {"service_account_key_file-0": upload})
    run_tests()

    assert Connection.objects.get().client_email == sandbox_key["client_email"]


@pytest.mark.services
def test_a_block_that_fails_does_not_stop_the_good_one(
    member_client, url, sandbox, sandbox_key, run_tests
):
    sandbox.create_bucket("theirs")
    started = member_client.post(
        url,
        block(0, sandbox_key)
        | block(1, sandbox_key, nickname="Second", bucket="theirs")
        | block(2, "", nickname="", bucket=""),
    )
    run_tests()
    page = member_client.get(started.headers["Location"]).content.decode()

    assert [each.nickname for each in Connection.objects.all()] == ["Main bucket"]
    assert 'data-testid="bucket-saved-0"' in page
    assert 'data-testid="bucket-error-1"' in page
    assert 'data-testid="bucket-name-1-error"' in page
    assert 'value="Second"' in page
    assert 'value="theirs"' in page
    assert "--role=roles/storage.objectCreator" in page
    assert secret_in(sandbox_key) not in page


@pytest.mark.services
def test_a_block_with_a_bad_field_stays_while_the_good_one_is_tested(
    member_client, url, sandbox_key, run_tests
):
    both = block(0, sandbox_key) | block(1, "not json", nickname="Second")
    page = member_client.post(url, both, headers=HTMX).content.decode()
    test = CredentialTest.objects.get()
    run_tests()
    panel = member_client.get(
        reverse("connection_tests", args=[test.account_id, test.batch]),
        {"panel": "1", "beside": "1"},
        headers=HTMX,
    )

    assert "&amp;beside=1" in page
    assert 'value="Second"' in page
    assert 'data-testid="bucket-saved-0"' in panel.content.decode()
    assert "HX-Redirect" not in panel.headers
    assert "bucket-nickname" not in panel.content.decode()


@pytest.mark.services
def test_htmx_sees_the_steps_live_and_is_sent_on_when_all_passed(
    member_client, url, sandbox_key, run_tests
):
    started = member_client.post(url, block(0, sandbox_key), headers=HTMX)
    address = started.headers["Location"]
    drawer = member_client.get(address, headers=HTMX)
    running = member_client.get(address, {"panel": "1"}, headers=HTMX).content.decode()
    run_tests()
    done = member_client.get(address, {"panel": "1"}, headers=HTMX)

    assert drawer.headers["HX-Push-Url"] == address
    assert 'hx-trigger="every 1s"' in running
    assert done.headers["HX-Redirect"].endswith("/settings/partners/")


@pytest.mark.services
def test_a_test_that_failed_fills_the_drawer_anew(
    member_client, url, sandbox, sandbox_key, run_tests
):
    started = member_client.post(url, block(0, sandbox_key, bucket="nowhere-at-all"), headers=HTMX)
    run_tests()
    panel = member_client.get(started.headers["Location"], {"panel": "1"}, headers=HTMX)

    assert panel.headers["HX-Retarget"] == "#drawer"
    page = panel.content.decode()
    assert "There is no bucket named nowhere-at-all" in page
    assert 'data-outcome="failed"' in page
    assert 'data-testid="bucket-save"' in page
    assert not Connection.objects.exists()


def test_tests_of_another_account_are_not_found(member_client, outsider_client, url, key_file):
    address = member_client.post(url, block(0, key_file)).headers["Location"]
    stolen = address.replace("100000000", "200000000")

    assert outsider_client.get(address).status_code == 404
    assert outsider_client.get(stolen).status_code == 404
