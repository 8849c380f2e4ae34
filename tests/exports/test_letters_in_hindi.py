"""Letters about an export are in the language of who gets them."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Membership, Preferences
from clevertap_partners.core.faults import error
from clevertap_partners.mail import services as outbox
from clevertap_partners.mail.models import Mail
from exports import faults
from exports.incidents import incident_note
from exports.models import Export
from integrations.models import Connection

START = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture
def export(
    make_export: Callable[..., Export],
    saved_connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    settings: LazySettings,
) -> Export:
    monkeypatch.setattr(outbox, "ring", lambda *_, **__: None)
    settings.PARTNERS_BASE_URL = "https://partners.example"
    return make_export(saved_connection)


def speak(language: str, *people: User) -> None:
    for person in people:
        Preferences.objects.update_or_create(user=person, defaults={"language": language})


def letter_about(export: Export) -> Mail:
    with time_machine.travel(START, tick=False):
        incident_note(export=export, error=error(faults.NAME_TAKEN, object="a.json"))
    return Mail.objects.get()


def test_the_creator_of_an_export_reads_their_language(export: Export, member: User) -> None:
    speak("hi", member)
    mail = letter_about(export)
    assert mail.language == "hi"
    assert mail.subject == f"Warehouse में एक्सपोर्ट {export} पर आपका ध्यान चाहिए"
    for words in (
        "क्या हुआ: बकेट में a.json नाम का कोई दूसरा ऑब्जेक्ट पहले से है।",
        "कुछ भी खोया नहीं है: आपके इवेंट यहाँ सुरक्षित हैं",
        "हम मंगलवार 3 मार्च, ",
        ": सभी इवेंट\n",
        "क्योंकि आपने यह एक्सपोर्ट बनाया है",
    ):
        assert words in mail.text
    assert '<html lang="hi" dir="ltr">' in mail.html
    assert "Warehouse में आपके एक्सपोर्ट पर आपका ध्यान चाहिए</h1>" in mail.html


def test_a_letter_that_goes_to_others_is_written_anew_in_their_language(
    export: Export, member: User, admin_user_: User
) -> None:
    speak("hi", member)
    mail = letter_about(export)
    now = outbox.readdressed(mail, [admin_user_.username], why="you created this export")
    assert now["language"] == "en"
    assert now["subject"] == f"Export {export} to Warehouse needs you"
    assert "we write again after Tuesday 3 March, " in now["text"]
    assert "Type: All events\n" in now["text"]
    assert '<html lang="en" dir="ltr">' in now["html"]


@pytest.mark.parametrize(("second", "language"), [("hi", "hi"), ("en", "en"), ("", "en")])
def test_several_admins_read_the_language_that_they_share(
    second: str, language: str, export: Export, member: User, admin_user_: User, viewer: User
) -> None:
    Membership.objects.filter(user=viewer).update(role="admin")
    Membership.objects.filter(user=member).delete()
    speak("hi", admin_user_)
    speak(second, viewer)
    assert letter_about(export).language == language
