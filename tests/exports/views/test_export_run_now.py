from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clevertap_partners.accounts.models import Account, AuditEntry
from exports.models import Export
from integrations.models import Connection
from tests.states import recurring_for_screens, run_done

pytestmark = pytest.mark.django_db

LIST = "/100000000/settings/partners/exports/"


@pytest.fixture
def export(saved_connection: Connection, member: User) -> Export:
    """It waits for its time."""
    export = recurring_for_screens(saved_connection, member)
    run_done(export)
    return export


def url_of(export: Export) -> str:
    return f"{LIST}{export}/run-now/"


def test_it_runs_now_and_says_so(member_client: Client, export: Export) -> None:
    page = member_client.post(url_of(export), follow=True)
    assert page.redirect_chain == [(f"{LIST}{export}/", 302)]
    assert f"Export {export} runs now" in page.content.decode()
    assert export.runs.count() == 2
    assert AuditEntry.objects.filter(action="export run now").count() == 1


def test_one_that_runs_already_is_left_alone(member_client: Client, export: Export) -> None:
    member_client.post(url_of(export))
    page = member_client.post(url_of(export), follow=True)
    assert "is running already; nothing was changed" in page.content.decode()
    assert export.runs.count() == 2


def test_one_that_has_ended_never_runs_again(member_client: Client, export: Export) -> None:
    member_client.post(f"{LIST}{export}/stop/")
    page = member_client.post(url_of(export), follow=True)
    assert "has ended and never runs again" in page.content.decode()
    assert export.runs.count() == 1


def test_it_is_for_those_who_may_export(
    viewer_client: Client,
    outsider_client: Client,
    member_client: Client,
    account: Account,
    export: Export,
) -> None:
    assert viewer_client.post(url_of(export)).status_code == 403
    assert outsider_client.post(url_of(export)).status_code == 404
    foreign = url_of(export).replace("100000000", "200000000")
    assert outsider_client.post(foreign).status_code == 404
    assert member_client.get(url_of(export)).status_code == 405
    account.plan = Account.Plan.ESSENTIALS
    account.save()
    assert member_client.post(url_of(export)).status_code == 403
    assert export.runs.count() == 1
