"""The work calendar, with every year the library knows; how often a channel was used of late."""

import django.contrib.postgres.fields
from django.db import migrations, models

from core.calendar import load_known
from core.holidays import known_days


def load(apps, schema_editor):
    load_known(known_days(), source="国务院办公厅节假日安排通知", model=apps.get_model("core", "WorkDay"))


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_squashed_0004_texts'),
    ]

    operations = [
        migrations.CreateModel(
            name='SendTimes',
            fields=[
                ('name', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('times', django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), default=list, size=None, verbose_name='最近发送时间')),
            ],
            options={
                'verbose_name': '发送频率',
                'verbose_name_plural': '发送频率',
            },
        ),
        migrations.CreateModel(
            name='WorkDay',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False, verbose_name='日期')),
                ('is_working', models.BooleanField(verbose_name='上班')),
                ('name', models.CharField(max_length=20, verbose_name='节日')),
                ('source', models.CharField(max_length=100, verbose_name='依据')),
            ],
            options={
                'verbose_name': '节假日与调休',
                'verbose_name_plural': '节假日与调休',
            },
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
