"""The second step of the wizard: whose rows they are, when they happened, what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.translated import translated
from imports.explained import explained
from imports.form_columns import (
    CURSOR_LABELS,
    FORMAT_LABELS,
    gone_rows,
    kept_rows,
    properties_of,
    sent_rows,
    used_as,
)
from imports.mapping import DATE_FORMATS, EVENTS, IDENTITY, OBJECT_ID, Mapping
from imports.rules import mapping_problems
from imports.suggest import cursor_kinds, date_formats, why_not_mappable
from integrations.warehouse import Column

if TYPE_CHECKING:
    pass

# Longer than a warehouse allows, with how it counts.
MAX_COLUMN_NAME = 400
FIXED, FROM_COLUMN = "fixed", "column"
AS_IT_IS = "{column} · {type}"
WHERE = {"identity": "identity_column", "cursor": "cursor", "created_on": "created_on_column"}


class CreatedOnSelect(forms.Select):
    """Each column tells the script beside it which formats it can have."""

    formats: dict[str, str]

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-formats"] = self.formats.get(str(value), "")
        return option


class MapForm(forms.Form):
    """A mapping that is being made. `rows` has one for each column; `problems` what breaks a rule.

    Nothing is required by a field: the rules say what is missing, here as in the run.
    """

    identity_column = forms.ChoiceField(label=_("Identity column"), required=False)
    identity_as = forms.ChoiceField(
        label=_("It holds"),
        choices=[
            (IDENTITY, explained(_("Identity"), _("Your own user id"))),
            (OBJECT_ID, explained(_("CleverTap ID"), _("Of a person known here"))),
        ],
        initial=IDENTITY,
        widget=forms.RadioSelect,
        required=False,
    )
    cursor = forms.ChoiceField(
        label=_("Updated On"),
        required=False,
        help_text=_("Later runs read only rows whose value here is new."),
    )
    created_on_column = forms.ChoiceField(
        label=_("Created On"),
        required=False,
        widget=CreatedOnSelect,
        help_text=_("When it happened."),
    )
    created_on_format = forms.ChoiceField(
        label=_("Format"),
        required=False,
        choices=[(key, FORMAT_LABELS.get(key, key)) for key in DATE_FORMATS],
    )
    event_name_from = forms.ChoiceField(
        label=_("Event name"),
        choices=[
            (FIXED, explained(_("Specific event"), _("The same in all rows"))),
            (FROM_COLUMN, explained(_("Event from column"), _("Each row names its own"))),
        ],
        initial=FIXED,
        widget=forms.RadioSelect,
        required=False,
    )
    event_name = forms.CharField(
        label=_("Name of the event"),
        required=False,
        widget=forms.TextInput({"list": "known-events", "autocomplete": "off"}),
    )
    event_name_column = forms.ChoiceField(label=_("Column with the name"), required=False)

    def __init__(
        self, data: Any = None, *, kind: str, mapping: Mapping, columns: Sequence[Column]
    ) -> None:
        super().__init__(data, initial=answers_of(mapping), label_suffix="")
        self.kind = kind
        self.columns = columns
        self._offer(columns)
        self.gone = gone_rows(mapping, columns, data.getlist("gone") if self.is_bound else None)
        if self.is_bound:
            self.rows = sent_rows(self.data, columns)
            self.is_valid()
            self.mapping = self._mapping()
            for row in self.rows:
                row.used_as = used_as(self.mapping, row.column)
        else:
            self.rows = kept_rows(mapping, columns)
            self.mapping = mapping
        self.problems = mapping_problems(self.mapping, columns)

    def blame(self) -> bool:
        """Show each broken rule at its place; whether there was one."""
        rows = {f"property:{row.column.name}": row for row in [*self.rows, *self.gone]}
        for problem in self.problems:
            if row := rows.get(problem.where):
                row.problems.append(translated(problem.message))
            else:
                self.add_error(self._field_of(problem.where), translated(problem.message))
        return bool(self.problems)

    @property
    def rows_amiss(self) -> bool:
        return any(row.problems for row in [*self.rows, *self.gone])

    def place_of(self, where: str) -> str:
        """The HTML id of what a problem is about."""
        if name := self._field_of(where):
            return f"id_{name}"
        for prefix, rows in (("id_gone", self.gone), ("id_name", self.rows)):
            for row in rows:
                if where == f"property:{row.column.name}":
                    return f"{prefix}_{row.index}"
        return "columns"

    def _field_of(self, where: str) -> str | None:
        if where == "event_name":
            from_column = bool(self.mapping.event_name_column)
            return "event_name_column" if from_column else "event_name"
        return WHERE.get(where)

    def _offer(self, columns: Sequence[Column]) -> None:
        usable = [column for column in columns if not why_not_mappable(column)]
        named = [(column.name, f"{column.name} · {column.type}") for column in usable]
        choose = [("", gettext("Choose a column")), *named]
        at_run = ("", gettext("The moment the run begins"))
        self._choices("identity_column", choose)
        self._choices("event_name_column", choose)
        self._choices("created_on_column", [at_run, *_dated(usable)])
        none = ("", gettext("None: each run reads everything"))
        self._choices("cursor", [none, *_cursors(columns)])
        select: Any = self.fields["created_on_column"].widget
        formats = {column.name: "|".join(date_formats(column)) for column in usable}
        select.formats = {self._current("created_on_column"): "|".join(DATE_FORMATS), **formats}

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        """A choice that is not to be had any more stands there until somebody decides."""
        field: Any = self.fields[name]
        current = self._current(name)
        if current and current not in dict(choices):
            column = current.partition(":")[2] if name == "cursor" else current
            is_there = any(each.name == column for each in self.columns)
            barred, gone = gettext("{column} (not possible any more)"), gettext("{column} (gone)")
            said = barred if is_there else gone
            choices = [*choices, (current, said.format(column=column))]
        field.choices = choices

    def _current(self, name: str) -> str:
        value = str((self.data if self.is_bound else self.initial).get(name, ""))
        return "" if "\0" in value or len(value) > MAX_COLUMN_NAME else value

    def _mapping(self) -> Mapping:
        data = self.cleaned_data
        kind, _, column = data.get("cursor", "").partition(":")
        return Mapping(
            kind=self.kind,
            identity_column=data.get("identity_column", ""),
            identity_as=data.get("identity_as") or IDENTITY,
            cursor_column=column,
            cursor_kind=kind,
            properties=properties_of([*self.rows, *self.gone]),
            **(self._of_event(data) if self.kind == EVENTS else {}),
        )

    def _of_event(self, data: dict[str, Any]) -> dict[str, str]:
        created_on = data.get("created_on_column", "")
        from_column = data.get("event_name_from") == FROM_COLUMN
        return {
            "created_on_column": created_on,
            "created_on_format": self._created_on_format(created_on, data),
            "event_name": "" if from_column else data.get("event_name", ""),
            "event_name_column": data.get("event_name_column", "") if from_column else "",
        }

    def _created_on_format(self, name: str, data: dict[str, Any]) -> str:
        column = next((each for each in self.columns if each.name == name), None)
        chosen: str = data.get("created_on_format", "")
        if column is None:
            return chosen if name else ""
        allowed = date_formats(column)
        return chosen if chosen in allowed or not allowed else allowed[0]


def answers_of(mapping: Mapping) -> dict[str, str]:
    """What the fields show of a mapping."""
    cursor = f"{mapping.cursor_kind}:{mapping.cursor_column}" if mapping.cursor_column else ""
    return {
        "identity_column": mapping.identity_column,
        "identity_as": mapping.identity_as,
        "cursor": cursor,
        "created_on_column": mapping.created_on_column,
        "created_on_format": mapping.created_on_format,
        "event_name_from": FROM_COLUMN if mapping.event_name_column else FIXED,
        "event_name": mapping.event_name,
        "event_name_column": mapping.event_name_column,
    }


def _cursors(columns: Sequence[Column]) -> list[tuple[str, str]]:
    return [
        (
            f"{kind}:{column.name}",
            str(CURSOR_LABELS.get(kind, AS_IT_IS)).format(column=column.name, type=column.type),
        )
        for column in columns
        for kind in cursor_kinds(column)
    ]


def _dated(columns: Sequence[Column]) -> list[tuple[str, str]]:
    return [
        (column.name, f"{column.name} · {column.type}")
        for column in columns
        if date_formats(column)
    ]
