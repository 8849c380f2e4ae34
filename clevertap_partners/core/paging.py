"""Lists come in pages: `?page=2&per_page=20`, for `components/_pager.html`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet

PAGE_SIZES = (10, 20, 30, 40)
DEFAULT_SIZE = 20

M = TypeVar("M", bound=Model)


class KeyPaginator(Paginator):  # type: ignore[type-arg]  # Django's takes none at run time
    """Finds the keys of a page first, which an index alone can tell, then the rows of just these.

    `found` is what is counted and sorted; `rows` is how a row is shown, with all that it takes
    along. A page far behind is then as quick as the first. `count` is for what was counted before.
    """

    def __init__(
        self,
        found: QuerySet[Any],
        rows: QuerySet[Any],
        per_page: int,
        *,
        key: str = "pk",
        count: int | None = None,
    ) -> None:
        super().__init__(found.values_list(key, flat=True), per_page)
        self._rows, self._key = rows, key
        if count is not None:
            self.count = count

    def _get_page(self, *args: Any, **kwargs: Any) -> Page[Any]:
        keys, number, paginator = args
        return Page(self.rows_of(list(keys)), number, paginator)

    def rows_of(self, keys: Sequence[Any]) -> list[Any]:
        """In the order of the keys; who is gone meanwhile is left out."""
        rows = self._rows.filter(**{f"{self._key}__in": keys}).order_by()
        by_key = {getattr(row, self._key): row for row in rows}
        return [by_key[key] for key in keys if key in by_key]


def page_of(rows: QuerySet[M, Any], params: Mapping[str, Any]) -> Page[M]:
    """The page that the address asks for; an unknown size or number gives the nearest valid one."""
    return Paginator(rows, page_size(params.get("per_page"))).get_page(params.get("page"))


def page_size(text: str | None) -> int:
    sizes = {str(size): size for size in PAGE_SIZES}
    return sizes.get(text or "", DEFAULT_SIZE)


def page_number(text: str | None) -> int:
    """A page that a list may have; 1 for anything else."""
    text = text or ""
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return max(1, int(text)) if is_number else 1
