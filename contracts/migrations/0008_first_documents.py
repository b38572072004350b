from django.db import migrations

from contracts.wording import load_texts


def load(apps, schema_editor):
    load_texts(apps.get_model("contracts", "AgreementTemplate"))


class Migration(migrations.Migration):

    dependencies = [("contracts", "0007_document_texts")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
