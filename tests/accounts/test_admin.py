"""The operator's admin, whichever app a model belongs to: later models are covered too."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from clevertap_partners.accounts.models import Account
from clevertap_partners.accounts.services import audit_record
from tests.accounts.rows import make_row
from tests.conftest import signed_in

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = [
    model
    for model in apps.get_models()
    if model.__module__.split(".")[0] in {"clevertap_partners", "integrations", "exports"}
]

every_registered_model = pytest.mark.parametrize("model", REGISTERED, ids=lambda m: m._meta.label)
# The rows of the others are in the queue server.
every_model_with_a_table = pytest.mark.parametrize(
    "model", [model for model in REGISTERED if model._meta.managed], ids=lambda m: m._meta.label
)


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("operator@example.com")


@pytest.fixture
def operator_client(operator: User) -> Client:
    return signed_in(operator)


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.label)
def test_every_model_of_ours_is_registered(model: type[Model]) -> None:
    assert admin.site.is_registered(model), f"{model._meta.label} is missing from the admin"


@every_model_with_a_table
def test_every_list_and_search_opens(model: type[Model], operator_client: Client) -> None:
    make_row(model)
    for query in ("", "?q=100000000"):
        assert operator_client.get(address(model, "changelist") + query).status_code == 200


@every_registered_model
def test_every_add_page_opens_or_is_refused_on_purpose(
    model: type[Model], operator: User, operator_client: Client
) -> None:
    request = RequestFactory().get("/")
    request.user = operator
    may_add = admin.site._registry[model].has_add_permission(request)
    status = operator_client.get(address(model, "add")).status_code
    assert status == (200 if may_add else 403)


@every_model_with_a_table
def test_every_row_opens(model: type[Model], operator_client: Client) -> None:
    row = make_row(model)
    assert operator_client.get(address(model, "change", row.pk)).status_code == 200


def test_the_audit_log_can_only_be_read(operator_client: Client, account: Account) -> None:
    entry = audit_record(account=account, actor=None, action="export created")
    page = address(type(entry), "change", entry.pk)
    assert operator_client.post(page, {"action": "nothing happened"}).status_code == 403
    delete = address(type(entry), "delete", entry.pk)
    assert operator_client.post(delete, {"post": "yes"}).status_code == 403
    entry.refresh_from_db()
    assert entry.action == "export created"


def test_the_admin_is_for_staff_only(admin_client_: Client) -> None:
    assert admin_client_.get("/admin/").status_code == 302
