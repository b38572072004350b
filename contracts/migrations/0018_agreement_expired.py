"""Reminders ask every night for the agreements that ran out lately and have no successor."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_squashed_0017_agreement_created")]

    operations = [
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(
                fields=["ends_on"], condition=models.Q(state="expired"), name="agreement_expired_end"
            ),
        ),
    ]
