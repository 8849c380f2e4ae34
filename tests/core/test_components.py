from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.template import RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

STATUSES = {"pending": "neutral", "running": "info", "done": "success", "attention": "warning"}


class BucketForm(forms.Form):
    nickname = forms.CharField(help_text="Unique in this account.")
    kind = forms.ChoiceField(
        choices=[("all_events", "All events"), ("select_events", "Select events")],
        widget=forms.RadioSelect,
    )
    gzip = forms.BooleanField(required=False, label="Compress")


def render(name: str, query: str = "", **context: Any) -> str:
    request = RequestFactory().get(f"/{query}")
    request.user = AnonymousUser()
    return render_to_string(f"components/{name}.html", context, request=request)


def test_a_field_ties_its_input_to_its_hint() -> None:
    html = render("_field", field=BucketForm()["nickname"], testid="bucket-nickname-0")
    assert 'data-testid="bucket-nickname-0"' in html
    assert 'aria-describedby="id_nickname_helptext"' in html
    assert 'id="id_nickname_helptext">Unique in this account.' in html


def test_a_field_ties_its_input_to_its_error() -> None:
    html = render("_field", field=BucketForm({})["nickname"], testid="bucket-nickname-0")
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_nickname_error id_nickname_helptext"' in html
    assert 'id="id_nickname_error" data-testid="bucket-nickname-0-error"' in html


def test_a_hint_may_be_given_in_place() -> None:
    html = render("_field", field=BucketForm()["gzip"], testid="x", hint="Smaller files.")
    assert 'aria-describedby="id_gzip_helptext"' in html
    assert "Smaller files." in html


def test_each_choice_has_a_test_id_of_its_own() -> None:
    html = render("_field", field=BucketForm()["kind"], testid="export-type")
    assert 'data-testid="export-type-all_events"' in html
    assert 'data-testid="export-type-select_events"' in html
    assert "<legend>Kind</legend>" in html


@pytest.mark.parametrize(("status", "tone"), STATUSES.items())
def test_a_status_is_a_badge(status: str, tone: str) -> None:
    html = render("_status", status=status, testid="s")
    assert f'class="badge badge-{tone} badge-{status}" data-testid="s"' in html
    assert status.capitalize() in html


def test_a_notice_escapes_what_it_is_given() -> None:
    html = render("_notice", tone="danger", title="<b>", text="<i>", fix="<u>")
    assert all(mark not in html for mark in ("<b>", "<i>", "<u>"))


def test_an_unknown_progress_has_no_value() -> None:
    assert 'value="' not in render("_progress", percent=None)
    assert 'value="0"' in render("_progress", percent=0)


def test_a_confirmation_carries_the_token_even_when_isolated() -> None:
    source = """{% include "components/_confirm.html" with text="Sure?" items=items only %}"""
    context = RequestContext(RequestFactory().get("/"), {"items": ["Export 1"]})
    html = Template(source).render(context)
    assert 'name="csrfmiddlewaretoken"' in html
    assert 'data-testid="confirm-ok"' in html
    assert "<li>Export 1</li>" in html


def test_a_pager_on_the_first_page_only_leads_on() -> None:
    page = Paginator(range(25), 10).get_page(1)
    html = render("_pager", "?status=done", page=page, per_page=10)
    assert "1–10 of 25" in html
    assert 'href="?status=done&amp;page=2"' in html
    assert "pager-previous" not in html


def test_changing_the_page_size_starts_at_the_first_page() -> None:
    page = Paginator(range(25), 10).get_page(2)
    html = render("_pager", "?page=2&status=done", page=page, per_page=10)
    assert 'href="?status=done&amp;per_page=20"' in html


def test_an_empty_state_says_what_to_do_next() -> None:
    html = render("_empty", icon="cloud", title="No exports", action_url="/new", action_label="Go")
    assert '<a class="btn btn-primary" href="/new">Go</a>' in html
