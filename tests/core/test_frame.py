"""The frame around every signed-in page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from clevertap_partners.accounts.models import Account, Role
from clevertap_partners.accounts.services import member_set
from tests.conftest import signed_in

URL = "/100000000/settings/partners/activity/"
# Mail programs know no stylesheets: letters carry their styles with them.
TEMPLATES = sorted(
    path for path in (settings.BASE_DIR / "templates").rglob("*.html") if path.parent.name != "mail"
)


def test_the_current_screen_is_marked(admin_client_: Client) -> None:
    content = admin_client_.get(URL).content.decode()
    marked = re.findall(r'aria-current="page" data-testid="nav-([\w-]+)"', content)
    assert marked == ["activity"]


def test_a_member_is_not_shown_what_only_admins_may_open(member_client: Client) -> None:
    content = member_client.get("/nothing/").content
    assert b'data-testid="nav-integrations"' in content
    assert b'data-testid="nav-activity"' not in content


def test_the_account_switcher_shows_only_for_several(
    admin_user_: User, other_account: Account
) -> None:
    client = signed_in(admin_user_)
    assert b"account-switch" not in client.get(URL).content
    member_set(account=other_account, user=admin_user_, role=Role.VIEWER)
    assert b'data-testid="account-switch-200000000"' in client.get(URL).content


def test_fragments_send_the_token(admin_client_: Client) -> None:
    content = admin_client_.get(URL).content.decode()
    assert re.search(r"hx-headers:inherited='\{\"X-CSRFToken\": \"\w{64}\"\}'", content)


def test_the_browser_may_load_nothing_from_elsewhere(admin_client_: Client) -> None:
    header = admin_client_.get(URL).headers["Content-Security-Policy"]
    policy = dict(part.strip().split(" ", 1) for part in header.split(";"))
    assert policy.pop("default-src") == "'none'"
    assert policy.pop("img-src") == "'self' data:"
    assert set(policy.values()) <= {"'self'", "'none'"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_code_or_style_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", text)
