"""Changing whose rows they are: that clears the mapping, and can be taken back until Next."""

from __future__ import annotations

from django.urls import reverse

from imports.mapping import as_json, from_json
from imports.suggest import suggested_mapping
from imports.wizard import Work


def would_lose(work: Work) -> bool:
    """Whether somebody has put work into the mapping that switching would clear."""
    mapping = work.mapping
    return mapping is not None and mapping != suggested_mapping(mapping.kind, work.columns)


def switch_kind(work: Work, kind: str) -> None:
    """Begin the mapping anew for this kind of rows, as it is suggested."""
    work.request.session[_key(work)] = {"kind": work.item.kind, "mapping": work.item.mapping}
    work.keep(kind=kind, mapping=as_json(suggested_mapping(kind, work.columns)))


def undo_switch(work: Work) -> None:
    """Bring back the mapping as it was before the switch."""
    before = work.request.session.pop(_key(work), None)
    if before:
        work.keep(**before)


def may_undo(work: Work) -> bool:
    before = work.request.session.get(_key(work))
    return bool(
        before and before["mapping"] and from_json(before["mapping"]).kind != work.item.kind
    )


def forget_switch(work: Work) -> None:
    work.request.session.pop(_key(work), None)


def switch_url(work: Work) -> str:
    name = "import_edit_map_switch" if work.is_edit else "import_map_switch"
    return reverse(name, args=[work.request.account.pk, work.item.pk])


def _key(work: Work) -> str:
    return f"import-switched-{work.item.pk}"
