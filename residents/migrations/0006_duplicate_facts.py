from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("residents", "0005_flags_and_tiers"),
    ]

    operations = [
        migrations.AddField(
            model_name="duplicatepair",
            name="facts",
            field=models.UUIDField(editable=False, null=True),
        ),
    ]
