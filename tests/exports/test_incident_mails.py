"""Whom letters about an export go to, and what they say of the reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Membership
from clevertap_partners.mail.models import Mail
from exports.incident_mails import FIRST, key, recipients, warn_again
from exports.incidents import incident_note
from exports.models import Export
from integrations.models import Connection
from tests.exports.test_incidents import problem


@pytest.fixture
def export(make_export: Callable[..., Export], saved_connection: Connection) -> Export:
    return make_export(saved_connection)


def test_the_creator_is_told_as_such(export: Export, member: User, admin_user_: User) -> None:
    assert recipients(export) == ([member.username], "you created this export")


def test_admins_read_that_the_creator_has_left_only_if_that_is_so(
    export: Export, member: User, admin_user_: User
) -> None:
    User.objects.filter(pk=member.pk).update(username="bob", email="")
    export = Export.objects.get(pk=export.pk)
    people, why = recipients(export)
    assert people == [admin_user_.username]
    assert "no e-mail address of the creator" in why
    assert "left" not in why
    Membership.objects.filter(user=member).delete()
    assert "has left" in recipients(export)[1]


def test_an_export_without_a_creator_belongs_to_the_admins(
    export: Export, member: User, admin_user_: User
) -> None:
    member.delete()
    people, why = recipients(Export.objects.get(pk=export.pk))
    assert people == [admin_user_.username]
    assert "has left" in why


def test_a_warning_that_reached_nobody_is_sent_to_whoever_joins(
    export: Export, member: User
) -> None:
    Membership.objects.filter(user=member).update(user=User.objects.create_user("nobody"))
    incident = incident_note(export=export, error=problem())
    assert incident is not None
    mail = Mail.objects.get(key=key(incident, FIRST))
    assert mail.state == "given_up"
    assert not warn_again(incident, FIRST)
    Membership.objects.create(user=member, account=export.account)
    assert warn_again(incident, FIRST)
    mail.refresh_from_db()
    assert (mail.state, mail.left) == ("waiting", [member.username])
