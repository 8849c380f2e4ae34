"""What each tab of an import's page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.access import AccountRequest
from imports import failed_tab, selectors, showing, stats
from imports.mapping import Mapping
from imports.models import Import, ImportRun
from imports.spec import mapping_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

RUNS_PAGE = 20

Context = dict[str, Any]


def overview(request: AccountRequest, item: Import) -> Context:
    zone = request.account.zone
    return {
        "mapping": mapping_or_none(item),
        "next_clocks": showing.next_clocks(item, zone),
        "read_until": showing.cursor_text(item.cursor_us, zone),
        "totals": selectors.totals_of(item),
    }


def runs(request: AccountRequest, item: Import) -> Context:
    page = Paginator(selectors.runs_of(item), RUNS_PAGE).get_page(request.GET.get("page"))
    return {"page": page}


def statistics(request: AccountRequest, item: Import) -> Context:
    by, number = request.GET.get("by"), request.GET.get("page")
    zone = request.account.zone
    return {"stats": stats.stats_of(item, by=by, number=number, zone=zone), "ways": stats.WAYS}


def mapping_or_none(item: Import) -> Mapping | None:
    """None of a draft that has not come so far."""
    return mapping_of(item) if item.mapping else None


@dataclass(frozen=True)
class NoSuccess:
    """The last run, which has imported none of its rows; whether the next one reads them again."""

    run: ImportRun
    is_read_again: bool


def no_success(item: Import) -> NoSuccess | None:
    """`item` comes from imports.selectors.import_rows."""
    number = selectors.run_without_success(item)
    run = selectors.runs_of(item).filter(number=number).first() if number else None
    return NoSuccess(run, showing.is_read_again(run)) if run else None


@dataclass(frozen=True)
class Tab:
    key: str
    label: StrOrPromise
    context: Callable[[AccountRequest, Import], Context]


OVERVIEW = Tab("overview", _("Overview"), overview)
RUNS = Tab("runs", _("Runs"), runs)
FAILED = Tab("failed", _("Failed rows"), failed_tab.failed)
TABS = (OVERVIEW, RUNS, FAILED, Tab("stats", _("Stats"), statistics))


def tab_named(key: str | None) -> Tab:
    return next((tab for tab in TABS if tab.key == key), OVERVIEW)
