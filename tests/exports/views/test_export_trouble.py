"""Trouble is shown with the way to where it is mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from exports.models import Export
from integrations.models import Connection

pytestmark = pytest.mark.django_db

COMMAND = "gcloud storage buckets add-iam-policy-binding gs://exports"


@pytest.fixture
def trouble(
    saved_connection: Connection, make_export: Callable[..., Export], member_client: Client
) -> Callable[..., str]:
    """What the page of an export says that is in such trouble."""
    export = make_export(saved_connection)

    def page(**fields: Any) -> str:
        Export.objects.update(trouble_message="No.", **fields)
        url = f"/100000000/settings/partners/exports/{export}/"
        return member_client.get(url).content.decode()

    return page


def test_a_missing_right_shows_the_command_the_guide_and_a_test(
    trouble: Callable[..., str],
) -> None:
    page = trouble(
        trouble_code="permission_missing",
        trouble_turn="customer",
        trouble_fix=f"Give it the role:\n{COMMAND}",
    )
    assert "Give it the role:</p>" in page
    assert f'data-testid="export-trouble-command">{COMMAND}</pre>' in page
    assert 'href="/100000000/settings/partners/google-cloud/#guide-role"' in page
    assert 'data-testid="export-mend-test"' in page


def test_an_export_that_runs_once_and_cannot_be_edited_leads_to_stop(
    trouble: Callable[..., str],
) -> None:
    page = trouble(trouble_code="connection_gone", trouble_remedy="export", trouble_fix="Stop it.")
    assert 'data-testid="export-mend-stop"' in page
    assert 'data-testid="export-mend-export"' not in page
