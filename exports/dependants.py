"""What a connection must know of exports, which it does not import: who uses it, stop, go on."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clevertap_partners.accounts import usage
from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account
from exports.models import Export
from exports.restarts import run_follow_bucket
from exports.runs import runs_revive
from exports.services import export_stop
from integrations import dependants
from integrations.models import Connection


def register() -> None:
    dependants.register(finder=exports_using, stopper=exports_stop, reviver=exports_revive)
    usage.register(Feature.GOOGLE_CLOUD_EXPORT, exports_open)


def exports_open(account: Account) -> usage.InUse:
    """What of the account is still to run."""
    found = Export.objects.filter(account=account, status__in=Export.OPEN)
    shown = found.only("request_id", "status")[: usage.SHOWN]
    lines = [_line(export) for export in shown]
    return usage.InUse(lines, found.count())


def exports_using(connection: Connection) -> list[str]:
    """A line for each export that is still to run."""
    return [_line_of(export, connection) for export in _open_exports(connection)]


def exports_stop(connection: Connection, actor: User) -> None:
    """Stop what writes there. A run whose export has another bucket by now begins anew in that."""
    for export in _open_exports(connection):
        if export.connection_id == connection.pk:
            export_stop(export=export, actor=actor)
        else:
            run_follow_bucket(export_id=export.pk, even_if_well=True)


def exports_revive(connection: Connection) -> None:
    """What is in trouble is tried at once."""
    for export in _open_exports(connection).exclude(trouble_code=""):
        runs_revive(runs=export.runs.filter(status__in=Export.OPEN))


def _line_of(export: Export, connection: Connection) -> str:
    if export.connection_id == connection.pk:
        return _line(export)
    text = _("Export {export}: its run under way, which then begins anew in {bucket}")
    return text.format(export=export, bucket=export.bucket_nickname)


def _line(export: Export) -> str:
    return _("Export {export} ({status})").format(export=export, status=export.get_status_display())


def _open_exports(connection: Connection) -> QuerySet[Export]:
    """Of what writes there from now on, or with the run that is under way."""
    running = Q(runs__connection=connection, runs__status__in=Export.OPEN)
    exports = Export.objects.filter(Q(connection=connection) | running, status__in=Export.OPEN)
    return exports.distinct()
