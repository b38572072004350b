import core.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('core', '0001_initial'), ('core', '0002_announcements'), ('core', '0003_policy_withdrawn'), ('core', '0004_texts')]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='名称')),
                ('at', models.DateTimeField(verbose_name='时间')),
            ],
            options={
                'verbose_name': '心跳',
                'verbose_name_plural': '心跳',
            },
        ),
        migrations.CreateModel(
            name='NumberSequence',
            fields=[
                ('prefix', models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name='前缀')),
                ('last', models.PositiveIntegerField(default=0, verbose_name='最后编号')),
            ],
            options={
                'verbose_name': '编号序列',
                'verbose_name_plural': '编号序列',
            },
        ),
        migrations.CreateModel(
            name='WrongTries',
            fields=[
                ('key', models.UUIDField(primary_key=True, serialize=False)),
                ('count', models.PositiveIntegerField(default=0, verbose_name='次数')),
                ('until', models.DateTimeField(verbose_name='清零时间')),
            ],
            options={
                'verbose_name': '输错记录',
                'verbose_name_plural': '输错记录',
            },
        ),
        migrations.CreateModel(
            name='Announcement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=60, verbose_name='主题')),
                ('ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='对象编号')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='时间')),
            ],
            options={
                'verbose_name': '通告',
                'verbose_name_plural': '通告',
                'indexes': [models.Index(fields=['at'], name='announcement_at')],
            },
        ),
        migrations.CreateModel(
            name='OutgoingText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(max_length=40, verbose_name='用途')),
                ('phone', core.fields.SealedTextField(default=b'', purpose='text.phone', verbose_name='号码')),
                ('text', core.fields.SealedTextField(default=b'', purpose='text.text', verbose_name='内容')),
                ('state', models.CharField(choices=[('waiting', '待发送'), ('sent', '已发送'), ('dropped', '未发送')], default='waiting', max_length=7, verbose_name='状态')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='已发送次数')),
                ('next_try_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='下次发送')),
                ('useless_at', models.DateTimeField(verbose_name='失效时间')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='登记时间')),
                ('done_at', models.DateTimeField(null=True, verbose_name='完成时间')),
                ('failure', models.CharField(blank=True, max_length=100, verbose_name='失败原因')),
            ],
            options={
                'verbose_name': '短信',
                'verbose_name_plural': '短信',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['next_try_at', 'id'], name='text_waiting')],
            },
        ),
        migrations.CreateModel(
            name='ReadLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='时间')),
                ('user_id', models.BigIntegerField(verbose_name='用户编号')),
                ('user_name', models.CharField(max_length=150, verbose_name='用户')),
                ('ip', models.GenericIPAddressField(null=True, verbose_name='IP 地址')),
                ('action', models.CharField(choices=[('view', '查看'), ('list', '列表'), ('reveal', '查看明文'), ('export', '导出'), ('print', '打印')], max_length=10, verbose_name='动作')),
                ('subject', models.CharField(max_length=40, verbose_name='对象类别')),
                ('subject_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='对象编号')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='事由')),
                ('page', models.CharField(blank=True, max_length=100, verbose_name='页面')),
            ],
            options={
                'verbose_name': '查阅日志',
                'verbose_name_plural': '查阅日志',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['subject_ids'], name='readlog_subjects'), models.Index(fields=['user_id', '-at'], name='readlog_user_at'), models.Index(fields=['-at'], name='readlog_at')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('consumer', models.CharField(max_length=150, verbose_name='接收者')),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='下次投递')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='已投递次数')),
                ('done_at', models.DateTimeField(null=True, verbose_name='完成时间')),
                ('failure', models.CharField(blank=True, max_length=100, verbose_name='失败原因')),
                ('announcement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='core.announcement')),
            ],
            options={
                'verbose_name': '通告投递',
                'verbose_name_plural': '通告投递',
                'indexes': [models.Index(condition=models.Q(('done_at__isnull', True)), fields=['due_at', 'id'], name='delivery_open')],
                'constraints': [models.UniqueConstraint(fields=('announcement', 'consumer'), name='delivered_once_per_consumer')],
            },
        ),
        migrations.CreateModel(
            name='PolicySetting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('room', models.CharField(max_length=32, verbose_name='所属模块')),
                ('payload', models.JSONField(verbose_name='参数')),
                ('in_force_from', models.DateField(verbose_name='生效日期')),
                ('source', models.CharField(help_text='文件名称或条目编号。', max_length=200, verbose_name='依据')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='登记时间')),
                ('created_by_id', models.BigIntegerField(editable=False, null=True, verbose_name='登记人')),
                ('withdraws', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='core.policysetting', verbose_name='撤销的改动')),
            ],
            options={
                'verbose_name': '政策参数',
                'verbose_name_plural': '政策参数',
                'indexes': [models.Index(fields=['room', 'in_force_from'], name='policy_room_from')],
                'constraints': [models.CheckConstraint(condition=models.Q(('withdraws__isnull', True), ('payload', {}), _connector='OR'), name='policy_withdrawal_is_empty', violation_error_message='撤销改动的一行不能同时修改数值。'), models.UniqueConstraint(fields=('withdraws',), name='policy_withdrawn_once', violation_error_message='这次改动已经撤销过了。')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='readlog',
            trigger=pgtrigger.compiler.Trigger(name='readlog_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d97fd23c8869bb9648b7b060081af8c0dc48293d', operation='UPDATE OR DELETE', pgid='pgtrigger_readlog_append_only_8f269', table='core_readlog', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policysetting',
            trigger=pgtrigger.compiler.Trigger(name='policy_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e349b9d95a73f864f58e96fd57e9142fd7007925', operation='UPDATE OR DELETE', pgid='pgtrigger_policy_append_only_23173', table='core_policysetting', when='BEFORE')),
        ),
    ]
