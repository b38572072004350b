from django.db import migrations

from contracts.catalog import load_catalog


def load(apps, schema_editor):
    load_catalog(lambda name: apps.get_model("contracts", name))


class Migration(migrations.Migration):

    dependencies = [("contracts", "0005_packages_and_items")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
