"""The nightly search for signings worth a second look reads the agreements of some days, and nothing older."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contracts", "0016_links")]

    operations = [
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(fields=["created_at"], name="agreement_created"),
        ),
    ]
