"""The partner list: cards, tags, search, what the plan lacks."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clevertap_partners.accounts.models import Account


@pytest.fixture
def url(account):
    return reverse("partner_list", args=[account.pk])


def test_it_shows_a_card_with_integrate_and_no_tag_at_first(member_client, url):
    page = member_client.get(url).content.decode()

    assert 'data-testid="partner-card-google-cloud"' in page
    assert 'data-testid="partner-integrate-google-cloud"' in page
    assert 'data-testid="partner-tag-google-cloud"' not in page


def test_it_tags_a_partner_with_a_saved_connection(
    member_client, url, account, key_file, connection_of
):
    connection_of(account, key_file)

    assert 'data-testid="partner-tag-google-cloud"' in member_client.get(url).content.decode()


@pytest.mark.parametrize(
    ("words", "found"), [("CLOUD", True), ("google buckets", True), ("sftp", False)]
)
def test_it_searches_the_words_of_the_cards(member_client, url, words, found):
    page = member_client.get(url, {"q": words}).content.decode()

    assert ('data-testid="partner-card-google-cloud"' in page) is found
    assert ("No partner found" in page) is not found


def test_without_the_plan_the_card_stays_and_says_what_is_missing(member_client, url, account):
    account.plan = Account.Plan.ESSENTIALS
    account.save()

    page = member_client.get(url).content.decode()

    assert 'data-testid="partner-card-google-cloud"' in page
    assert 'data-testid="partner-integrate-google-cloud"' not in page
    assert "Ask your account manager" in page


def test_an_outsider_finds_nothing_and_a_stranger_signs_in(outsider_client, client, url):
    assert outsider_client.get(url).status_code == 404
    assert client.get(url).headers["Location"].startswith("/login/")


def test_a_viewer_may_look(viewer_client, url):
    assert viewer_client.get(url).status_code == 200
