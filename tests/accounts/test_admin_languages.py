"""Operators read their pages in their language: Django's words, ours, and the names of models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import translation
from lxml import etree, html

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.translated import translated
from tests import pseudo
from tests.accounts.rows import make_row
from tests.browser.screens.reading import names_in_use, without_names
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

# The pages of the others, those of the queue, are in English only.
MODELS = sorted(
    (model for model in admin.site._registry if model._meta.managed),
    key=lambda model: model._meta.label,
)
# Code; and permissions, which are kept in English with models of other packages among them.
SKIPPED = etree.XPath(
    "boolean(ancestor-or-self::*[self::script or self::style or self::textarea"
    " or contains(@name, 'permissions')])"
)
# Not `alt`: Django has written those of its icons in English.
ATTRIBUTES = ("aria-label", "title", "placeholder")
# What every row of `make_row` holds, and the name of a format among the choices of a filter.
DATA = ("seven", "PARQUET")


@pytest.fixture
def operator(settings: LazySettings, tmp_path: Path) -> Client:
    pseudo.offer(settings, tmp_path)
    client = signed_in(User.objects.create_superuser("operator@example.com"))
    client.cookies["django_language"] = pseudo.LANGUAGE
    return client


def left_in_latin(client: Client, *addresses: str) -> list[str]:
    """Of the pages that may be opened."""
    answers = {address: client.get(address) for address in addresses}
    assert {answer.status_code for answer in answers.values()} <= {200, 403}
    opened = {page: answer for page, answer in answers.items() if answer.status_code == 200}
    assert opened
    names = [*DATA, *names_in_use()]
    return [
        f"{address}: {text}"
        for address, answer in opened.items()
        for text in latin(answer.content.decode(), names)
    ]


def latin(page: str, names: list[str]) -> list[str]:
    texts = texts_of(html.fromstring(page))
    return [text for text in texts if re.search("[A-Za-z]{2}", without_names(text, names))]


def texts_of(page: html.HtmlElement) -> Iterator[str]:
    for element in page.iter(etree.Element):
        if SKIPPED(element):
            continue
        yield from (" ".join(text.split()) for text in element.xpath("text()"))
        yield from (element.get(name) or "" for name in ATTRIBUTES)
        if element.tag == "input" and element.get("type") == "submit":
            yield element.get("value")


def addresses(model: type[Model], row: Model) -> Iterator[str]:
    for page in ("changelist", "add", "change", "history", "delete"):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        yield reverse(name, args=[] if page in {"changelist", "add"} else [row.pk])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_page_of_a_model_has_a_text_that_is_not_translated(
    model: type[Model], operator: Client
) -> None:
    assert left_in_latin(operator, *addresses(model, make_row(model))) == []


def test_nor_has_the_index_with_what_was_done(operator: Client, account: Account) -> None:
    person = User.objects.get()
    done = [{"changed": {"fields": ["7"]}}]
    rows = Account.objects.filter(pk=account.pk)
    LogEntry.objects.log_actions(person.pk, rows, CHANGE, done)
    history = reverse("admin:accounts_account_history", args=[account.pk])
    password = reverse("admin:auth_user_password_change", args=[person.pk])
    assert left_in_latin(operator, "/admin/", "/admin/accounts/", history, password) == []


def test_what_is_asked_before_an_action_is_translated(operator: Client) -> None:
    for action in ("delete_selected", "lift_pause"):
        sent = {"action": action, "_selected_action": [make_row(User).pk]}
        answer = operator.post("/admin/auth/user/", sent)
        assert latin(answer.content.decode(), [*DATA, *names_in_use()]) == []
        User.objects.filter(username="seven").delete()


def test_what_is_kept_in_english_is_read_in_the_language(
    operator: Client, account: Account
) -> None:
    audit_record(account=account, actor=None, action="export created")
    page = operator.get("/admin/accounts/auditentry/").content.decode()
    assert pseudo.pseudo("export created") in page
    assert "export created" not in page
    assert AuditEntry.objects.get().action == "export created"


def test_names_of_columns_are_no_names_of_fields(operator: Client) -> None:
    """Somebody's column may be called as a field of ours is."""
    with translation.override(pseudo.LANGUAGE):
        assert str(Account._meta.get_field("plan").verbose_name) == pseudo.pseudo("plan")
        assert translated("plan") == "plan"
