"""The first step of the wizard: what the import is called, and which rows it reads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PartnersError
from imports.drafts import nickname_taken
from imports.explained import explained
from imports.models import Import
from imports.refusals import said
from imports.wizard_warehouse import SqlMistake, mistake_in
from integrations.models import Connection
from integrations.selectors import connections_that_import
from integrations.warehouse import Query

# In bytes, as a request is measured.
MAX_SQL = 200_000
TOO_LONG = _("This is longer than 200,000 bytes. Put a part of it into a view, and read that.")
SOURCE_HINTS = {
    Import.Source.TABLE: _("A table or view of the dataset, as it is"),
    Import.Source.SQL: _("One SELECT that you write yourself"),
}


class ConnectionField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    def label_from_instance(self, obj: Connection) -> str:
        return obj.nickname


class ConfigureForm(forms.Form):
    """Nickname, connection and source. `mistake` is the place of an error in the SQL text."""

    nickname = forms.CharField(
        label=_("Nickname"),
        max_length=80,
        error_messages={"required": _("Give the import a name that you will recognise.")},
        help_text=_("Only your team sees it. Every import of the account has its own."),
    )
    connection = ConnectionField(
        Connection.objects.none(),
        label=_("Connection"),
        empty_label=_("Choose a connection"),
        error_messages={
            "required": _("Choose the connection to read from."),
            "invalid_choice": _("This connection is not among the saved ones; choose another."),
        },
    )
    source = forms.ChoiceField(
        label=_("What to read"),
        choices=[(kind.value, explained(kind.label, hint)) for kind, hint in SOURCE_HINTS.items()],
        initial=Import.Source.TABLE,
        widget=forms.RadioSelect,
    )
    table = forms.CharField(label=_("Table"), max_length=1024, required=False)
    sql = forms.CharField(
        label="SQL",
        required=False,
        # A browser stops here, where the request is still small enough to be answered.
        widget=forms.Textarea(
            {
                "class": "mono",
                "rows": 8,
                "spellcheck": "false",
                "wrap": "off",
                "maxlength": MAX_SQL,
            }
        ),
        help_text=_(
            "Name tables of the connection's dataset by their name alone. "
            "For another dataset, add a connection of its own."
        ),
    )

    def __init__(
        self, *args: Any, account: Account, item: Import | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.account = account
        self.item = item
        self.mistake: SqlMistake | None = None
        connections = connections_that_import(account=account)
        field: Any = self.fields["connection"]
        field.queryset = connections
        if len(connections) == 1:
            field.initial = connections[0]

    def clean_nickname(self) -> str:
        nickname: str = self.cleaned_data["nickname"]
        if nickname_taken(account=self.account, nickname=nickname, besides=self.item):
            raise ValidationError(
                gettext("Another import of this account has this nickname; choose another one.")
            )
        return nickname

    def clean_sql(self) -> str:
        sql: str = self.cleaned_data["sql"]
        if len(sql.encode()) > MAX_SQL:
            raise ValidationError(TOO_LONG)
        return sql

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("source") == Import.Source.SQL:
            self.errors.pop("table", None)
            data["table"] = ""
            if not data.get("sql") and "sql" not in self.errors:
                self.add_error("sql", ValidationError(gettext("Write the query to read from.")))
        else:
            self.errors.pop("sql", None)
            data["sql"] = ""
            if not data.get("table") and "table" not in self.errors:
                self.add_error("table", ValidationError(gettext("Pick the table to read from.")))
        return data

    def query(self) -> Query | None:
        """What to read, once a connection and a source are chosen."""
        self.is_valid()
        if self.errors.keys() & {"connection", "source", "table", "sql"}:
            return None
        return Query(table=self.cleaned_data["table"], sql=self.cleaned_data["sql"])

    def chosen_connection(self) -> Connection | None:
        self.is_valid()
        connection: Connection | None = self.cleaned_data.get("connection")
        return connection

    def missing(self) -> str:
        """What has to be chosen before there is anything to look at."""
        names = ("connection", "source", "table", "sql")
        return next(str(self.errors[name][0]) for name in names if name in self.errors)

    def forgive_source(self) -> None:
        """Say nothing of a source that is not wanted yet."""
        for name in ("source", "table", "sql"):
            self.errors.pop(name, None)

    def as_chosen(self) -> dict[str, Any]:
        """What was sent, for a form that shows it without judging it."""
        return {name: self.data.get(name, "") for name in self.fields}

    def refuse(self, error: PartnersError) -> None:
        """Show what the warehouse has said, at the source that was asked for."""
        sql = self.cleaned_data["sql"]
        self.mistake = mistake_in(sql, error)
        self.add_error("sql" if sql else "table", ValidationError(said(error)))

    def kept(self) -> dict[str, Any]:
        """What was chosen so far and can be kept, without blame for the rest."""
        self.is_valid()
        names = ("nickname", "connection", "source")
        values = {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}
        # What the other choice hides is kept as well, for whoever changes their mind.
        for name in ("table", "sql"):
            typed = self.data.get(name, "").strip()
            if len(typed.encode()) <= {"table": 1024, "sql": MAX_SQL}[name] and "\0" not in typed:
                values[name] = typed
        return values
