"""What an export and its units have written, in their own rows; files know their export."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models.deletion import CASCADE


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exports", "0006_delivered")]

    operations: ClassVar = [
        migrations.AddField("export", "last_run_timestamp", models.BigIntegerField(default=0)),
        migrations.AddField("export", "rows_written", models.BigIntegerField(default=0)),
        migrations.AddField("export", "bytes_written", models.BigIntegerField(default=0)),
        migrations.AddField("export", "files_written", models.PositiveIntegerField(default=0)),
        migrations.AddField("exportunit", "rows_written", models.BigIntegerField(default=0)),
        migrations.AddField("exportunit", "bytes_written", models.BigIntegerField(default=0)),
        migrations.AddField("exportunit", "files_written", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "exportfile",
            "export",
            models.ForeignKey(
                to="exports.export",
                on_delete=CASCADE,
                related_name="files",
                null=True,
                db_index=False,
            ),
        ),
        migrations.AddIndex(
            "exportfile", models.Index(fields=["export", "run", "id", "stored_at"], name="file_newest")
        ),
    ]
