"""Every way in which a pasted key is wrong has its own words, and no word of the key is in them."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from clevertap_partners.core.errors import PermanentError
from integrations.partners.google.keys import parse_key

GOOGLE = "https://oauth2.googleapis.com/token"


def refusal(text: str) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        parse_key(text, [GOOGLE])
    return caught.value


def test_it_reads_a_key_file_as_google_makes_it(key_file, key_text):
    key = parse_key(key_text, [GOOGLE])

    assert key.client_email == key_file["client_email"]
    assert key.private_key == key_file["private_key"]


def test_it_reads_a_key_with_a_byte_order_mark_and_blanks_around_it(key_text):
    assert parse_key(f"\ufeff\n {key_text} \n", [GOOGLE]).project_id == "demo-project"


def test_it_keeps_known_fields_only(key_file):
    key = parse_key(json.dumps(key_file | {"note": "from my admin"}), [GOOGLE])

    assert "note" not in key.as_info()


def test_a_text_that_is_not_json_is_refused_with_the_place():
    error = refusal('{\n  "type": oops\n}')

    assert error.code == "key_not_json"
    assert "line 2, column 11" in error.message


@pytest.mark.parametrize(
    ("damage", "hint"),
    [
        (lambda text: text[:-40], "The end is missing"),
        (lambda text: text.replace("\\n", "\n"), "A line breaks inside a value"),
        (lambda text: text.replace('"type"', "“type”"), "quotes were changed"),
        (lambda text: "-----BEGIN PRIVATE KEY-----\nMIIE", "only the private key"),
        (lambda text: "AIzaSyA-example", "API key or an HMAC key"),
    ],
)
def test_a_damaged_paste_is_told_what_happened_to_it(key_text, damage, hint):
    assert hint in refusal(damage(key_text)).fix


@pytest.mark.parametrize(
    ("text", "kind"), [("[1]", "a list"), ('"key"', "a text"), ("42", "a number"), ("null", "null")]
)
def test_json_that_is_no_object_is_refused(text, kind):
    error = refusal(text)

    assert (error.code, kind in error.message) == ("key_not_object", True)


def test_json_nested_too_deeply_is_refused():
    assert refusal("[" * 19_000).code == "key_not_json"


def test_a_text_longer_than_any_key_is_refused(key_file):
    assert refusal(json.dumps(key_file | {"padding": "x" * 20_000})).code == "key_too_large"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"type": "authorized_user", "refresh_token": "1//x"}, "the sign-in of a person"),
        ({"type": "external_account"}, "workload identity federation"),
        ({"type": "impersonated_service_account"}, "impersonating"),
        ({"installed": {"client_id": "x"}}, "desktop application"),
        ({"web": {"client_id": "x"}}, "web application"),
        ({"accessId": "GOOG1E", "secret": "x"}, "HMAC key"),
        ({"type": "something"}, "another kind of credential"),
        ({"type": ["service_account"]}, "another kind of credential"),
    ],
)
def test_another_kind_of_credential_is_named(value, words):
    error = refusal(json.dumps(value))

    assert error.code == "key_kind"
    assert words in error.message
    assert "Create new key" in error.fix


def test_missing_fields_are_named(key_file):
    del key_file["private_key_id"]
    key_file["token_uri"] = " "

    error = refusal(json.dumps(key_file))

    assert error.message == "The key lacks private_key_id and token_uri."


def test_a_missing_type_is_named(key_file):
    del key_file["type"]

    assert refusal(json.dumps(key_file)).code == "key_fields_missing"


@pytest.mark.parametrize(
    ("name", "value"),
    [("client_email", "me; rm -rf /"), ("project_id", "$(whoami)"), ("private_key_id", "a b")],
)
def test_a_field_that_google_cannot_have_made_is_refused(key_file, name, value):
    error = refusal(json.dumps(key_file | {name: value}))

    assert error.code == "key_field_invalid"
    assert name in error.message


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (lambda pem: pem.replace("\n", "\\n"), "escaped twice"),
        (lambda pem: pem[: len(pem) // 2], "cut off"),
        (lambda pem: pem.split("\n", 1)[1], "first line"),
        (lambda pem: pem.replace("MII", "M!I"), "changed or lost"),
    ],
)
def test_a_broken_private_key_is_told_what_happened_to_it(key_file, damage, cause):
    error = refusal(json.dumps(key_file | {"private_key": damage(key_file["private_key"])}))

    assert error.code == "key_private_key"
    assert cause in error.fix


def test_a_private_key_that_is_not_rsa_is_refused(key_file):
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    assert "not an RSA key" in refusal(json.dumps(key_file | {"private_key": pem})).message


def test_a_private_key_with_a_password_is_refused(key_file):
    key = ec.generate_private_key(ec.SECP256R1())
    lock = BestAvailableEncryption(b"secret")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()

    assert "password" in refusal(json.dumps(key_file | {"private_key": pem})).fix


def test_a_foreign_token_address_is_refused_and_the_right_one_named(key_file):
    error = refusal(json.dumps(key_file | {"token_uri": "https://evil.example/token"}))

    assert error.code == "key_token_address"
    assert GOOGLE in error.fix
    assert "evil" not in f"{error.message}{error.fix}"


def test_another_universe_is_refused(key_file):
    assert (
        refusal(json.dumps(key_file | {"universe_domain": "evil.example"})).code == "key_universe"
    )


def test_no_refusal_repeats_the_key(key_file):
    secret = key_file["private_key"].split("\n")[3]
    for broken in (
        json.dumps(key_file)[:-2],
        json.dumps(key_file | {"token_uri": "https://evil.example"}),
        json.dumps(key_file | {"private_key": key_file["private_key"][:-60]}),
    ):
        error = refusal(broken)
        assert secret not in f"{error.message}{error.fix}{error!r}"
        assert error.__cause__ is None
