from django.db import migrations

from contracts.wording import load_wording


def load(apps, schema_editor):
    load_wording(apps.get_model("contracts", "AgreementTemplate"), apps.get_model("contracts", "ServicePackage"))


class Migration(migrations.Migration):

    dependencies = [("contracts", "0002_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
