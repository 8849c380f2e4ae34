"""BigQuery in the console: keys for imports, datasets, tables, and who may read them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clevertap_partners.sandbox import console as shared
from clevertap_partners.sandbox.client import (
    DATA_VIEWER,
    JOB_USER,
    PROJECT,
    READ_SESSION_USER,
    Json,
    SandboxRefused,
)
from clevertap_partners.sandbox.console import act, client, key_download, moment, sandbox_view
from clevertap_partners.sandbox.forms import BigQueryRoleForm, DatasetForm, ImportKeyForm

# What an import needs, and all that it needs.
PROJECT_ROLES = (JOB_USER, READ_SESSION_USER)


@sandbox_view
@require_safe
def bigquery(request: HttpRequest) -> HttpResponse:
    return _page(request)


@sandbox_view
@require_POST
def key_create(request: HttpRequest) -> HttpResponseBase:
    """An account that can import, with its key as the answer."""
    form = ImportKeyForm(request.POST, datasets=_names())
    if not form.is_valid():
        return _page(request, key_form=form)
    asked = form.cleaned_data
    try:
        created = client().create_account(
            asked["name"],
            project_roles=PROJECT_ROLES,
            datasets=[f"{PROJECT}:{name}" for name in asked["datasets"]],
        )
    except SandboxRefused as refused:
        form.add_error("name", str(refused))
        return _page(request, key_form=form)
    return key_download(request, created)


@sandbox_view
@require_POST
def dataset_create(request: HttpRequest) -> HttpResponse:
    form = DatasetForm(request.POST)
    if not form.is_valid():
        return _page(request, dataset_form=form)
    asked = form.cleaned_data
    try:
        client().create_dataset(asked["name"], location=asked["location"])
    except SandboxRefused as refused:
        form.add_error("name", str(refused))
        return _page(request, dataset_form=form)
    messages.success(request, _("The dataset {name} is there.").format(name=asked["name"]))
    return redirect("sandbox_dataset", name=asked["name"])


@sandbox_view
@require_safe
def dataset(request: HttpRequest, name: str) -> HttpResponse:
    found = find_dataset(name)
    tables = [{**one, "created_at": moment(one["created"])} for one in client().tables(name)]
    context = {"dataset": found, "tables": tables, "rights": [_rights(one, found) for one in _of()]}
    return render(request, "sandbox/dataset.html", context)


@sandbox_view
@require_POST
def role_switch(request: HttpRequest, name: str) -> HttpResponse:
    """Give an account a role that it lacks, or take one away that it has."""
    found = find_dataset(name)
    form = BigQueryRoleForm(request.POST, accounts=[one["email"] for one in _of()])
    if not form.is_valid():
        messages.error(request, _("Choose an account and a role. Nothing was changed."))
        return redirect("sandbox_dataset", name=name)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    held = _held(shared.find_account(email), found, role)
    wanted = [one for one in held if one != role] if role in held else [*held, role]
    if role in held:
        done = _("{email} has no longer the role {role}.")
    else:
        done = _("{email} has the role {role}.")
    return act(
        request,
        lambda: _grant(name, email, role, wanted),
        done=done.format(email=email, role=role),
        to=reverse("sandbox_dataset", args=[name]),
    )


@sandbox_view
def dataset_delete(request: HttpRequest, name: str) -> HttpResponse:
    find_dataset(name)
    if request.method == "POST":
        done = _("The dataset {name} is deleted, and its tables with it.").format(name=name)
        return act(
            request,
            lambda: client().delete_dataset(name),
            done=done,
            to=reverse("sandbox_bigquery"),
        )
    text = _("The dataset {name} and all its tables are gone at once. Imports from it fail.")
    context = {
        "title": _("Delete dataset"),
        "text": text.format(name=name),
        "ok_label": _("Delete dataset"),
        "cancel_url": reverse("sandbox_dataset", args=[name]),
    }
    return render(request, "sandbox/confirm.html", context)


@sandbox_view
@require_safe
def table(request: HttpRequest, name: str, table: str) -> HttpResponse:
    found = _find_table(name, table)
    columns = [_column(field) for field in found["schema"]]
    rows = [[_shown(value) for value in row] for row in found["preview"]]
    context = {
        "dataset": find_dataset(name),
        "table": {**found, "created_at": moment(found["created"])},
        "columns": columns,
        "rows": rows,
    }
    return render(request, "sandbox/table.html", context)


@sandbox_view
def table_drop(request: HttpRequest, name: str, table: str) -> HttpResponse:
    _find_table(name, table)
    if request.method == "POST":
        return act(
            request,
            lambda: client().drop_table(name, table),
            done=_("The table {name} is dropped.").format(name=table),
            to=reverse("sandbox_dataset", args=[name]),
        )
    text = _("The table {name} of {dataset} is gone at once. Imports from it fail.")
    context = {
        "title": _("Drop table"),
        "text": text.format(name=table, dataset=name),
        "ok_label": _("Drop table"),
        "cancel_url": reverse("sandbox_table", args=[name, table]),
    }
    return render(request, "sandbox/confirm.html", context)


def find_dataset(name: str) -> Json:
    """Raises Http404."""
    for one in client().datasets():
        if (one["project_id"], one["name"]) == (PROJECT, name):
            return {**one, "created_at": moment(one["created"])}
    raise Http404(f"The sandbox has no dataset {name}.")


def _find_table(dataset: str, name: str) -> Json:
    find_dataset(dataset)
    try:
        return client().table(dataset, name)
    except SandboxRefused as refused:
        raise Http404(str(refused)) from refused


def _page(
    request: HttpRequest,
    *,
    key_form: ImportKeyForm | None = None,
    dataset_form: DatasetForm | None = None,
) -> HttpResponse:
    datasets = [one for one in client().datasets() if one["project_id"] == PROJECT]
    names = [one["name"] for one in datasets]
    context: dict[str, Any] = {
        "datasets": [{**one, "created_at": moment(one["created"])} for one in datasets],
        "key_form": key_form or ImportKeyForm(datasets=names, initial={"name": _free_name()}),
        "dataset_form": dataset_form or DatasetForm(),
    }
    return render(request, "sandbox/bigquery.html", context)


def _names() -> list[str]:
    return [one["name"] for one in client().datasets() if one["project_id"] == PROJECT]


def _free_name() -> str:
    """A name for one more account, so that a newcomer need not think of one."""
    taken = {one["name"] for one in client().accounts()}
    names = ["importer", *(f"importer-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _of() -> list[Json]:
    """The accounts of the project that the console shows."""
    return [one for one in client().accounts() if one["project_id"] == PROJECT]


def _rights(account: Json, dataset: Json) -> Json:
    roles = [
        {"role": role, "label": label, "held": role in _held(account, dataset, role)}
        for role, label in BigQueryRoleForm.ROLES
    ]
    others = {*account["project_roles"], *dataset["grants"].get(account["email"], [])}
    known = {role for role, _ in BigQueryRoleForm.ROLES}
    return {"email": account["email"], "roles": roles, "others": sorted(others - known)}


def _held(account: Json, dataset: Json, role: str) -> list[str]:
    """The account's roles where this one is given: on the project, or on the dataset."""
    if role in PROJECT_ROLES:
        return list(account["project_roles"])
    return list(dataset["grants"].get(account["email"], []))


def _grant(dataset: str, email: str, role: str, wanted: list[str]) -> None:
    if role == DATA_VIEWER:
        client().grant_dataset(dataset, email, wanted)
    else:
        client().grant_project(email, wanted)


def _column(field: Json) -> Json:
    kind = field["type"]
    if field["mode"] == "REPEATED":
        kind = _("{type}, repeated").format(type=kind)
    parts = ", ".join(f"{one['name']} {one['type']}" for one in field.get("fields", []))
    return {"name": field["name"], "type": f"{kind} ({parts})" if parts else kind}


def _shown(value: Any) -> str | None:
    """A cell as text; None for NULL. Nested values are as REST gives them, without its wrapping."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, dict) and "f" in value:
        return [_plain(cell["v"]) for cell in value["f"]]
    if isinstance(value, dict) and "v" in value:
        return _plain(value["v"])
    return [_plain(one) for one in value] if isinstance(value, list) else value
