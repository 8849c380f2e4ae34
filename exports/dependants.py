"""What a connection must know of exports, which it does not import: who uses it, stop, go on."""

from __future__ import annotations

from django.contrib.auth.models import User

from exports.models import Export
from exports.runs import runs_revive
from exports.services import export_stop
from integrations import dependants
from integrations.models import Connection


def register() -> None:
    dependants.register(finder=exports_using, stopper=exports_stop, reviver=exports_revive)


def exports_using(connection: Connection) -> list[str]:
    """A line for each export that is still to run."""
    return [
        f"Export {export} ({export.get_status_display()})" for export in _open_exports(connection)
    ]


def exports_stop(connection: Connection, actor: User) -> None:
    for export in _open_exports(connection):
        export_stop(export=export, actor=actor)


def exports_revive(connection: Connection) -> None:
    """What had stopped for this connection's sake is tried at once."""
    for export in _open_exports(connection):
        runs_revive(runs=export.runs.filter(status__in=Export.OPEN))


def _open_exports(connection: Connection) -> list[Export]:
    return list(Export.objects.filter(connection=connection, status__in=Export.OPEN))
