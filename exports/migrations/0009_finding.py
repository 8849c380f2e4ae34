"""Indexes for every way in which exports and their files are sorted."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import CASCADE, SET_NULL

STORED = models.Q(stored_at__isnull=False)
NARROWED = ("status", "type", "format", "frequency", "partner", "created_by", "created_at")
EXPORTS: dict[str, tuple[str, ...]] = {
    "export_newest": (),
    "export_by_status": ("status",),
    "export_by_last_run": ("last_run_timestamp",),
    "export_by_rows": ("rows_written",),
    "export_by_size": ("bytes_written",),
}
FILES = {
    "file_by_name": ["export", "name", "id", "stored_at"],
    "file_by_event": ["export", "event_name", "id", "rows", "bytes", "stored_at"],
    "file_by_day": ["export", "event_day", "id", "rows", "bytes", "stored_at"],
    "file_by_rows": ["export", "rows", "id", "stored_at"],
    "file_by_size": ["export", "bytes", "id", "stored_at"],
}


def finding(*columns: str) -> list[str]:
    return ["account", *columns, "request_id", *(one for one in NARROWED if one not in columns)]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exports", "0008_fill_totals")]

    operations: ClassVar = [
        migrations.AlterField(
            "exportfile",
            "export",
            models.ForeignKey(
                to="exports.export", on_delete=CASCADE, related_name="files", db_index=False
            ),
        ),
        migrations.AlterField(
            "exportfile",
            "run",
            models.ForeignKey(
                to="exports.exportrun", on_delete=CASCADE, related_name="files", db_index=False
            ),
        ),
        migrations.AlterField(
            "export",
            "created_by",
            models.ForeignKey(
                to=settings.AUTH_USER_MODEL,
                on_delete=SET_NULL,
                related_name="+",
                null=True,
                db_index=False,
            ),
        ),
        migrations.RemoveIndex("export", "export_newest"),
        migrations.AddIndex(
            "exportfile", models.Index(fields=["run", "stored_at"], name="file_recent")
        ),
        *(
            migrations.AddIndex("export", models.Index(fields=finding(*columns), name=name))
            for name, columns in EXPORTS.items()
        ),
        *(
            migrations.AddIndex(
                "exportfile", models.Index(fields=columns, name=name, condition=STORED)
            )
            for name, columns in FILES.items()
        ),
    ]
