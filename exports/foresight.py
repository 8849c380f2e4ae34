"""What the form answers before anything is sent: how much, when, and how it looks."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PartnersError, TransientError
from exports import selectors, showing
from exports.edit_form import ExportEditForm
from exports.estimates import export_estimate, later_estimate, why_nothing
from exports.forms import ExportForm
from exports.spec import ExportSpec


def estimated(account: Account, form: ExportForm) -> dict[str, Any]:
    """What `_export_estimate.html` shows."""
    spec = form.draft()
    if spec is None:
        return {"missing": form.missing()}
    try:
        if spec.interval_hours:
            return _recurring(account, form, spec)
        estimate = export_estimate(account=account, spec=spec)
    except TransientError as error:
        return {"missing": error.message}
    if not estimate.rows:
        return {"nothing": why_nothing(catalogue=form.catalogue, spec=spec)}
    return {"estimate": estimate, "spec": spec}


def _recurring(account: Account, form: ExportForm, spec: ExportSpec) -> dict[str, Any]:
    now = timezone.now()
    begins_at_once = spec.starts_at is not None and spec.starts_at <= now
    has_run = isinstance(form, ExportEditForm) and selectors.last_finished(form.export)
    return {
        "spec": spec,
        "is_recurring": True,
        "is_edit": isinstance(form, ExportEditForm),
        "first": None if has_run else export_estimate(account=account, spec=spec),
        "later": later_estimate(account=account, spec=spec, today=form.today),
        "begins_at_once": begins_at_once and not has_run,
        "clocks": showing.spec_clocks(spec, account.zone),
        "clock_note": form.clock_note,
    }


def previewed(account: Account, form: ExportForm) -> dict[str, Any]:
    """What `_export_preview.html` shows."""
    # Here, not above: it loads the engine, which no other page needs.
    from exports.preview import export_preview  # noqa: PLC0415

    spec = form.draft()
    if spec is None:
        return {"preview_trouble": {"message": form.missing()}}
    try:
        return {"preview": export_preview(account=account, spec=spec), "spec": spec}
    except PartnersError as error:
        return {"preview_trouble": error}
