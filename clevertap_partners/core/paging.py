"""Lists come in pages: `?page=2&per_page=20`, for `components/_pager.html`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet

PAGE_SIZES = (10, 20, 30, 40)
DEFAULT_SIZE = 20

M = TypeVar("M", bound=Model)


def page_of(rows: QuerySet[M, Any], params: Mapping[str, Any]) -> Page[M]:
    """The page that the address asks for; an unknown size or number gives the nearest valid one."""
    return Paginator(rows, page_size(params.get("per_page"))).get_page(params.get("page"))


def page_size(text: str | None) -> int:
    sizes = {str(size): size for size in PAGE_SIZES}
    return sizes.get(text or "", DEFAULT_SIZE)
