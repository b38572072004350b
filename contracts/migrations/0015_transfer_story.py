"""Who objected to a transfer and when, and what was decided."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0014_promises_of_before"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="transfer",
            name="decision",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="处理意见"
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="objected_at",
            field=models.DateTimeField(null=True, verbose_name="异议时间"),
        ),
        migrations.AddField(
            model_name="transfer",
            name="objected_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="异议人",
            ),
        ),
    ]
