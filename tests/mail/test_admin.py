"""Operators see what went out and what waits."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from clevertap_partners.mail.models import Mail


def test_an_operator_sees_why_a_letter_waits(admin_client: Client) -> None:
    mail = Mail.objects.create(key="letter:1", subject="Hello", last_error="The server is away.")
    listed = admin_client.get(reverse("admin:mail_mail_changelist")).content.decode()
    assert "The server is away." in listed
    shown = admin_client.get(reverse("admin:mail_mail_change", args=[mail.pk])).content.decode()
    assert "Hello" in shown
    assert 'name="_save"' not in shown
