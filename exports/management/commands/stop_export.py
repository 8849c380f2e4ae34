"""Stop an export for good, on the operator's word."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from clevertap_partners.core.commands import NotedCommand
from exports.models import Export
from exports.selectors import totals_delivered
from exports.services import STOPPED_BY_OPERATOR, export_stop


class Command(NotedCommand):
    help = "Stops an export for good. Files that are in the bucket stay there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("request_id", type=int)
        parser.add_argument(
            "--reason",
            default=STOPPED_BY_OPERATOR,
            help="Shown to the customer (default: %(default)s).",
        )

    def handle(self, *args: Any, request_id: int, reason: str, **options: Any) -> None:
        export = Export.objects.select_related("account").filter(request_id=request_id).first()
        if export is None:
            raise CommandError(f"There is no export {request_id}.")
        if not export_stop(export=export, actor=None, reason=reason):
            raise CommandError(f"Export {request_id} had ended already; nothing was changed.")
        stays = totals_delivered(export)
        self.stdout.write(
            f"Export {request_id} is stopped and never runs again. {stays['files']} files with "
            f"{stays['rows']} rows stay in the bucket {export.bucket_name}."
        )
