from django.db import migrations


def pin(apps, schema_editor):
    """What runs were planned with was in their exports until now."""
    runs = apps.get_model("exports", "ExportRun").objects.exclude(status="pending")
    for run in runs.select_related("export").iterator():
        for name in ("connection_id", "bucket_nickname", "bucket_name", "event_names", "format", "options"):
            setattr(run, name, getattr(run.export, name))
        run.save(update_fields=["connection", "bucket_nickname", "bucket_name", "event_names", "format", "options"])


class Migration(migrations.Migration):
    dependencies = [("exports", "0004_recurring")]

    operations = [migrations.RunPython(pin, migrations.RunPython.noop)]
