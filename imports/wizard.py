"""What the steps of the wizard share: the import they fill in, where they keep it, the way on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.access import AccountRequest
from imports import drafts
from imports.mapping import Mapping
from imports.models import Import
from imports.rules import mapping_problems
from imports.spec import columns_of, mapping_of, source_of
from integrations.models import Connection
from integrations.selectors import connections_that_import
from integrations.warehouse import Column, Query

STEPS = {"configure": _("Configure"), "map": _("Map"), "schedule": _("Schedule")}
EDIT_URLS = {
    "configure": "import_edit",
    "map": "import_edit_map",
    "schedule": "import_edit_schedule",
}
DRAFT_URLS = {"configure": "import_configure", "map": "import_map", "schedule": "import_schedule"}
# Changing one of these means that the next run reads everything again.
SOURCE_FIELDS = ("connection", "source", "table", "sql")


@dataclass
class Work:
    """An import in the wizard.

    A draft is kept in its row. A change of an import that may be running any moment is kept in the
    person's session, as `pending`, until it is saved as a whole; `item` shows it as it would be.
    """

    request: AccountRequest
    item: Import
    is_edit: bool = False
    pending: dict[str, Any] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[Column, ...]:
        return columns_of(self.item)

    @property
    def mapping(self) -> Mapping | None:
        """The mapping as far as it goes; None where nobody has begun it."""
        return mapping_of(self.item) if self.item.mapping else None

    @property
    def query(self) -> Query:
        return source_of(self.item)

    @property
    def reached(self) -> str:
        """The first step that still lacks something; the last one where none does."""
        if not (self.item.connection and self.item.columns):
            return "configure"
        mapping = self.mapping
        return "map" if mapping is None or mapping_problems(mapping, self.columns) else "schedule"

    @property
    def version(self) -> str:
        """Names what is kept, so that a page can tell what it was filled in from."""
        return version_of(plain_values(self.item))

    @property
    def shape(self) -> str:
        """Names the kind and the columns that a page of the map step is about."""
        return version_of({"kind": self.item.kind, "columns": self.item.columns})

    @property
    def is_stale(self) -> bool:
        """Whether the page that asks was filled in from something else than what is kept now.

        A page asks while somebody types; what it says late must not undo what was sent since.
        """
        return self.request.POST.get("seen") != self.version

    def keep(self, **values: Any) -> bool:
        """Keep values of drafts.FIELDS. False where the draft has been submitted meanwhile."""
        if not self.is_edit:
            return drafts.draft_keep(item=self.item, actor=self.request.user, values=values)
        overlay(self.item, values)
        if "connection" in values:
            values["connection"] = values["connection"].pk if values["connection"] else None
        self.pending |= values
        self.pending = self.changed
        if not self.pending:
            self.forget()
        elif self.pending != self._stored().get("values"):
            stored = {"version": version_of(self.saved), **self._stored(), "values": self.pending}
            self.request.session[session_key(self.item)] = stored
        return True

    @property
    def is_outrun(self) -> bool:
        """Whether the change was saved, dropped or gone on with since this request began.

        A session is kept whole: what a slow request has in its hands may be gone by now.
        """
        session = self.request.session
        now = type(session)(session.session_key).get(session_key(self.item), {})
        saved = Import.objects.filter(pk=self.item.pk).first()
        if saved is None or now != self._stored():
            return True
        return version_of(plain_values(saved)) != version_of(self.saved)

    @property
    def is_overtaken(self) -> bool:
        """Whether somebody else has saved a change since this one was begun."""
        stored = self._stored()
        return bool(stored) and stored["version"] != version_of(self.saved)

    def catch_up(self) -> None:
        """Whoever saves after having been told replaces what somebody else has saved."""
        self.request.session[session_key(self.item)] = {
            "version": version_of(self.saved),
            "values": self.pending,
        }

    def forget(self) -> None:
        """Drop the change that was not saved."""
        if session_key(self.item) in self.request.session:
            del self.request.session[session_key(self.item)]

    def _stored(self) -> dict[str, Any]:
        return dict(self.request.session.get(session_key(self.item), {}))

    @property
    def changed(self) -> dict[str, Any]:
        """What differs from what is saved."""
        return {name: value for name, value in self.pending.items() if self.saved[name] != value}

    @property
    def reads_anew(self) -> bool:
        """Whether the next run reads everything again: another source, or another cursor."""
        if any(name in self.changed for name in SOURCE_FIELDS):
            return True
        mapping = self.changed.get("mapping", self.saved.get("mapping", {}))
        before = self.saved.get("mapping", {})
        names = ("kind", "cursor_column", "cursor_kind")
        return any(mapping.get(name) != before.get(name) for name in names)


def find_work(request: AccountRequest, import_id: int, *, is_edit: bool) -> Work:
    """Raises Http404 for an import of another account, and for a stopped one."""
    found = (
        Import.objects.filter(account=request.account)
        .select_related("account", "connection")
        .defer("connection__config")
    )
    item = get_object_or_404(found, pk=import_id)
    if item.status == Import.Status.STOPPED:
        raise Http404("A stopped import is not changed any more.")
    work = Work(request, item, is_edit)
    if is_edit:
        work.saved = plain_values(item)
        work.pending = work._stored().get("values", {})
        overlay(item, with_connection(request, work.pending))
    return work


def elsewhere(work: Work, step: str) -> HttpResponse | None:
    """Where to go instead: a draft is not edited, and what runs is no draft; no step is skipped."""
    is_draft = work.item.status == Import.Status.DRAFT
    steps = list(STEPS)
    if request_is_late(work, is_draft):
        url = detail_url(work.request, work.item)
    elif work.is_edit is is_draft:
        url = step_url(Work(work.request, work.item, not is_draft), step)
    elif steps.index(step) > steps.index(work.reached):
        url = step_url(work, work.reached)
    else:
        return None
    # What asks in passing is told nothing: a whole page has no place there.
    return HttpResponse(status=204) if "check" in work.request.POST else HttpResponseRedirect(url)


def request_is_late(work: Work, is_draft: bool) -> bool:
    """Whether a draft's page sends something though the import has been submitted meanwhile."""
    return work.request.method == "POST" and not is_draft and not work.is_edit


def step_url(work: Work, step: str) -> str:
    names = EDIT_URLS if work.is_edit else DRAFT_URLS
    return reverse(names[step], args=[work.request.account.pk, work.item.pk])


def list_url(request: AccountRequest) -> str:
    return reverse("import_list", args=[request.account.pk])


def detail_url(request: AccountRequest, item: Import) -> str:
    return reverse("import_detail", args=[request.account.pk, item.pk])


def frame_context(request: AccountRequest, step: str, work: Work | None) -> dict[str, Any]:
    """What the frame of every step shows."""
    return {
        "step": step,
        "work": work,
        "item": work.item if work else None,
        "is_edit": bool(work and work.is_edit),
        "steps": shown_steps(step, work),
        "list_url": list_url(request),
        # Not the address that was asked for: a drawer over this page has one of its own.
        "form_url": step_url(work, step)
        if work
        else reverse("import_new", args=[request.account.pk]),
        "zone": request.account.zone,
    }


def shown_steps(current: str, work: Work | None) -> list[dict[str, Any]]:
    """The stepper: what is done links back to itself, what is to come does not yet."""
    reached = list(STEPS).index(work.reached) if work else 0
    return [
        {
            "key": key,
            "label": label,
            "number": number + 1,
            "is_current": key == current,
            "is_done": number < reached,
            "url": step_url(work, key) if work and number <= reached else "",
        }
        for number, (key, label) in enumerate(STEPS.items())
    ]


def overtaken(request: AccountRequest, item: Import) -> HttpResponse:
    """The draft was submitted or discarded in another window, or by the same button before."""
    if Import.objects.filter(pk=item.pk).exists():
        return HttpResponseRedirect(detail_url(request, item))
    text = gettext("This import is no draft any more: somebody has discarded it.")
    messages.warning(request, text)
    return HttpResponseRedirect(list_url(request))


def number_in(text: str) -> int | None:
    """A row's key as a form sends it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def overlay(item: Import, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(item, name, value)


def plain_values(item: Import) -> dict[str, Any]:
    """The import's values of drafts.FIELDS, as they can be kept and compared."""
    values = {name: getattr(item, name) for name in drafts.FIELDS}
    return {**values, "connection": item.connection_id}


def with_connection(request: AccountRequest, pending: dict[str, Any]) -> dict[str, Any]:
    """The pending values, with the connection itself instead of its key."""
    if "connection" not in pending:
        return pending
    return {**pending, "connection": find_connection(request, pending["connection"])}


def find_connection(request: AccountRequest, pk: int | None) -> Connection | None:
    found = connections_that_import(account=request.account)
    return None if pk is None else found.filter(pk=pk).first()


def session_key(item: Import) -> str:
    return f"import-edit-{item.pk}"


def version_of(values: dict[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
