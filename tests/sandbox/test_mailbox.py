"""The sandbox's mail server, and the page that shows what it received."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clevertap_partners.sandbox.mailbox.server import HOST, LETTER_MAX_BYTES
from clevertap_partners.sandbox.mailbox.store import KEPT, Store
from clevertap_partners.sandbox.processes import free_port
from tests.mailbox import Mailbox
from tests.processes import wait_until

HTML = (
    '<html><head><title>x</title></head><body><script>x()</script><a href="/1">go</a></body></html>'
)


@pytest.fixture
def person(client: Client) -> Client:
    client.force_login(User.objects.create_user("newcomer"))
    return client


def send(
    mailbox: Mailbox, subject: str = "Hello", *, text: str = "Read me", html: str = ""
) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@example.com", "b@example.com"
    message["Message-ID"] = "<1@example.com>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    with smtplib.SMTP(HOST, mailbox.port, timeout=10) as client:
        client.send_message(message)


def page(person: Client, view: str, *args: str) -> str:
    response = person.get(reverse(view, args=args))
    assert response.status_code == 200
    return response.content.decode()


def newest(mailbox: Mailbox) -> str:
    return mailbox.store.ids()[0]


def test_it_keeps_what_was_sent_and_for_whom(mailbox: Mailbox) -> None:
    send(mailbox, "Grüße 🛒", text="Olá", html="<p>Olá</p>")
    [mail] = mailbox.store.all()
    assert (mail.subject, mail.text.strip(), mail.html.strip()) == ("Grüße 🛒", "Olá", "<p>Olá</p>")
    assert (mail.sender, mail.to, mail.recipients) == (
        "a@example.com",
        "b@example.com",
        "b@example.com",
    )


def test_it_keeps_the_newest_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "mail")
    for number in range(KEPT + 3):
        store.add(f"Subject: {number}\r\n\r\n".encode(), sender="", recipients=[])
    subjects = [mail.subject for mail in store.all()]
    assert (len(subjects), subjects[0], subjects[-1]) == (KEPT, str(KEPT + 2), "3")


def test_it_refuses_a_letter_that_is_too_large(mailbox: Mailbox) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        send(mailbox, text="x" * LETTER_MAX_BYTES)
    assert refused.value.smtp_code == 552
    assert mailbox.store.ids() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00 no header at all",
        b"Subject: =?utf-8?b?broken\r\nFrom: <<<>\r\n\r\n",
        b"Content-Type: text/plain; charset=none\r\n\r\n\xff",
        b"Content-Type: multipart/alternative\r\n\r\nno boundary",
        b"Subject: =?utf-8?b?////?=\r\nTo: <@>, a@[b\r\nMessage-ID: <\r\n\r\nx",
        b'To: "\r\nFrom: <>\r\nSubject: =?x?y?z?=\r\n\r\nx',
        b"Message-ID: [\r\nContent-Type: multipart/alternative\r\n\r\n",
        b"Message-ID: <a@\r\n\r\n",
        b"To: a@\r\n b\r\n\r\n",
        b"Subject: \xff=?nope?q?a?=\r\nContent-Type: text/html; charset=unicode_escape\r\n\r\n"
        b"\\ud800",
    ],
)
@pytest.mark.django_db
def test_a_broken_letter_breaks_no_page(mailbox: Mailbox, person: Client, content: bytes) -> None:
    mailbox.store.add(content, sender="a@example.com", recipients=["b@example.com"])
    assert "sandbox-mail-row-0" in page(person, "sandbox_mail_list")
    page(person, "sandbox_mail_detail", newest(mailbox))
    page(person, "sandbox_mail_html", newest(mailbox))


@pytest.mark.django_db
def test_it_wants_somebody_who_is_signed_in(mailbox: Mailbox, client: Client) -> None:
    send(mailbox)
    for view, args in (
        ("sandbox_mail_list", []),
        ("sandbox_mail_detail", [newest(mailbox)]),
        ("sandbox_mail_html", [newest(mailbox)]),
    ):
        assert client.get(reverse(view, args=args))["Location"].startswith(reverse("login"))
    assert client.post(reverse("sandbox_mail_clear")).status_code == 302
    assert len(mailbox.store.ids()) == 1


@pytest.mark.django_db
def test_an_empty_mailbox_says_what_will_be_there(mailbox: Mailbox, person: Client) -> None:
    shown = page(person, "sandbox_mail_list")
    assert "No mail yet" in shown
    assert 'data-testid="sandbox-mail-clear"' not in shown


@pytest.mark.django_db
def test_letters_are_listed_newest_first_and_open(mailbox: Mailbox, person: Client) -> None:
    send(mailbox, "First")
    send(mailbox, "<b>Second</b>", text="Go to https://partners.example/1?a=1&b=2 now", html=HTML)
    listed = page(person, "sandbox_mail_list")
    assert listed.index("&lt;b&gt;Second") < listed.index(">First<")
    shown = page(person, "sandbox_mail_detail", newest(mailbox))
    assert 'href="https://partners.example/1?a=1&amp;b=2"' in shown
    assert "<b>Second" not in shown
    assert reverse("sandbox_mail_html", args=[newest(mailbox)]) in shown
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown


@pytest.mark.django_db
def test_the_html_of_a_letter_may_run_and_load_nothing(mailbox: Mailbox, person: Client) -> None:
    send(mailbox, html=HTML)
    response = person.get(reverse("sandbox_mail_html", args=[newest(mailbox)]))
    policy = dict(
        part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert policy["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert policy["frame-ancestors"] == "'self'"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert '<head><base target="_blank">' in response.content.decode()


@pytest.mark.django_db
def test_the_mailbox_can_be_emptied(mailbox: Mailbox, person: Client) -> None:
    send(mailbox)
    person.post(reverse("sandbox_mail_clear"))
    assert mailbox.store.ids() == []
    assert person.get(reverse("sandbox_mail_clear")).status_code == 405


@pytest.mark.parametrize("mail_id", ["nothing", "..", "%2e%2e%2fstate", "0" * 20 + "-000000"])
@pytest.mark.django_db
def test_what_is_no_letter_is_not_found(mailbox: Mailbox, person: Client, mail_id: str) -> None:
    (mailbox.folder.parent / "state.eml").write_text("Subject: secret\n\n")
    for view in ("sandbox_mail_detail", "sandbox_mail_html"):
        assert person.get(reverse(view, args=[mail_id])).status_code == 404


def as_process(folder: Path, port: int) -> list[str]:
    module = "clevertap_partners.sandbox.mailbox"
    return [sys.executable, "-m", module, "--folder", str(folder), "--port", str(port)]


def answers(port: int) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            smtplib.SMTP(HOST, port, timeout=5).quit()
        except OSError:
            return False
        return True

    return asked


def test_it_runs_as_a_process_until_it_is_told_to_end(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(as_process(tmp_path, port))
    try:
        wait_until(answers(port), "the mail server answers")
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait(20)


def test_a_taken_port_is_said_in_words(mailbox: Mailbox, tmp_path: Path) -> None:
    done = subprocess.run(
        as_process(tmp_path, mailbox.port), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "did not start" in done.stderr
    assert "Traceback" not in done.stderr
