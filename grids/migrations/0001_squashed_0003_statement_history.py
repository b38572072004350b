import core.periods
import django.contrib.postgres.constraints
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('grids', '0001_initial'), ('grids', '0002_initial'), ('grids', '0003_statement_history')]

    initial = True

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        ('teams', '0001_squashed_0002_statement_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='Building',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='楼栋名称')),
                ('kind', models.CharField(choices=[('apartment', '楼宇'), ('house', '平房（院落）'), ('collective', '集体宿舍（养老机构等）')], default='apartment', max_length=12, verbose_name='类别')),
                ('units', models.PositiveSmallIntegerField(default=1, verbose_name='单元数')),
                ('floors', models.PositiveSmallIntegerField(default=1, verbose_name='层数')),
            ],
            options={
                'verbose_name': '楼栋',
                'verbose_name_plural': '楼栋',
            },
        ),
        migrations.CreateModel(
            name='Area',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=12, unique=True, validators=[django.core.validators.RegexValidator('^\\d{6}(\\d{3}){0,2}$')], verbose_name='区划代码')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('level', models.PositiveSmallIntegerField(choices=[(1, '区县'), (2, '镇街'), (3, '村居')], verbose_name='级别')),
                ('valid_from', models.DateField(verbose_name='启用日期')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='停用日期')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='grids.area', verbose_name='上级区划')),
            ],
            options={
                'verbose_name': '区划',
                'verbose_name_plural': '区划',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('code__regex', '^[0-9]{6}$'), ('level', 1), ('parent__isnull', True)), models.Q(('code__regex', '^[0-9]{9}$'), ('level', 2), ('parent__isnull', False)), models.Q(('code__regex', '^[0-9]{12}$'), ('level', 3), ('parent__isnull', False)), _connector='OR'), name='area_code_fits_level', violation_error_message='区县 6 位、镇街 9 位、村居 12 位，且镇街与村居须选上级。'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='area_valid_period', violation_error_message='停用日期不能早于启用日期。')],
            },
        ),
        migrations.CreateModel(
            name='AreaCodeChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old_code', models.CharField(db_index=True, max_length=12, verbose_name='原代码')),
                ('new_code', models.CharField(max_length=12, verbose_name='新代码')),
                ('changed_on', models.DateField(verbose_name='变更日期')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='code_changes', to='grids.area', verbose_name='区划')),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
            ],
            options={
                'verbose_name': '区划代码变更',
                'verbose_name_plural': '区划代码变更',
                'constraints': [models.UniqueConstraint(fields=('area', 'old_code', 'changed_on'), name='area_code_change_once')],
            },
        ),
        migrations.CreateModel(
            name='Dwelling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.PositiveSmallIntegerField(default=1, verbose_name='单元')),
                ('floor', models.SmallIntegerField(default=1, verbose_name='楼层')),
                ('room', models.CharField(max_length=20, verbose_name='房号')),
                ('building', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dwellings', to='grids.building', verbose_name='楼栋')),
            ],
            options={
                'verbose_name': '住房',
                'verbose_name_plural': '住房',
                'constraints': [models.UniqueConstraint(fields=('building', 'unit', 'room'), name='dwelling_unique', violation_error_message='该单元已有此房号。')],
            },
        ),
        migrations.CreateModel(
            name='Grid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True, validators=[django.core.validators.RegexValidator('^\\d{14}(\\d{2})?$', '网格编码为村居 12 位代码加 2 位网格号，微网格再加 2 位。')], verbose_name='网格编码')),
                ('name', models.CharField(max_length=60, verbose_name='网格名称')),
                ('level', models.PositiveSmallIntegerField(choices=[(1, '网格'), (2, '微网格')], default=1, verbose_name='级别')),
                ('opened_on', models.DateField(verbose_name='启用日期')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='停用日期')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='micro_grids', to='grids.grid', verbose_name='所属网格')),
                ('village', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grids', to='grids.area', verbose_name='所属村居')),
            ],
            options={
                'verbose_name': '网格',
                'verbose_name_plural': '网格',
                'indexes': [models.Index(fields=['village'], name='grid_village')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('code__regex', '^[0-9]{14}$'), ('level', 1), ('parent__isnull', True)), models.Q(('code__regex', '^[0-9]{16}$'), ('level', 2), ('parent__isnull', False)), _connector='OR'), name='grid_code_fits_level', violation_error_message='网格编码 14 位；微网格编码 16 位且须选所属网格。')],
            },
        ),
        migrations.AddField(
            model_name='building',
            name='grid',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='buildings', to='grids.grid', verbose_name='网格'),
        ),
        migrations.CreateModel(
            name='GridHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=16, validators=[django.core.validators.RegexValidator('^\\d{14}(\\d{2})?$', '网格编码为村居 12 位代码加 2 位网格号，微网格再加 2 位。')], verbose_name='网格编码')),
                ('name', models.CharField(max_length=60, verbose_name='网格名称')),
                ('level', models.PositiveSmallIntegerField(choices=[(1, '网格'), (2, '微网格')], default=1, verbose_name='级别')),
                ('opened_on', models.DateField(verbose_name='启用日期')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='停用日期')),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='grids.grid', verbose_name='所属网格')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='grids.grid')),
                ('village', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='grids.area', verbose_name='所属村居')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='GridResponsibility',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('grid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responsibilities', to='grids.grid', verbose_name='网格')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responsibilities', to='teams.team', verbose_name='责任团队')),
            ],
            options={
                'verbose_name': '网格责任',
                'verbose_name_plural': '网格责任',
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='responsibility_ends_after_start', violation_error_message='结束日期不能早于开始日期。'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(core.periods.Same('grid_id'), '&&'), (core.periods.Days(), '&&')], name='one_team_per_grid', violation_error_code='overlap', violation_error_message='该网格同一时期已有责任团队，请先结束原责任再分派。')],
            },
        ),
        migrations.CreateModel(
            name='GridResponsibilityHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('grid', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='grids.grid', verbose_name='网格')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='grids.gridresponsibility')),
                ('team', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.team', verbose_name='责任团队')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='单位名称')),
                ('type', models.CharField(choices=[('government', '党政机关'), ('enterprise', '企事业单位'), ('industrial_park', '产业园区'), ('office_building', '商务楼宇'), ('school', '学校'), ('nursing_home', '养老机构')], max_length=20, verbose_name='单位类型')),
                ('credit_code', models.CharField(blank=True, max_length=18, verbose_name='统一社会信用代码')),
                ('headcount', models.PositiveIntegerField(blank=True, null=True, verbose_name='人数')),
                ('contact', models.CharField(blank=True, max_length=40, verbose_name='联系人')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='联系电话')),
                ('grid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='organizations', to='grids.grid', verbose_name='网格')),
            ],
            options={
                'verbose_name': '功能社区单位',
                'verbose_name_plural': '功能社区单位',
                'constraints': [models.UniqueConstraint(fields=('grid', 'name'), name='organization_unique', violation_error_message='本网格已有同名单位。')],
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('role', models.CharField(choices=[('community_steward', '社区健康管家'), ('grid_leader', '网格长'), ('sentinel', '健康哨兵'), ('commission', '公共卫生委员会成员'), ('police', '社区民警'), ('rehab_coordinator', '残疾人社区康复协调员'), ('sports_instructor', '社会体育指导员')], max_length=20, verbose_name='身份')),
                ('name', models.CharField(max_length=40, verbose_name='姓名')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='联系电话')),
                ('origin', models.CharField(blank=True, choices=[('full_time', '专职网格员'), ('part_time', '兼职网格员'), ('building_head', '楼长'), ('property', '物业人员'), ('volunteer', '热心居民'), ('', '不适用')], max_length=20, verbose_name='哨兵来源')),
                ('grid', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='grids.grid', verbose_name='网格')),
                ('role_assignment', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='posting', to='teams.roleassignment')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to=settings.AUTH_USER_MODEL, verbose_name='登录账号')),
                ('village', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='grids.area', verbose_name='村居')),
            ],
            options={
                'verbose_name': '网格与社区任职',
                'verbose_name_plural': '网格与社区任职',
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='posting_ends_after_start', violation_error_message='结束日期不能早于开始日期。'), models.CheckConstraint(condition=models.Q(models.Q(('grid__isnull', True), ('role__in', ('community_steward', 'commission', 'police', 'rehab_coordinator', 'sports_instructor')), ('village__isnull', False)), models.Q(('grid__isnull', False), ('role__in', ['grid_leader', 'sentinel']), ('village__isnull', True)), _connector='OR'), name='posting_has_its_place', violation_error_message='网格长与健康哨兵须选网格，其他身份须选村居，二者只填其一。'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('role', 'grid_leader')), expressions=[(core.periods.Same('grid_id'), '&&'), (core.periods.Days(), '&&')], name='one_leader_per_grid', violation_error_code='overlap', violation_error_message='该网格同一时期已有网格长，请先结束原任职。'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('role', 'community_steward')), expressions=[(core.periods.Same('village_id'), '&&'), (core.periods.Days(), '&&')], name='one_steward_per_village', violation_error_code='overlap', violation_error_message='该村居同一时期已有社区健康管家，请先结束原任职。')],
            },
        ),
        migrations.CreateModel(
            name='Pairing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('level', models.CharField(choices=[('steward', '机构家医管家 — 社区健康管家'), ('leader', '团队长 — 网格长'), ('member', '团队成员 — 健康哨兵')], max_length=10, verbose_name='层次')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairings', to=settings.AUTH_USER_MODEL, verbose_name='医疗机构方')),
                ('posting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairings', to='grids.posting', verbose_name='社区方')),
            ],
            options={
                'verbose_name': '结对',
                'verbose_name_plural': '结对',
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='pairing_ends_after_start', violation_error_message='结束日期不能早于开始日期。'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(core.periods.Same('user_id'), '&&'), (core.periods.Same('posting_id'), '&&'), (core.periods.Days(), '&&')], name='pairing_once', violation_error_code='overlap', violation_error_message='二人同一时期已经结对，不必重复登记。')],
            },
        ),
        migrations.CreateModel(
            name='PostingHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('role', models.CharField(choices=[('community_steward', '社区健康管家'), ('grid_leader', '网格长'), ('sentinel', '健康哨兵'), ('commission', '公共卫生委员会成员'), ('police', '社区民警'), ('rehab_coordinator', '残疾人社区康复协调员'), ('sports_instructor', '社会体育指导员')], max_length=20, verbose_name='身份')),
                ('name', models.CharField(max_length=40, verbose_name='姓名')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='联系电话')),
                ('origin', models.CharField(blank=True, choices=[('full_time', '专职网格员'), ('part_time', '兼职网格员'), ('building_head', '楼长'), ('property', '物业人员'), ('volunteer', '热心居民'), ('', '不适用')], max_length=20, verbose_name='哨兵来源')),
                ('grid', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='grids.grid', verbose_name='网格')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='grids.posting')),
                ('role_assignment', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.roleassignment')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登录账号')),
                ('village', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='grids.area', verbose_name='村居')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='building',
            constraint=models.UniqueConstraint(fields=('grid', 'name'), name='building_name_unique', violation_error_message='本网格已有同名楼栋。'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grid',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "grids_gridhistory" ("closed_on", "code", "id", "level", "name", "opened_on", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "village_id") SELECT old_values."closed_on", old_values."code", old_values."id", old_values."level", old_values."name", old_values."opened_on", old_values."parent_id", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."village_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='09dfee393127f063d1d53afbe917c29d91e010b5', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_c5104', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='grids_grid', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grid',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "grids_gridhistory" ("closed_on", "code", "id", "level", "name", "opened_on", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "village_id") SELECT old_values."closed_on", old_values."code", old_values."id", old_values."level", old_values."name", old_values."opened_on", old_values."parent_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."village_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='fff85a09f0d5a4e93e22ad9c67628d8f56570322', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_6eea6', referencing='REFERENCING OLD TABLE AS old_values ', table='grids_grid', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='gridresponsibility',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "grids_gridresponsibilityhistory" ("ends_on", "grid_id", "id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts_on", "team_id") SELECT new_values."ends_on", new_values."grid_id", new_values."id", new_values."note", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."starts_on", new_values."team_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='d9e5d3f63205f84267377402d272af0bc8237df5', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_9cee4', referencing='REFERENCING NEW TABLE AS new_values ', table='grids_gridresponsibility', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='gridresponsibility',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "grids_gridresponsibilityhistory" ("ends_on", "grid_id", "id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts_on", "team_id") SELECT old_values."ends_on", old_values."grid_id", old_values."id", old_values."note", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."starts_on", old_values."team_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='9181870423305b3d21af79565d5c2c966b7f483b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_27b2e', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='grids_gridresponsibility', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='gridresponsibility',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "grids_gridresponsibilityhistory" ("ends_on", "grid_id", "id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts_on", "team_id") SELECT old_values."ends_on", old_values."grid_id", old_values."id", old_values."note", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."starts_on", old_values."team_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='ac2be70fec13e7015fe92ff972594e8123ed58b0', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_2b656', referencing='REFERENCING OLD TABLE AS old_values ', table='grids_gridresponsibility', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='posting',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "grids_postinghistory" ("ends_on", "grid_id", "id", "name", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "role_assignment_id", "starts_on", "user_id", "village_id") SELECT new_values."ends_on", new_values."grid_id", new_values."id", new_values."name", new_values."origin", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."phone", new_values."role", new_values."role_assignment_id", new_values."starts_on", new_values."user_id", new_values."village_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='3c40028ce30b48d7bf7726486f187a0f0f6140c9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_2748e', referencing='REFERENCING NEW TABLE AS new_values ', table='grids_posting', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='posting',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "grids_postinghistory" ("ends_on", "grid_id", "id", "name", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "role_assignment_id", "starts_on", "user_id", "village_id") SELECT old_values."ends_on", old_values."grid_id", old_values."id", old_values."name", old_values."origin", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."phone", old_values."role", old_values."role_assignment_id", old_values."starts_on", old_values."user_id", old_values."village_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='c7e079262c9b4e36c25e2d507b4e0b19b6ba1b0c', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_584a9', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='grids_posting', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='posting',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "grids_postinghistory" ("ends_on", "grid_id", "id", "name", "origin", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "role_assignment_id", "starts_on", "user_id", "village_id") SELECT old_values."ends_on", old_values."grid_id", old_values."id", old_values."name", old_values."origin", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phone", old_values."role", old_values."role_assignment_id", old_values."starts_on", old_values."user_id", old_values."village_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='214e68cd37350bb5505e080a7c6be8101f3df5fa', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_4a758', referencing='REFERENCING OLD TABLE AS old_values ', table='grids_posting', when='AFTER')),
        ),
    ]
