"""What lists of imports are sorted by; when a group of rows was read."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Max, Q, Sum
from django.utils import timezone

LONG_AGO = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
NARROWED = ("status", "kind", "frequency", "partner", "created_by", "created_at")
INDEXES: dict[str, tuple[str, ...]] = {
    "import_newest": (),
    "import_by_status": ("status",),
    "import_by_last_run": ("last_run_timestamp",),
    "import_by_rows": ("rows_imported",),
}


def finding(*columns: str) -> list[str]:
    return ["account", *columns, "id", *(one for one in NARROWED if one not in columns)]


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    imports = apps.get_model("imports", "Import").objects
    runs = apps.get_model("imports", "ImportRun").objects.order_by().values_list("parent")
    landed = Sum("rows_imported", filter=Q(status="done"), default=0)
    for item, began, rows in list(runs.annotate(began=Max("started_at"), landed=landed)):
        last = int(began.timestamp()) if began else 0
        imports.filter(pk=item).update(last_run_timestamp=last, rows_imported=rows)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("imports", "0002_importbatch_survey")]

    operations: ClassVar = [
        migrations.AddField("import", "last_run_timestamp", models.BigIntegerField(default=0)),
        migrations.AddField("import", "rows_imported", models.BigIntegerField(default=0)),
        # Nobody knows when the batches so far were read, but none of them counts as of late.
        migrations.AddField("importbatch", "recorded_at", models.DateTimeField(default=LONG_AGO)),
        migrations.AlterField(
            "importbatch", "recorded_at", models.DateTimeField(default=timezone.now)
        ),
        migrations.AlterModelOptions(
            "importbatch",
            {"ordering": ["unit__part", "first_row"], "verbose_name_plural": "import batches"},
        ),
        *(
            migrations.AddIndex("import", models.Index(fields=finding(*columns), name=name))
            for name, columns in INDEXES.items()
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
