"""What a Google Cloud connection is made of, and every way in which a bucket's name is wrong."""

from __future__ import annotations

import pytest

from clevertap_partners.core.errors import PermanentError
from integrations.partners.gcs.config import (
    GcsConfig,
    GoogleEndpoints,
    clean_bucket_name,
    config_from_text,
)
from integrations.partners.google.keys import parse_key

GOOGLE = "https://oauth2.googleapis.com/token"
ENDPOINTS = GoogleEndpoints((GOOGLE,), "https://storage.googleapis.com")


def test_a_configuration_comes_back_from_its_stored_text(key_text):
    config = GcsConfig("exports", parse_key(key_text, [GOOGLE]), ENDPOINTS.storage_url)

    assert config_from_text(config.as_text(), ENDPOINTS) == config


def test_its_repr_holds_no_secret(key_text):
    config = GcsConfig("exports", parse_key(key_text, [GOOGLE]), ENDPOINTS.storage_url)

    assert "PRIVATE KEY" not in repr(config)


def test_a_bucket_name_is_kept_as_it_is():
    assert clean_bucket_name(" my-bucket_1.example ") == "my-bucket_1.example"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gs://My-Bucket/folder", "Did you mean my-bucket?"),
        ("My-Bucket", "Bucket names have no capital letters. Did you mean my-bucket?"),
        ("my bucket", "Bucket names have no spaces. Did you mean my-bucket?"),
        ("ab", "at least three characters"),
        ("bücket", "small letters, digits"),
        ("bucket;ls", "small letters, digits"),
    ],
)
def test_a_wrong_bucket_name_is_refused_with_the_likely_right_one(name, words):
    with pytest.raises(PermanentError) as caught:
        clean_bucket_name(name)

    assert words in caught.value.message
