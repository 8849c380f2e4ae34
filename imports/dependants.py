"""What a connection must know of imports, which it does not import: who uses it, stop, go on."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from clevertap_partners.accounts import usage
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account
from imports.models import Import, ImportRun
from imports.runs import runs_revive
from imports.services import import_stop
from integrations import dependants
from integrations.models import Connection

_MAY_RUN = Q(status__in=[*Import.ACTIVE, Import.Status.PAUSED])


def register() -> None:
    dependants.register(
        finder=imports_using,
        stopper=imports_stop,
        reviver=imports_revive,
        counter=imports_count,
    )
    usage.register(Feature.BIGQUERY_IMPORT, imports_open)


def imports_open(account: Account) -> usage.InUse:
    """What of the account may still run."""
    found = Import.objects.filter(_MAY_RUN, account=account)
    shown = found.only("nickname", "status")[: usage.SHOWN]
    return usage.InUse([line_of(item) for item in shown], found.count())


def imports_using(connection: Connection) -> list[str]:
    """A line for each import that may still run."""
    return [line_of(item) for item in _imports(connection)]


def line_of(item: Import) -> str:
    text = _("Import {name} ({status})")
    return text.format(name=item.nickname, status=item.get_status_display())


def imports_count(connections: Sequence[Connection]) -> dict[int, int]:
    """How many imports may still run with each connection, by its key."""
    found = Import.objects.filter(_MAY_RUN, connection__in=connections).order_by()
    return dict(found.values_list("connection").annotate(Count("pk")))


def imports_stop(connection: Connection, actor: User) -> None:
    for item in _imports(connection):
        import_stop(item=item, actor=actor)


def imports_revive(connection: Connection) -> None:
    """What is in trouble is tried at once."""
    for item in _imports(connection).exclude(trouble_code=""):
        runs_revive(runs=item.runs.filter(status__in=ImportRun.OPEN))


def _imports(connection: Connection) -> QuerySet[Import]:
    return Import.objects.filter(_MAY_RUN, connection=connection).select_related("account")
