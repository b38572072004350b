from django.db import migrations

from care.rule_data import load_tables


def load(apps, schema_editor):
    load_tables(apps.get_model("care", "RuleTable"), apps.get_model("care", "CareRule"))


class Migration(migrations.Migration):
    """The first version of every rule table, and the register of rules."""

    dependencies = [("care", "0002_first_points")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
