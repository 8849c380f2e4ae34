"""The tab with the files of an export: searched by name, narrowed to a run or an event, sorted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.access import AccountRequest
from clevertap_partners.core.finding import Found, chips_of, kept_params
from clevertap_partners.core.paging import KeyPaginator
from clevertap_partners.core.sorting import ASCENDING, Column, headings, sorting_of
from exports import delivered
from exports.models import STORED, Export, ExportFile, ExportUnit

FILES_PAGE = 50
# A search looks at every name of the export; more than these need a longer text, not more pages.
MOST_FOUND = 10_000
COLUMNS = (
    Column("newest", _("Newest"), ("run_id", "id")),
    Column("name", _("Name"), ("name", "id"), ASCENDING),
    Column("event", _("Event"), ("event_name", "id"), ASCENDING),
    Column("day", _("Day"), ("event_day", "id")),
    Column("rows", _("Rows"), ("rows", "id")),
    Column("size", _("Size"), ("bytes", "id")),
)
SHOWN = (
    *("name", "event_name", "event_day", "rows", "bytes", "crc32c", "generation"),
    *("export", "run__run_timestamp"),
)


class FileFilterForm(forms.Form):
    """What cannot be read is left out."""

    q = forms.CharField(label=_("Name contains"), required=False, max_length=1024)
    event = forms.CharField(label=_("Event"), required=False, max_length=1024)
    run = forms.IntegerField(label=_("Run"), required=False, min_value=1, max_value=10**15)


def files(request: AccountRequest, export: Export) -> dict[str, Any]:
    form = FileFilterForm(request.GET)
    form.is_valid()
    text, run = request.GET.get("q", ""), form.cleaned_data.get("run")
    found = narrowed(export, form)
    count = counted(export, found, form)
    sorting = sorting_of(COLUMNS, request.GET.get("sort"))
    pages = KeyPaginator(
        found.order_by(*sorting.order()), rows(export), FILES_PAGE, count=min(count, MOST_FOUND)
    )
    return {
        "files": pages.get_page(request.GET.get("page")),
        "filters": form,
        "kept": kept_params(request.GET),
        "found": Found(
            count,
            export.files_written,
            chips_of(form, request.GET, request.path),
            f"{request.path}?tab=files",
            MOST_FOUND,
        ),
        "headings": headings(COLUMNS, sorting, request.GET, request.path),
        "manifests": delivered.manifests_of(export, text=text, run=run),
        "equation": delivered.equation_of(export, run=run),
        "of_run": run,
    }


def narrowed(export: Export, form: FileFilterForm) -> QuerySet[ExportFile]:
    found = ExportFile.objects.filter(STORED, export=export)
    # No name holds what the form refuses, as NUL, which PostgreSQL refuses to look for.
    if "q" in form.errors or "event" in form.errors:
        return found.none()
    wanted = form.cleaned_data
    if wanted.get("run"):
        found = found.filter(run__in=export.runs.filter(run_timestamp=wanted["run"]))
    if wanted.get("event"):
        found = found.filter(event_name=wanted["event"])
    if wanted.get("q"):
        found = found.filter(name__icontains=wanted["q"])
    return found


def counted(export: Export, found: QuerySet[ExportFile], form: FileFilterForm) -> int:
    """Not beyond what is shown of a search; whole exports and runs have counted their files."""
    names = {name for name, value in form.cleaned_data.items() if value}
    if form.errors or names - {"run"}:
        # A search by name reads the index with the names, and nothing else.
        order = ("name",) if "q" in names else ()
        return found.order_by(*order)[: MOST_FOUND + 1].count()
    if not names:
        return export.files_written
    units = ExportUnit.objects.filter(
        run__export=export, run__run_timestamp=form.cleaned_data["run"]
    )
    return int(units.aggregate(files=Sum("files_written", default=0))["files"])


def rows(export: Export) -> QuerySet[ExportFile]:
    return ExportFile.objects.filter(export=export).select_related("run").only(*SHOWN)
