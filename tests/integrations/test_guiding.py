from __future__ import annotations

import re

import pytest

from integrations.guiding import filled, known_of
from integrations.models import Connection
from integrations.partners.registry import get_partner

CREATE = "gcloud storage buckets create gs://{bucket} --project={project}"


def plain(html: str) -> str:
    """The command on one line, as a shell reads it."""
    return re.sub("<[^>]+>", "", html).replace(" \\\n ", "")


def connection_to(partner: str, target: str, **changes: str) -> Connection:
    fields = {
        "client_email": "loader@shop-1.iam.gserviceaccount.com",
        "project_id": "shop-1",
        **changes,
    }
    return Connection(pk=1, partner=partner, nickname="Main", target=target, **fields)


def test_a_command_holds_what_is_known_and_says_what_is_missing() -> None:
    text = plain(filled(CREATE, {"bucket": "shop-exports"}))
    assert text == "gcloud storage buckets create gs://shop-exports --project=PROJECT"


@pytest.mark.parametrize(
    "bad",
    ["x; rm -rf ~", "$(id)", "`id`", "a b", "a\nb", "-x", "Shop", "a'b", 'a"b', "a|b", "<b>", ""],
)
def test_nothing_that_could_change_a_command_is_filled_in(bad: str) -> None:
    html = filled(CREATE, {"bucket": bad, "project": bad})
    assert plain(html) == "gcloud storage buckets create gs://BUCKET --project=PROJECT"


def test_a_dataset_may_have_capitals() -> None:
    assert (
        plain(filled("bq ls {project}:{dataset}", {"dataset": "Shop_1"})) == "bq ls PROJECT:Shop_1"
    )


def test_a_guide_knows_the_saved_bucket_and_its_service_account() -> None:
    bucket = connection_to("google-cloud", "shop-exports")
    known = known_of(get_partner("google-cloud"), [], [bucket])
    assert known == {
        "bucket": "shop-exports",
        "project": "shop-1",
        "home": "shop-1",
        "exporter": "loader",
        "importer": "loader",
    }


def test_a_guide_knows_the_project_and_dataset_of_a_database() -> None:
    database = connection_to("bigquery", "warehouse-1.Shop", client_email="odd@example.com")
    known = known_of(get_partner("bigquery"), [], [database])
    assert known == {"project": "warehouse-1", "dataset": "Shop"}
