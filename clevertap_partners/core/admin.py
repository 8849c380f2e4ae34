"""What the admin pages of all apps share: rows to look at, links between them, questions first."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.translated import translated

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What is asked about is named, row by row; nobody reads more.
AT_ONCE = 100
# Fields of any table that hold sentences of ours, in English.
KEPT_IN_ENGLISH = frozenset({
    "action", "error", "failure_message", "fix", "last_error", "message", "pause_reason",
    "stop_reason", "trouble_fix", "trouble_message",
})  # fmt: skip


@dataclass(frozen=True)
class To:
    """A list of rows that belong to this one: `lookup` is theirs, and leads here."""

    label: StrOrPromise
    model: str
    lookup: str


# Longer numbers are no key of any table, and more than databases can compare with one.
_TOO_LONG = re.compile(r"[0-9]{19,}")


class OperatorChangeList(ChangeList):
    """Refuses what no database could look up, before it is asked."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        for name, values in request.GET.lists():
            if name != SEARCH_VAR and any(_is_unreadable(value) for value in values):
                raise IncorrectLookupParameters
        return super().get_queryset(request, exclude_parameters)


def _is_unreadable(value: str) -> bool:
    return "\0" in value or _TOO_LONG.search(value) is not None


class OperatorAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Quick with many rows: nothing is counted twice, no list of choices is read from a table."""

    show_full_result_count = False
    list_per_page = 50
    # Looked up as they are, by their index, when a number is searched for.
    search_numbers: ClassVar[tuple[str, ...]] = ()
    # Lists of what belongs to the row, shown on its page.
    leads_to: ClassVar[tuple[To, ...]] = ()
    # By which other pages lead to the list, where it is not a column of this very table.
    led_by: ClassVar[tuple[str, ...]] = ()

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """For actions: they change what the row stands for, so seeing it is not enough."""
        name = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return cast(User, request.user).has_perm(name)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OperatorChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Not by what is not shown: asking often enough for its beginning would tell it."""
        if set(lookup.split("__")) & set(self.exclude or ()):
            return False
        return lookup in self.led_by or super().lookup_allowed(lookup, value, request)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any
    ) -> HttpResponse | None:
        """No page sends what is no key; asking a database for it would break off."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(_is_unreadable(key) or not self._is_key(key) for key in chosen):
            raise SuspiciousOperation("No row has such a key.")
        return super().response_action(request, queryset, *args)

    def _is_key(self, text: str) -> bool:
        try:
            self.opts.pk.to_python(text)
        except ValidationError:
            return False
        return True

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        number = search_term.strip()
        if self.search_numbers and number.isdecimal() and len(number) < 19:
            found = queryset.filter(
                Q.create([(name, int(number)) for name in self.search_numbers], connector=Q.OR)
            )
            if found.exists():
                return found, False
        return super().get_search_results(request, queryset, search_term)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return ["go_to", *fields] if self.leads_to and obj is not None else fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = list(super().get_fields(request, obj))
        return self._in_words(sorted(fields, key=lambda name: name != "go_to"))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._in_words(super().get_list_display(request))

    def _in_words(self, columns: Iterable[Any]) -> list[Any]:
        kept = {
            field.name: _kept(field)
            for field in self.opts.concrete_fields
            if field.name in KEPT_IN_ENGLISH
        }
        return [kept.get(each, each) for each in columns]

    @admin.display(description=_("Go to"))
    def go_to(self, obj: Model) -> SafeString:
        links = ((_list_of(to, obj), to.label) for to in self.leads_to)
        return format_html_join(" · ", '<a href="{}">{}</a>', links)


class ReadOnlyAdmin(OperatorAdmin):
    """Rows to look at: they are changed by services only, which keep them true."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def linked(path: str, label: StrOrPromise) -> Callable[[Model], Any]:
    """A column that leads to the row at `path`, such as `run__export`."""

    @admin.display(description=label, ordering=path)
    def column(row: Model) -> Any:
        target: Any = row
        for name in path.split("__"):
            target = getattr(target, name)
            if target is None:
                return None
        return link_to(target)

    column.__name__ = f"linked_{path}"
    return column


def made_of(name: str, label: StrOrPromise) -> Callable[[Model], Any]:
    """A column of what a row makes of its fields: a property, a method or a state."""

    @admin.display(description=label)
    def column(row: Model) -> Any:
        value = getattr(row, name)
        value = value() if callable(value) else value
        return getattr(value, "label", value)

    column.__name__ = name
    return column


def _kept(field: Field[Any, Any]) -> Callable[[Model], str]:
    """A field whose texts are kept in English, in the language of whoever reads it."""

    @admin.display(description=field.verbose_name, ordering=field.name)
    def column(row: Model) -> str:
        return translated(getattr(row, field.name))

    column.__name__ = field.name
    return column


def link_to(row: Model) -> SafeString:
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, row)


def _list_of(to: To, row: Model) -> str:
    name = to.model.lower().replace(".", "_")
    return f"{reverse(f'admin:{name}_changelist')}?{urlencode({to.lookup: row.pk})}"


# -- filters --------------------------------------------------------------------------------------
Choices = Callable[[], Iterable[tuple[str, "StrOrPromise"]]]


def filter_by(title: StrOrPromise, field: str, choices: Choices) -> type[admin.SimpleListFilter]:
    """A filter whose choices are known: reading them from a large table takes a second."""

    class Known(admin.SimpleListFilter):
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, StrOrPromise]]:
            return list(choices())

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    Known.title = title
    return Known


class TroubleFilter(admin.SimpleListFilter):
    """Whose turn it is with what does not get on."""

    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("any", _("Any")),
            ("customer", _("The customer's turn")),
            ("us", _("Our turn")),
            ("partner", _("The partner's turn")),
            ("none", _("None")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "none":
            return queryset.filter(trouble_code="")
        if self.value() == "any":
            return queryset.exclude(trouble_code="")
        return queryset.filter(trouble_turn=self.value()) if self.value() else queryset


# -- questions ------------------------------------------------------------------------------------
Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


def asks_first(
    *, title: StrOrPromise, effect: StrOrPromise, ok: StrOrPromise
) -> Callable[[Action], Action]:
    """The action shows what it will do, and to what, before it does anything."""

    def decorate(action: Action) -> Action:
        @functools.wraps(action)
        def asking(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            rows = list(queryset[: AT_ONCE + 1])
            if len(rows) > AT_ONCE:
                text = _("At most {count} at once: choose fewer.").format(count=AT_ONCE)
                self.message_user(request, text, messages.ERROR)
                return None
            if request.POST.get("confirmed") == "yes":
                return action(self, request, queryset)
            sent = [("action", action.__name__), *((ACTION_CHECKBOX_NAME, row.pk) for row in rows)]
            items = [str(row) for row in rows]
            question = Question(title, [effect], ok, items, sent)
            return ask(self, request, question)

        return asking

    return decorate


@dataclass(frozen=True)
class Question:
    """What will happen, to what, and which fields of the form are sent again with the answer."""

    title: StrOrPromise
    effects: Sequence[StrOrPromise]
    ok: StrOrPromise
    items: list[str]
    fields: list[tuple[str, Any]]


def ask(model_admin: Any, request: HttpRequest, question: Question) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": question.title,
        "question": question,
        "opts": model_admin.opts,
        "media": model_admin.media,
    }
    return TemplateResponse(request, "admin/ask_first.html", context)
