"""The tab with the files of an export: searched by name, narrowed to a run or an event, sorted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.access import AccountRequest
from clevertap_partners.core.finding import Chip, Found, chips_of, kept_params, url_without
from clevertap_partners.core.paging import KeyPaginator
from clevertap_partners.core.sorting import ASCENDING, Column, headings, sorting_of
from clevertap_partners.core.templatetags.ui import number
from exports import delivered
from exports.delivered import Manifests
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
    run, most = form.cleaned_data.get("run"), MOST_FOUND if is_search(form) else None
    found = narrowed(export, form)
    count = counted(export, found, form)
    sorting = sorting_of(COLUMNS, request.GET.get("sort"))
    pages = KeyPaginator(
        found.order_by(*sorting.order()),
        rows(),
        FILES_PAGE,
        count=min(count, most or count),
    )
    found_in_words = Found(
        count,
        export.files_written,
        [*chips_of(form, request.GET, request.path), *refused_chips(form, request)],
        f"{request.path}?tab=files",
        most,
    )
    found_manifests = manifests(export, form)
    return {
        "files": pages.get_page(request.GET.get("page")),
        "filters": form,
        "kept": kept_params(request.GET),
        "found": found_in_words,
        "headings": headings(COLUMNS, sorting, request.GET, request.path),
        "manifests": found_manifests,
        "caption": caption(export, pages.count, found_in_words, found_manifests),
        "equation": delivered.equation_of(export, run=run),
        "of_run": run,
    }


def caption(export: Export, shown: int, found: Found, manifests: Manifests) -> str:
    """What the table holds, and where that is."""
    files = ngettext("{count} file", "{count} files", shown)
    if found.count > shown:
        files = ngettext(
            "The first {count} of {total} file", "The first {count} of {total} files", shown
        )
    text = gettext("{files} in {bucket}")
    if manifests.shown:
        text = gettext("{files} and {manifests} in {bucket}")
    return text.format(
        files=files.format(count=number(shown), total=found.count_words),
        manifests=manifest_words(manifests),
        bucket=f"gs://{export.bucket_name}",
    )


def manifest_words(manifests: Manifests) -> str:
    shown = len(manifests.shown)
    if shown <= 1:
        return gettext("the manifest")
    text = ngettext("{count} manifest", "{count} manifests", shown)
    if manifests.left_out:
        text = ngettext("the newest {count} manifest", "the newest {count} manifests", shown)
    return text.format(count=number(shown))


def refused(form: FileFilterForm) -> list[str]:
    """No name holds what the form refuses, as NUL, which PostgreSQL refuses to look for."""
    return [name for name in ("q", "event") if name in form.errors]


def refused_chips(form: FileFilterForm, request: AccountRequest) -> list[Chip]:
    words = str(_("a text that no file has"))
    return [
        Chip(
            name, form.fields[name].label or "", words, url_without(name, request.GET, request.path)
        )
        for name in refused(form)
    ]


def is_search(form: FileFilterForm) -> bool:
    """Whether files must be looked at to know how many there are."""
    wanted = form.cleaned_data
    return bool(refused(form) or wanted.get("q") or wanted.get("event"))


def manifests(export: Export, form: FileFilterForm) -> Manifests:
    """A manifest is of no event."""
    wanted = form.cleaned_data
    if refused(form) or wanted.get("event"):
        return Manifests([])
    return delivered.manifests_of(export, text=wanted.get("q", ""), run=wanted.get("run"))


def narrowed(export: Export, form: FileFilterForm) -> QuerySet[ExportFile]:
    found = ExportFile.objects.filter(STORED, export=export)
    if refused(form):
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
    wanted = form.cleaned_data
    if is_search(form):
        # A search by name reads the index with the names, and nothing else.
        order = ("name",) if wanted.get("q") else ()
        return found.order_by(*order)[: MOST_FOUND + 1].count()
    if not wanted.get("run"):
        return export.files_written
    units = ExportUnit.objects.filter(run__export=export, run__run_timestamp=wanted["run"])
    return int(units.aggregate(files=Sum("files_written", default=0))["files"])


def rows() -> QuerySet[ExportFile]:
    """Of keys that were found already: narrowed again, a database might look through all files."""
    return ExportFile.objects.select_related("run").only(*SHOWN)
