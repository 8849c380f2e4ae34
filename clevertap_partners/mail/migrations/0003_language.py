from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0002_who_is_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='mail',
            name='language',
            field=models.CharField(blank=True, editable=False, max_length=10),
        ),
    ]
