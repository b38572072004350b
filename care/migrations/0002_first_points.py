from django.db import migrations

from care.catalog import load_points


def load(apps, schema_editor):
    load_points(apps.get_model("care", "PointRule"), apps.get_model("care", "PointGoods"))


class Migration(migrations.Migration):

    dependencies = [("care", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
