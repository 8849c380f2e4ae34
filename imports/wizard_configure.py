"""The first step: name, connection and source, with a look at its rows."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clevertap_partners.accounts.access import AccountRequest, account_view, ip_of
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Role
from clevertap_partners.core.drawer import is_fragment
from clevertap_partners.core.errors import PartnersError, PermanentError
from imports import drafts, wizard_warehouse
from imports.form_preview import preview_of
from imports.forms_configure import ConfigureForm
from imports.models import Import
from imports.refusals import said
from imports.wizard import (
    Work,
    elsewhere,
    find_connection,
    find_work,
    frame_context,
    list_url,
    number_in,
    overtaken,
    step_url,
)
from imports.wizard_finish import finish
from integrations.models import Connection
from integrations.selectors import connections_that_import
from integrations.warehouse import Column

STEP = "configure"
PAGE = "imports/wizard/configure.html"
NAMES = ("nickname", "connection", "source", "table", "sql")


@account_view(role=Role.MEMBER, feature=Feature.BIGQUERY_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: AccountRequest) -> HttpResponse:
    if not connections_that_import(account=request.account).exists():
        context = frame_context(request, STEP, None)
        return render(request, "imports/wizard/no_connection.html", context)
    # While somebody typed, the page has become a draft and was told which.
    draft = number_in(request.POST.get("draft", "")) or begun_on_page(request)
    if draft is None:
        return configure(request, None)
    work = find_work(request, draft, is_edit=False)
    return elsewhere(work, STEP) or configure(request, work)


def begun_on_page(request: AccountRequest) -> int | None:
    """A page that has not been told yet which draft it has become names it by its token."""
    token = request.POST.get("token", "")
    begun = drafts.draft_begun(account=request.account, actor=request.user, token=token)
    return begun.pk if begun else None


@account_view(role=Role.MEMBER, feature=Feature.BIGQUERY_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_configure(
    request: AccountRequest, import_id: int, *, is_edit: bool = False
) -> HttpResponse:
    work = find_work(request, import_id, is_edit=is_edit)
    return elsewhere(work, STEP) or configure(request, work)


@account_view(role=Role.MEMBER, feature=Feature.BIGQUERY_IMPORT)
@require_GET
def import_tables(request: AccountRequest) -> HttpResponse:
    """The picker of tables, for the connection that is chosen."""
    connection = find_connection(request, number_in(request.GET.get("connection", "")))
    context = {"picked": request.GET.get("table", ""), **tables_context(connection)}
    return render(request, "imports/wizard/_tables.html", context)


def configure(request: AccountRequest, work: Work | None) -> HttpResponse:
    form = sent_form(request, work)
    if request.method != "POST":
        return page(request, work, form)
    if "check" in request.POST:
        return checked(request, work, form)
    if "tables" in request.POST or "preview" in request.POST:
        return looked_at(request, work, form)
    if "save" in request.POST:
        return saved(request, work, form)
    return gone_on(request, work, form)


def sent_form(request: AccountRequest, work: Work | None) -> ConfigureForm:
    item = work.item if work else None
    initial = {name: getattr(item, name) for name in NAMES} if item else {}
    sent = request.POST if request.method == "POST" else None
    return ConfigureForm(sent, account=request.account, item=item, initial=initial)


def checked(request: AccountRequest, work: Work | None, form: ConfigureForm) -> HttpResponse:
    """What the source would read, asked for at every change; what was typed is kept on the way."""
    if "leave" in request.POST:
        kept_by_check(request, work, form)
        return HttpResponse(status=204)
    if work and work.is_edit:
        # The session is touched last: while the warehouse thinks, the change may be saved.
        facts = estimated(request, form)
        kept = work if work.is_outrun else kept_by_check(request, work, form)
    else:
        kept = kept_by_check(request, work, form)
        facts = estimated(request, form)
    context = {"form": form, "work": kept, **facts}
    response = render(request, "imports/wizard/_configure_check.html", context)
    if kept and not request.POST.get("draft"):
        response["HX-Replace-Url"] = step_url(kept, STEP)
    return response


def kept_by_check(request: AccountRequest, work: Work | None, form: ConfigureForm) -> Work | None:
    """A page that was only opened has nothing to keep, and an old one nothing new."""
    if "look" in request.POST or (work and work.is_stale):
        return work
    return kept_so_far(request, work, form)


def looked_at(request: AccountRequest, work: Work | None, form: ConfigureForm) -> HttpResponse:
    """Tables to pick from, or rows of the source: beside the form, which is left as it is."""
    if "tables" in request.POST:
        more = tables_context(form.chosen_connection())
    else:
        more = previewed(request, form)
    if is_fragment(request):
        return render(request, "imports/wizard/_preview.html", {"form": form, **more})
    kept = kept_so_far(request, work, form)
    calm = ConfigureForm(
        initial=form.as_chosen(), account=request.account, item=kept.item if kept else None
    )
    return page(request, kept, calm, **more)


def saved(request: AccountRequest, work: Work | None, form: ConfigureForm) -> HttpResponse:
    """Leave the wizard with what there is."""
    kept = kept_so_far(request, work, form)
    if kept is None or form.errors.keys() & {"nickname", "connection"}:
        form.forgive_source()
        return page(request, kept, form)
    messages.success(request, _("“{item}” is kept as a draft.").format(item=kept.item))
    return HttpResponseRedirect(list_url(request))


def gone_on(request: AccountRequest, work: Work | None, form: ConfigureForm) -> HttpResponse:
    columns = readable_columns(request, form) if form.is_valid() else None
    if columns is None:
        return page(request, work, form)
    values = {**form.cleaned_data, "columns": wizard_warehouse.columns_as_json(columns)}
    before = work
    try:
        work = keep(request, work, {**values, **mapping_for(work, columns)})
    except PermanentError as error:
        form.add_error("nickname", said(error))
        return page(request, work, form)
    if work is None:
        return overtaken(request, before.item) if before else HttpResponseRedirect(request.path)
    return finish(work) if "finish" in request.POST else HttpResponseRedirect(step_url(work, "map"))


def readable_columns(request: AccountRequest, form: ConfigureForm) -> tuple[Column, ...] | None:
    """The columns of a source that may be read; else None, with the reason in the form."""
    query, connection = form.query(), form.chosen_connection()
    if query is None or connection is None:
        return None
    try:
        estimate = wizard_warehouse.source_estimate(
            connection=connection, query=query, account=request.account
        )
    except PartnersError as error:
        form.refuse(error)
        return None
    return estimate.columns


def mapping_for(work: Work | None, columns: tuple[Column, ...]) -> dict[str, Any]:
    """A mapping that names no column of the source is of no use: it is suggested anew."""
    mapping = work.mapping if work else None
    if mapping is None or {column.name for column in columns} & set(mapping.columns):
        return {}
    return {"mapping": {}}


def keep(request: AccountRequest, work: Work | None, values: dict[str, Any]) -> Work | None:
    """Keep the values, in a new draft where there is none yet; None where it is none any more."""
    if work:
        return work if work.keep(**values) else None
    token = request.POST.get("token", "").replace("\0", "")
    try:
        item = drafts.draft_create(
            account=request.account,
            actor=request.user,
            values=values,
            ip=ip_of(request),
            token=token,
        )
    except PermanentError:
        # The page's own check has made the draft while this request waited for the warehouse.
        begun = drafts.draft_begun(account=request.account, actor=request.user, token=token)
        if begun is None:
            raise
        return keep(request, Work(request, begun), values)
    return Work(request, item)


def kept_so_far(request: AccountRequest, work: Work | None, form: ConfigureForm) -> Work | None:
    """Keep what is fine already; a draft begins with its name and its connection."""
    values = form.kept()
    if work is None and not {"nickname", "connection"} <= values.keys():
        return None
    # Columns are those of the source as it was: the next step waits for the new ones.
    if work and source_differs(work, values):
        values["columns"] = []
    try:
        return keep(request, work, values) or work
    except PermanentError:
        # Somebody took the nickname this moment; the form says so when it is sent.
        return work


def source_differs(work: Work, values: dict[str, Any]) -> bool:
    """Whether other rows would be read; what the other choice hides does not count."""
    source = values.get("source", work.item.source)
    names = ("connection", "source", "sql" if source == Import.Source.SQL else "table")
    return any(name in values and getattr(work.item, name) != values[name] for name in names)


def estimated(request: AccountRequest, form: ConfigureForm) -> dict[str, Any]:
    """What `_source.html` shows."""
    query, connection = form.query(), form.chosen_connection()
    if query is None or connection is None:
        return {}
    try:
        estimate = wizard_warehouse.source_estimate(
            connection=connection, query=query, account=request.account
        )
    except PartnersError as error:
        return {"source_trouble": error, "mistake": wizard_warehouse.mistake_in(query.sql, error)}
    return {"estimate": estimate, "max_bytes": request.account.import_max_bytes}


def previewed(request: AccountRequest, form: ConfigureForm) -> dict[str, Any]:
    """What `_preview.html` shows."""
    facts = estimated(request, form)
    query, connection = form.query(), form.chosen_connection()
    if query is None or connection is None:
        return {"preview_missing": form.missing()}
    if "estimate" not in facts:
        return {"preview_trouble": facts["source_trouble"], **facts}
    try:
        rows = wizard_warehouse.source_rows(
            connection=connection,
            query=query,
            account=request.account,
            rows=wizard_warehouse.PREVIEW_ROWS,
            at_random=False,
        )
    except PartnersError as error:
        return {"preview_trouble": error, **facts}
    return {"preview": preview_of(rows, facts["estimate"].columns), **facts}


def tables_context(connection: Connection | None) -> dict[str, Any]:
    """What `_tables.html` shows besides the table that is picked."""
    if connection is None:
        return {"tables_missing": True}
    try:
        return {"tables": wizard_warehouse.table_list(connection=connection)}
    except PartnersError as error:
        return {"tables_trouble": error}


def page(
    request: AccountRequest, work: Work | None, form: ConfigureForm, **more: Any
) -> HttpResponse:
    context = {
        **frame_context(request, STEP, work),
        "form": form,
        "picked": form["table"].value(),
        "token": request.POST.get("token") or secrets.token_hex(16),
    }
    return render(request, PAGE, {**context, **more})
