"""What finished runs have delivered, of those that finished before it was noted as well."""

from __future__ import annotations

from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count, Sum


def note_delivered(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    files = apps.get_model("exports", "ExportFile").objects
    runs = apps.get_model("exports", "ExportRun").objects
    stored = files.filter(run__status="done", stored_at__isnull=False).order_by()
    sums = stored.values_list("run").annotate(Count("pk"), Sum("bytes"))
    for run, count, size in list(sums):
        runs.filter(pk=run).update(files_delivered=count, bytes_delivered=size)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exports", "0005_pin_settings")]

    operations: ClassVar = [
        migrations.AddField("exportrun", "bytes_delivered", models.BigIntegerField(default=0)),
        migrations.AddField("exportrun", "files_delivered", models.PositiveIntegerField(default=0)),
        migrations.RunPython(note_delivered, migrations.RunPython.noop),
    ]
