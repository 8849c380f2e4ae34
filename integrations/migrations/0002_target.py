from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("integrations", "0001_initial"),
    ]

    operations = [
        migrations.RenameField("connection", "bucket_name", "target"),
        migrations.RenameField("credentialtest", "bucket_name", "target"),
        migrations.AlterField(
            model_name="connection",
            name="target",
            field=models.CharField(max_length=1300),
        ),
        migrations.AlterField(
            model_name="credentialtest",
            name="target",
            field=models.CharField(max_length=1300),
        ),
        migrations.AlterField(
            model_name="credentialtest",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("add", "Add a connection"),
                    ("replace_key", "Replace the key"),
                    ("retest", "Test again"),
                    ("try", "Test only"),
                ],
                max_length=12,
            ),
        ),
    ]
