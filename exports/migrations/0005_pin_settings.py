from django.db import migrations

PINNED = (
    "connection_id",
    "bucket_nickname",
    "bucket_name",
    "event_names",
    "first_day",
    "last_day",
    "format",
    "options",
)


def pin(apps, schema_editor):
    """What runs were planned with was in their exports and accounts until now."""
    runs = apps.get_model("exports", "ExportRun").objects.exclude(status="pending")
    for run in runs.select_related("export__account").iterator():
        for name in PINNED:
            setattr(run, name, getattr(run.export, name))
        run.time_zone = run.export.account.time_zone
        run.save()


class Migration(migrations.Migration):
    dependencies = [("exports", "0004_recurring")]

    operations = [migrations.RunPython(pin, migrations.RunPython.noop)]
