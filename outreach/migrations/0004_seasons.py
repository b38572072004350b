from django.db import migrations

from outreach.season_data import load_seasons


def load(apps, schema_editor):
    load_seasons(apps.get_model("outreach", "SeasonEntry"))


class Migration(migrations.Migration):
    """The first texts of the 24 solar terms and the 12 months."""

    dependencies = [("outreach", "0003_disclosures")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
