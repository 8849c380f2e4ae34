"""Fill what 0007 has added. Alone: PostgreSQL changes no table that it has just written to."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    exports, runs, units, files = (
        apps.get_model("exports", name).objects
        for name in ("Export", "ExportRun", "ExportUnit", "ExportFile")
    )
    run_of_file = runs.filter(pk=OuterRef("run"))
    files.update(export=Subquery(run_of_file.values("export")[:1]))
    stored = files.filter(stored_at__isnull=False).order_by()
    units.update(**totals(stored.filter(unit=OuterRef("pk")).values("unit")))
    exports.update(**totals(stored.filter(export=OuterRef("pk")).values("export")))
    for export, began in list(runs.order_by().values_list("export").annotate(Max("started_at"))):
        if began is not None:
            exports.filter(pk=export).update(last_run_timestamp=int(began.timestamp()))


def totals(files: QuerySet[Any]) -> dict[str, Coalesce]:
    wanted = {
        "rows_written": Sum("rows"),
        "bytes_written": Sum("bytes"),
        "files_written": Count("pk"),
    }
    return {
        name: Coalesce(Subquery(files.annotate(total=total).values("total")), 0)
        for name, total in wanted.items()
    }


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exports", "0007_totals")]

    operations: ClassVar = [migrations.RunPython(fill, migrations.RunPython.noop)]
