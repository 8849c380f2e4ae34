"""What an operator does: find, follow links, switch plans and features; asked first, and noted."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import connection as database
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from clevertap_partners.accounts import usage
from clevertap_partners.accounts.admin import accounts as accounts_admin
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account, AuditEntry, Membership
from clevertap_partners.accounts.security import services
from clevertap_partners.accounts.security.models import PersonSession, SecondFactor
from clevertap_partners.core.fields import EncryptedTextField
from clevertap_partners.webhooks.models import Endpoint
from exports.models import Export, ExportFile
from integrations.models import Connection, CredentialTest
from tests.accounts.rows import make_row
from tests.conftest import PASSWORD, signed_in
from tests.imports.factories import make_batch, make_import, make_run
from tests.states import connection_for_screens, export_for_screens, finish

pytestmark = pytest.mark.django_db

ACCOUNT_PAGE = "/admin/accounts/account/100000000/change/"
NEW = "seven geese over the weir"
KEY = "-----BEGIN PRIVATE KEY----- known-secret-7 -----END PRIVATE KEY-----"


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("operator@example.com", password=PASSWORD)


@pytest.fixture
def operator(boss: User) -> Client:
    return signed_in(boss)


@pytest.fixture
def export(account: Account, member: User) -> Export:
    return export_for_screens(connection_for_screens(account), member)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def account_form(client: Client, **changes: str) -> dict[str, str]:
    """The form of the account's page as it stands, with changes."""
    form = client.get(ACCOUNT_PAGE).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    sent = {name: "on" if value is True else str(value) for name, value in values.items()}
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    # An unticked box is not sent at all.
    whole = {**sent, **inline, **changes}
    return {name: value for name, value in whole.items() if value != "False"}


# -- nothing secret -------------------------------------------------------------------------------
def test_no_page_shows_a_secret(operator: Client, account: Account, member: User) -> None:
    saved = connection_for_screens(account)
    Connection.objects.filter(pk=saved.pk).update(config=KEY)
    CredentialTest.objects.create(
        account=account, partner="google-cloud", purpose="retest", config=KEY, connection=saved
    )
    finish(export_for_screens(saved, member))
    make_batch(make_run(make_import(saved)))
    Endpoint.objects.create(account=account, url="https://h.example/known-secret-7", secret=KEY)
    services.factor_begin(user=member)
    factor = SecondFactor.objects.get()
    codes = services.factor_confirm(user=member, code=services.totp.pyotp.TOTP(factor.secret).now())
    browser = signed_in(member)
    session = PersonSession.objects.filter(user=member).get()
    secrets = ["known-secret-7", factor.secret, session.session_data, member.password]
    secrets += [*(codes or []), browser.cookies["sessionid"].value]
    pages = []
    for model in [model for model in admin.site._registry if model._meta.managed]:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        rows = [make_row(model)] if not model._default_manager.exists() else model.objects.all()[:5]
        pages += [
            base,
            *(f"{base}{row.pk}/{page}/" for row in rows for page in ("change", "history")),
        ]
    for page in pages:
        shown = text(operator, page)
        assert [secret for secret in secrets if secret in shown] == [], page


def test_a_key_that_cannot_be_read_any_more_breaks_no_page(
    operator: Client, export: Export
) -> None:
    with database.cursor() as cursor:
        cursor.execute("UPDATE integrations_connection SET config = 'of another ring'")
    for page in ("integrations/connection", "exports/export"):
        base = f"/admin/{page}/"
        pk = export.pk if page.startswith("exports") else export.connection_id
        assert "Warehouse" in text(operator, base)
        assert "Warehouse" in text(operator, f"{base}{pk}/change/")


# -- finding --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wanted",
    ["request id", "100000000", "Warehouse", "shop-exports", "member@example.com", "Shop"],
)
def test_an_export_is_found_by_what_an_operator_is_told(
    operator: Client, export: Export, wanted: str
) -> None:
    term = str(export.request_id) if wanted == "request id" else wanted
    assert f">{export.request_id}<" in text(operator, f"/admin/exports/export/?q={term}")
    assert "0 results" in text(operator, "/admin/exports/export/?q=nothing-like-it")


def test_a_file_is_found_by_its_name(operator: Client, export: Export) -> None:
    finish(export)
    file = ExportFile.objects.get()
    for term in (file.name, file.name[:18], str(export.request_id), "Charged"):
        assert file.name in text(operator, f"/admin/exports/exportfile/?q={term}")
    assert "0 results" in text(operator, f"/admin/exports/exportfile/?q={export}-Other")


def test_links_lead_from_a_connection_to_its_files_and_from_an_account_to_everything(
    operator: Client, export: Export
) -> None:
    finish(export)
    run, file = export.runs.get(), ExportFile.objects.get()
    way = [
        (f"/admin/integrations/connection/{export.connection_id}/change/", "Exports", export),
        (f"/admin/exports/export/{export.pk}/change/", "Runs", run),
        (f"/admin/exports/export/{export.pk}/change/", "Files", file),
        (f"/admin/exports/exportrun/{run.pk}/change/", "Units", run.units.get()),
        (ACCOUNT_PAGE, "Connections", export.connection),
        (ACCOUNT_PAGE, "Export runs", run),
    ]
    for page, label, row in way:
        found = re.search(rf'<a href="([^"]+)">{label}</a>', text(operator, page))
        assert found, (page, label)
        assert f"/{row.pk}/change/" in text(operator, found[1]), (page, label)
    for label in re.findall(r'<a href="([^"]+)">', operator.get(ACCOUNT_PAGE).content.decode()):
        if "?account" in label or "__account" in label:
            assert operator.get(label.replace("&amp;", "&")).status_code == 200, label


@pytest.mark.parametrize(
    "model", [model for model in admin.site._registry if model._meta.managed], ids=str
)
def test_a_list_takes_few_queries_however_many_rows(model: Any, operator: Client) -> None:
    make_row(model)
    with CaptureQueriesContext(
        database,
    ) as queries:
        operator.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/?q=1")
    assert len(queries) <= 15


def test_a_list_of_many_takes_as_few_queries_as_of_one(
    operator: Client, account: Account, member: User
) -> None:
    saved = connection_for_screens(account)

    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            for page in ("export", "exportrun"):
                operator.get(f"/admin/exports/{page}/")
        return len(captured)

    export_for_screens(saved, member)
    of_one = queries()
    for _ in range(5):
        export_for_screens(saved, member)
    assert queries() <= of_one


def test_the_worker_and_its_lease_are_shown(operator: Client, export: Export) -> None:
    run = export.runs.get()
    run.worker = "host-7:4711"
    run.save(update_fields=["worker"])
    assert "host-7:4711" in text(operator, "/admin/exports/exportrun/")
    assert "host-7:4711" in text(operator, f"/admin/exports/exportrun/{run.pk}/change/")


def test_the_start_page_is_in_a_sensible_order(operator: Client) -> None:
    page = text(operator, "/admin/")
    assert "Partners operations" in page
    labels = ["accounts", "integrations", "exports", "imports", "django_rq"]
    places = [page.index(f"app-{label} ") for label in labels]
    assert places == sorted(places)


# -- asked first ----------------------------------------------------------------------------------
def test_stopping_asks_first_and_is_noted(operator: Client, boss: User, export: Export) -> None:
    chosen = {"action": "stop", "_selected_action": export.pk}
    page = operator.post("/admin/exports/export/", chosen).content.decode()
    assert "never run again" in page
    assert str(export.request_id) in page
    export.refresh_from_db()
    assert export.status == "pending"
    operator.post("/admin/exports/export/", {**chosen, "confirmed": "yes"})
    export.refresh_from_db()
    assert export.status == "stopped"
    assert AuditEntry.objects.get(action="export stopped").actor == boss


@pytest.mark.parametrize("action", ["try_again", "pause", "stop"])
def test_imports_are_asked_about_as_well(operator: Client, account: Account, action: str) -> None:
    item = make_import(connection_for_screens(account), status="ready")
    make_run(item, status="pending")
    chosen = {"action": action, "_selected_action": item.pk}
    operator.post("/admin/imports/import/", chosen)
    item.refresh_from_db()
    assert item.status == "ready"
    assert not AuditEntry.objects.filter(action__startswith="import").exists()
    operator.post("/admin/imports/import/", {**chosen, "confirmed": "yes"})
    assert AuditEntry.objects.filter(action__startswith="import ").exists()


def test_who_may_only_look_cannot_act(export: Export) -> None:
    helper = User.objects.create_user("helper@example.com", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_export"))
    client = signed_in(helper)
    chosen = {"action": "stop", "_selected_action": export.pk, "confirmed": "yes"}
    assert "stop" not in client.get("/admin/exports/export/").content.decode().split("<main")[0]
    client.post("/admin/exports/export/", chosen)
    export.refresh_from_db()
    assert export.status == "pending"


def test_a_switched_plan_asks_first_with_what_stops_working(
    operator: Client, boss: User, export: Export
) -> None:
    form = account_form(operator, plan="essentials")
    page = operator.post(ACCOUNT_PAGE, form).content.decode()
    assert "Plan: Enterprise becomes Essentials." in page
    assert "Google Cloud export goes away" in page
    assert f"Export {export.request_id} (Pending)" in page
    account = Account.objects.get()
    assert account.plan == "enterprise"
    assert operator.post(ACCOUNT_PAGE, {**form, "confirmed": "yes"}).status_code == 302
    account.refresh_from_db()
    assert account.plan == "essentials"
    entry = AuditEntry.objects.get(action="account changed")
    assert entry.changes == {"Plan": ["Enterprise", "Essentials"]}
    assert (entry.actor, entry.via) == (boss, "admin")


def test_what_takes_nothing_away_is_not_listed_as_if_it_did(
    operator: Client, export: Export
) -> None:
    page = operator.post(
        ACCOUNT_PAGE, account_form(operator, bigquery_import="on")
    ).content.decode()
    assert "BigQuery import: off becomes on." in page
    assert "goes away" not in page


def test_another_name_is_saved_at_once_and_noted(operator: Client, account: Account) -> None:
    assert operator.post(ACCOUNT_PAGE, account_form(operator, name="Shoppe")).status_code == 302
    entry = AuditEntry.objects.get(action="account changed")
    assert entry.changes == {"Name": ["Shop", "Shoppe"]}


def test_an_account_with_open_work_is_not_deleted(operator: Client, export: Export) -> None:
    address = "/admin/accounts/account/100000000/delete/"
    assert f"Export {export.request_id}" in text(operator, address)
    operator.post(address, {"post": "yes"})
    assert Account.objects.exists()
    Export.objects.update(status="done")
    assert "exports" in text(operator, address)
    operator.post(address, {"post": "yes"})
    assert not Account.objects.exists()


def test_another_role_is_noted(operator: Client, viewer: User) -> None:
    pk = Membership.objects.get(user=viewer).pk
    operator.post(f"/admin/accounts/membership/{pk}/change/", {"role": "admin"})
    entry = AuditEntry.objects.filter(action="member role changed").latest("pk")
    assert (entry.subject, entry.changes) == ("viewer@example.com", {"Role": ["Viewer", "Admin"]})
    operator.post(f"/admin/accounts/membership/{pk}/delete/", {"post": "yes"})
    assert AuditEntry.objects.filter(action="member removed").exists()


def test_a_person_who_is_deleted_is_noted(operator: Client, viewer: User) -> None:
    operator.post(f"/admin/auth/user/{viewer.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=viewer.pk).exists()
    assert AuditEntry.objects.get(action="person deleted").subject == "viewer@example.com"


def test_a_pause_is_lifted(operator: Client, member: User, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(2):
        Client().post("/login/", {"username": member.username, "password": "wrong"})
    right = {"username": member.username, "password": PASSWORD}
    assert Client().post("/login/", right).status_code == 429
    chosen = {"action": "lift_pause", "_selected_action": member.pk, "confirmed": "yes"}
    operator.post("/admin/auth/user/", chosen)
    assert Client().post("/login/", right).status_code == 302


def test_an_operator_signs_a_person_out(operator: Client, member: User) -> None:
    client = signed_in(member)
    client.get("/me/")
    row = PersonSession.objects.get(user=member)
    chosen = {"action": "end", "_selected_action": row.pk, "confirmed": "yes"}
    operator.post("/admin/security/personsession/", chosen)
    assert client.get("/me/").status_code == 302


# -- what may be looked up ------------------------------------------------------------------------
LONG = "9" * 23


@pytest.mark.parametrize(
    "lookup",
    [
        "exports/export/?account=", "exports/export/?account__exact=",
        "exports/export/?created_by=", "exports/export/?created_by__in=1,",
        "exports/exportrun/?export__account=",
        "accounts/auditentry/?actor=", "accounts/membership/?user=",
        "security/personsession/?user=", "webhooks/delivery/?endpoint=",
    ],
)  # fmt: skip
def test_what_no_database_can_look_up_is_answered(
    operator: Client, export: Export, lookup: str
) -> None:
    for value in (LONG, f"-{LONG}", "%00", "x"):
        answer = operator.get(f"/admin/{lookup}{value}")
        assert (answer.status_code, answer.url[-4:]) == (302, "?e=1"), value


def test_no_row_can_be_chosen_that_no_database_has(operator: Client, export: Export) -> None:
    for key in (LONG, "x", "1\0"):
        chosen = {"action": "stop", "_selected_action": key, "confirmed": "yes"}
        assert operator.post("/admin/exports/export/", chosen).status_code == 400, key
    for page in ("exports/export", "accounts/account", "accounts/auditentry"):
        assert operator.get(f"/admin/{page}/{LONG}/change/").status_code == 302, page


@pytest.mark.parametrize(
    "lookup",
    [
        "webhooks/endpoint/?url__startswith=https://h", "webhooks/endpoint/?secret__startswith=g",
        "webhooks/delivery/?endpoint__url__startswith=h", "mail/mail/?html__contains=x",
        "security/personsession/?session_data__startswith=a",
        "security/personsession/?session_key__startswith=a",
        "security/secondfactor/?secret__startswith=g",
        "security/recoverycode/?code_hash__startswith=a",
        "integrations/connection/?config__startswith=g",
        "integrations/credentialtest/?config__startswith=g",
        "auth/user/?password__startswith=p",
    ],
)  # fmt: skip
def test_what_is_not_shown_cannot_be_looked_up_either(operator: Client, lookup: str) -> None:
    assert operator.get(f"/admin/{lookup}").status_code == 400


def test_every_field_that_is_left_out_of_a_page_is_left_out_of_lookups(
    operator: Client, rf: RequestFactory
) -> None:
    ours = [each for each in admin.site._registry.values() if each.model._meta.managed]
    for each in ours:
        secret = [f.name for f in each.opts.fields if isinstance(f, EncryptedTextField)]
        for name in [*(each.exclude or ()), *secret]:
            assert not each.lookup_allowed(f"{name}__startswith", "x", rf.get("/")), each


# -- people ---------------------------------------------------------------------------------------
def person_form(client: Client, page: str, **changes: object) -> dict[str, object]:
    form = client.get(page).context["adminform"].form
    values = {name: form[name].value() for name in form.fields if name != "password"}
    whole = {**values, "last_login_0": "", "last_login_1": "", **changes}
    joined = form.instance.date_joined
    whole |= {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S}"}
    return {name: value for name, value in whole.items() if value not in (None, False)}


def test_what_changes_of_a_person_is_noted_with_groups_and_permissions(
    operator: Client, member: User
) -> None:
    group = Group.objects.create(name="Support")
    permission = Permission.objects.get(codename="view_export")
    page = f"/admin/auth/user/{member.pk}/change/"
    sent = person_form(
        operator, page, first_name="Ada", groups=[group.pk], user_permissions=[permission.pk]
    )
    assert operator.post(page, sent).status_code == 302
    entry = AuditEntry.objects.get(action="person changed")
    assert entry.changes == {
        "First name": ["", "Ada"],
        "Groups": ["", "Support"],
        "Permissions": ["", "view_export"],
    }
    operator.post(page, sent)
    assert AuditEntry.objects.filter(action="person changed").count() == 1


def test_a_person_who_is_created_is_in_the_log(
    operator: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    form = {"username": "new", "usable_password": "true", "password1": NEW, "password2": NEW}
    assert operator.post("/admin/auth/user/add/", form).status_code == 302
    assert "person created" in caplog.text


def test_another_database_of_an_account_is_noted(operator: Client, account: Account) -> None:
    operator.post(ACCOUNT_PAGE, account_form(operator, database_id="7"))
    entry = AuditEntry.objects.get(action="account changed")
    assert entry.changes == {"Database": ["0", "7"]}


def test_nobody_deletes_themselves(operator: Client, boss: User, member: User) -> None:
    page = f"/admin/auth/user/{boss.pk}/delete/"
    answers = [
        operator.post(page, {"post": "yes"}, follow=True),
        operator.post(
            "/admin/auth/user/",
            {"action": "delete_selected", "_selected_action": [boss.pk, member.pk], "post": "yes"},
            follow=True,
        ),
    ]
    for answer in answers:
        assert b"is you. Nobody can delete themselves" in answer.content
        assert b"uccessfully deleted" not in answer.content
    assert User.objects.count() == 2


def test_another_person_is_deleted_with_sessions_and_second_factor(
    operator: Client, member: User
) -> None:
    signed_in(member)
    services.factor_begin(user=member)
    chosen = {"action": "delete_selected", "_selected_action": member.pk, "post": "yes"}
    answer = operator.post("/admin/auth/user/", chosen, follow=True)
    assert b"uccessfully deleted" in answer.content
    assert not User.objects.filter(pk=member.pk).exists()
    assert AuditEntry.objects.filter(action="person deleted").exists()


@pytest.mark.parametrize("model", ["auth/user", "accounts/membership"])
def test_nothing_is_deleted_without_its_entry(
    operator: Client, member: User, viewer: User, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries: list[object] = []

    def second_fails(**values: object) -> None:
        entries.append(values)
        if len(entries) == 2:
            raise RuntimeError("The disk is full.")

    for module in (accounts_admin, services):
        monkeypatch.setattr(module, "audit_record", second_fails)
    people = [member, viewer]
    rows = people if model == "auth/user" else [each.memberships.get() for each in people]
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    with pytest.raises(RuntimeError):
        operator.post(f"/admin/{model}/", {**chosen, "post": "yes"})
    assert User.objects.count() == 3
    assert Membership.objects.count() == 2


def test_a_password_is_not_set_without_its_entry(
    operator: Client, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**values: object) -> None:
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(services, "audit_record", fails)
    form = {"usable_password": "true", "password1": NEW, "password2": NEW}
    with pytest.raises(RuntimeError):
        operator.post(f"/admin/auth/user/{member.pk}/password/", form)
    member.refresh_from_db()
    assert member.check_password(PASSWORD)


def test_what_uses_a_feature_is_counted_and_the_first_are_named(
    account: Account, member: User, django_assert_num_queries: Any
) -> None:
    saved = connection_for_screens(account)
    one = export_for_screens(saved, member)
    rows = [copy.copy(one) for _ in range(29)]
    for number, row in enumerate(rows):
        row.pk, row.request_id, row._state.adding = None, one.request_id + 1 + number, True
    Export.objects.bulk_create(rows)
    with django_assert_num_queries(2) as queries:
        lines = usage.in_use(account, Feature.GOOGLE_CLOUD_EXPORT)
    assert (len(lines), lines[-1]) == (21, "and 10 more")
    assert not any("event_names" in query["sql"] for query in queries.captured_queries)
