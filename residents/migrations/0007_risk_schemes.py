from django.db import migrations

from residents.risk_data import load_schemes


def load(apps, schema_editor):
    load_schemes(apps.get_model("residents", "RiskScheme"))


class Migration(migrations.Migration):

    dependencies = [("residents", "0006_duplicate_facts")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
