"""What browsers are told: nothing inline anywhere, so that what people type never runs."""

from __future__ import annotations

import html.parser
import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client, RequestFactory

from clevertap_partners import checks
from clevertap_partners.accounts.models import Account
from clevertap_partners.core.browser_security import _INLINE, BrowserSecurity
from tests.accounts.routes import account_routes
from tests.accounts.rows import make_row
from tests.conftest import PASSWORD, signed_in
from tests.states import alerts_for_screens, connection_for_screens, export_for_screens

pytestmark = pytest.mark.django_db

PREFIX = "/100000000/settings/partners"


class Inline(html.parser.HTMLParser):
    """Collects what a strict policy would not let a browser use."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        data = names.get("type") in {"application/json", "application/ld+json"}
        if tag == "style" or (tag == "script" and "src" not in names and not data):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            script = (value or "").strip().lower().startswith("javascript:")
            if name == "style" or name.startswith("on") or script:
                self.found.append(f"<{tag} {name}={value!r}>")


def refused(response: Any) -> list[str]:
    """Inline parts of a page that says it is one; nothing of what is no page."""
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    return Inline(response.content.decode()).found


@pytest.fixture
def everything(account: Account, member: User) -> list[str]:
    """Rows behind the pages; the addresses of those that need one."""
    Account.objects.update(bigquery_import=True)
    export = export_for_screens(connection_for_screens(account), member)
    alerts = [f"{PREFIX}/exports/alerts/{path}" for path in alerts_for_screens(account)]
    detail = f"{PREFIX}/exports/{export.request_id}/"
    return [detail, f"{detail}?tab=runs", f"{detail}?tab=files", f"{detail}stop/", *alerts]


def test_no_page_of_an_account_has_anything_inline(
    admin_client_: Client, everything: list[str]
) -> None:
    urls = [route.url for route in account_routes() if not route.names_an_object]
    for url in [*urls, *everything]:
        assert refused(admin_client_.get(url)) == [], url


def test_no_page_of_a_person_has_anything_inline(client: Client, member_client: Client) -> None:
    for url in ("/login/", "/nothing-here/"):
        assert refused(client.get(url)) == [], url
    for url in ("/me/", "/me/password/", "/me/second-factor/", "/nothing-here/", "/style/"):
        assert refused(member_client.get(url)) == [], url


@pytest.mark.parametrize(
    "model",
    [model for model in admin.site._registry if model._meta.managed],
    ids=lambda model: model._meta.label,
)
def test_no_page_of_the_operator_admin_has_anything_inline(model: Any) -> None:
    client = signed_in(User.objects.create_superuser("operator@example.com"))
    row = make_row(model)
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    for url in (
        "/admin/",
        base,
        f"{base}add/",
        f"{base}{row.pk}/change/",
        f"{base}{row.pk}/delete/",
    ):
        assert refused(client.get(url)) == [], url


@pytest.mark.services
def test_no_page_of_the_queue_has_anything_inline(
    admin_client: Client, valkey: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for queue in settings.RQ_QUEUES.values():
        monkeypatch.setitem(queue, "URL", valkey)
    for url in ("", "queues/0/", "workers/0/", "queues/0/empty/", "queues/0/finished/"):
        response = admin_client.get(f"/admin/rq/{url}")
        assert response.status_code in {200, 404}, url
        assert refused(response) == [], url


def test_what_is_taken_out_of_the_queues_pages_is_only_what_is_inline() -> None:
    page = b"""<script src="/a.js"></script><style>p{}</style><script>
      x()</script><tr class="a" onclick="go()" id="b"><td style="margin: 0">on="x"</td>"""
    assert (
        _INLINE.sub(b"", page)
        == b"""<script src="/a.js"></script><tr class="a" id="b"><td>on="x"</td>"""
    )


def test_the_policy_allows_nothing_but_our_own(member_client: Client) -> None:
    header = member_client.get("/me/").headers["Content-Security-Policy"]
    policy = dict(part.strip().split(" ", 1) for part in header.split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    for directive in ("script-src", "style-src", "connect-src", "form-action"):
        assert policy[directive] == "'self'"
    assert "unsafe" not in header
    assert not re.search(r"https?:|\*", header)


def test_every_answer_has_the_other_headers_too(client: Client) -> None:
    for url in ("/login/", "/nothing-here/"):
        headers = client.get(url).headers
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "camera=()" in headers["Permissions-Policy"]


def test_a_body_that_is_too_large_is_refused_unread(member_client: Client) -> None:
    answer = member_client.post(
        f"{PREFIX}/google-cloud/", b"x" * 2_000_001, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 413
    assert b"nothing of it was read or kept" in answer.content


def test_a_drawer_says_so_in_the_drawer(member_client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "aside#drawer"}
    answer = member_client.post(
        f"{PREFIX}/google-cloud/", b"x" * 2_000_001, content_type="text/plain", headers=headers
    )
    assert answer.status_code == 413
    assert answer.content.decode().lstrip().startswith('<a class="drawer-veil"')


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(client: Client, member: User) -> None:
    client.get("/login/")
    client.post("/login/", {"username": member.username, "password": PASSWORD})
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax", name


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("CONTENT_SECURITY_POLICY", {"DIRECTIVES": {"script-src": ["'unsafe-inline'"]}}, "E008"),
        ("SESSION_COOKIE_NAME", "sessionid", "E009"),
        ("AXES_FAILURE_LIMIT", 1000, "E010"),
        ("AXES_COOLOFF_TIME", None, "E010"),
        ("ALLOWED_HOSTS", ["*"], "E011"),
    ],
)
def test_a_loosened_setting_is_found(settings: Any, name: str, value: Any, id: str) -> None:
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-a", "__Host-b"
    assert checks.people_are_kept_safe() == []
    setattr(settings, name, value)
    assert [message.id for message in checks.people_are_kept_safe()] == [f"partners.{id}"]


# -- the queue ------------------------------------------------------------------------------------
QUEUE_PAGES = ("/admin/rq/", "/admin/rq/queues/0/", "/admin/rq/stats.json", "/admin/rq/metrics")


@pytest.mark.parametrize("page", [*QUEUE_PAGES, "/admin/django_rq/dashboard/"])
def test_the_queue_is_for_superusers(client: Client, page: str) -> None:
    clerk = User.objects.create_user("clerk@example.com", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="django_rq"))
    assert signed_in(clerk).get(page).status_code in {403, 404}
    assert signed_in(clerk).post("/admin/rq/queues/0/empty/").status_code == 403
    assert b"queues" not in client.get(page).content


@pytest.mark.services
def test_what_changes_the_queue_is_logged(
    admin_client: Client,
    valkey: str,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for queue in settings.RQ_QUEUES.values():
        monkeypatch.setitem(queue, "URL", valkey)
    caplog.set_level("INFO")
    admin_client.get("/admin/rq/queues/0/empty/")
    assert "queue_changed" not in caplog.text
    admin_client.post("/admin/rq/queues/0/empty/", {"post": "yes"})
    assert "queue_changed" in caplog.text


# -- caches ---------------------------------------------------------------------------------------
def test_pages_of_who_is_signed_in_stay_in_no_cache(
    client: Client, member_client: Client, account: Account
) -> None:
    for url in (f"{PREFIX}/exports/", f"{PREFIX}/imports/", "/nothing-here/"):
        assert member_client.get(url).headers["Cache-Control"] == "private, no-store", url
    assert "no-store" in member_client.get("/me/").headers["Cache-Control"]
    assert "private, no-store" not in client.get("/nothing-here/").headers.get("Cache-Control", "")


def test_what_a_view_says_itself_stays_and_a_tag_can_be_asked_for(
    member: User, rf: RequestFactory
) -> None:
    request = rf.get("/")
    request.COOKIES["sessionid"], request.user = "any", member

    def answer(**headers: str) -> str:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        response = BrowserSecurity(lambda _: HttpResponse(headers=given))(request)
        return response.headers["Cache-Control"]

    assert answer(ETag='"1"') == "private, no-cache"
    assert answer(Cache_Control="max-age=60") == "max-age=60"
    assert answer() == "private, no-store"
