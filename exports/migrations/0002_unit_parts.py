from django.db import migrations, models


def number_parts(apps, schema_editor):
    """Units were told apart by their day; now they are numbered in its order."""
    unit = apps.get_model("exports", "ExportUnit")
    for run_id in unit.objects.order_by().values_list("run_id", flat=True).distinct():
        for part, pk in enumerate(
            unit.objects.filter(run_id=run_id).order_by("event_day").values_list("pk", flat=True)
        ):
            unit.objects.filter(pk=pk).update(part=part)


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_initial")]

    operations = [
        migrations.AddField("exportunit", "part", models.PositiveIntegerField(null=True)),
        migrations.RunPython(number_parts, migrations.RunPython.noop),
        migrations.RemoveConstraint("exportunit", "one_unit_per_day"),
    ]
