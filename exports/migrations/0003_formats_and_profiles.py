from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exports', '0002_unit_parts'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='exportfile',
            options={'ordering': ['unit__part', 'event_name', 'index']},
        ),
        migrations.AlterModelOptions(
            name='exportunit',
            options={'ordering': ['part']},
        ),
        migrations.AlterField(
            model_name='exportunit',
            name='part',
            field=models.PositiveIntegerField(),
        ),
        migrations.AddField(
            model_name='exportrun',
            name='records',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AlterField(
            model_name='export',
            name='first_day',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='export',
            name='last_day',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='export',
            name='range_kind',
            field=models.CharField(blank=True, max_length=30),
        ),
        migrations.AlterField(
            model_name='exportfile',
            name='event_day',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='exportfile',
            name='event_name',
            field=models.CharField(blank=True, max_length=1024),
        ),
        migrations.AlterField(
            model_name='exportfile',
            name='max_ts',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='exportfile',
            name='min_ts',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='exportunit',
            name='event_day',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name='exportunit',
            constraint=models.UniqueConstraint(fields=('run', 'part'), name='one_unit_per_part'),
        ),
    ]
