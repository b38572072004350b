import core.periods
import django.contrib.auth.validators
import django.contrib.postgres.constraints
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import teams.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('teams', '0001_initial'), ('teams', '0002_statement_history')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='Institution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='机构编码')),
                ('name', models.CharField(max_length=100, verbose_name='机构名称')),
                ('type', models.CharField(choices=[('chc', '社区卫生服务中心'), ('township_hospital', '乡镇卫生院'), ('station', '社区卫生服务站'), ('village_clinic', '村卫生室'), ('hospital', '综合医院'), ('tcm_hospital', '中医医院'), ('mch', '妇幼保健院'), ('cdc', '疾病预防控制中心'), ('public_health', '其他专业公共卫生机构'), ('clinic', '诊所（门诊部）'), ('bureau', '卫生健康局')], max_length=20, verbose_name='机构类型')),
                ('level', models.PositiveSmallIntegerField(choices=[(0, '未定级'), (1, '一级'), (2, '二级'), (3, '三级')], default=0, verbose_name='机构级别')),
                ('ownership', models.CharField(choices=[('public', '公立'), ('private', '民营'), ('collective', '集体')], default='public', max_length=10, verbose_name='举办主体')),
                ('serial', models.PositiveSmallIntegerField(help_text='1 至 999，印在协议编号里，区内唯一。', verbose_name='协议编号机构序号')),
                ('area_code', models.CharField(max_length=16, validators=[django.core.validators.RegexValidator('^(\\d{6}|\\d{9}|\\d{12}|\\d{14}|\\d{16})$', '编码应为 6、9、12 位区划代码，或 14、16 位网格编码。')], verbose_name='所在区划代码')),
                ('credit_code', models.CharField(blank=True, max_length=18, verbose_name='统一社会信用代码')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='地址')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='电话')),
                ('complaint_phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='监督电话')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='teams.institution', verbose_name='上级机构')),
            ],
            options={
                'verbose_name': '机构',
                'verbose_name_plural': '机构',
                'constraints': [models.UniqueConstraint(fields=('serial',), name='institution_serial_unique', violation_error_message='协议编号机构序号已被占用。'), models.CheckConstraint(condition=models.Q(('serial__gte', 1), ('serial__lte', 999)), name='institution_serial_range', violation_error_message='协议编号机构序号须在 1 至 999 之间。')],
            },
        ),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='科室名称')),
                ('service', models.CharField(blank=True, choices=[('chronic', '慢病管理服务部'), ('tcm', '中医养生服务部'), ('mch', '妇幼健康服务部'), ('specialty', '特色专科服务部'), ('', '一般科室')], max_length=10, verbose_name='服务部')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='电话')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departments', to='teams.institution', verbose_name='机构')),
            ],
            options={
                'verbose_name': '科室',
                'verbose_name_plural': '科室',
                'constraints': [models.UniqueConstraint(fields=('institution', 'name'), name='department_name_unique', violation_error_message='本机构已有同名科室。')],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('name', models.CharField(max_length=40, verbose_name='姓名')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='联系电话')),
                ('wechat', models.CharField(blank=True, max_length=40, verbose_name='微信号')),
                ('profession', models.CharField(choices=[('gp', '全科医生'), ('nurse', '护士'), ('public_health', '公共卫生医师'), ('assistant', '医生助理'), ('specialist', '专科医师'), ('tcm', '中医医师'), ('pharmacist', '药师'), ('rehab', '康复治疗师'), ('psychologist', '心理咨询师'), ('health_manager', '健康管理师'), ('nutritionist', '营养师'), ('other', '其他')], default='other', max_length=20, verbose_name='岗位')),
                ('title', models.CharField(blank=True, max_length=40, verbose_name='职称')),
                ('specialty', models.CharField(blank=True, max_length=100, verbose_name='专业特长')),
                ('password_changed_at', models.DateTimeField(editable=False, null=True, verbose_name='密码修改时间')),
                ('must_change_password', models.BooleanField(default=True, verbose_name='下次登录须改密码')),
                ('large_type', models.BooleanField(default=False, verbose_name='大字版')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='staff', to='teams.department', verbose_name='科室')),
                ('institution', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='staff', to='teams.institution', verbose_name='所属机构')),
            ],
            options={
                'verbose_name': '人员',
                'verbose_name_plural': '人员',
            },
            managers=[
                ('objects', teams.models.Users()),
            ],
        ),
        migrations.CreateModel(
            name='InstitutionHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=20, verbose_name='机构编码')),
                ('name', models.CharField(max_length=100, verbose_name='机构名称')),
                ('type', models.CharField(choices=[('chc', '社区卫生服务中心'), ('township_hospital', '乡镇卫生院'), ('station', '社区卫生服务站'), ('village_clinic', '村卫生室'), ('hospital', '综合医院'), ('tcm_hospital', '中医医院'), ('mch', '妇幼保健院'), ('cdc', '疾病预防控制中心'), ('public_health', '其他专业公共卫生机构'), ('clinic', '诊所（门诊部）'), ('bureau', '卫生健康局')], max_length=20, verbose_name='机构类型')),
                ('level', models.PositiveSmallIntegerField(choices=[(0, '未定级'), (1, '一级'), (2, '二级'), (3, '三级')], default=0, verbose_name='机构级别')),
                ('ownership', models.CharField(choices=[('public', '公立'), ('private', '民营'), ('collective', '集体')], default='public', max_length=10, verbose_name='举办主体')),
                ('serial', models.PositiveSmallIntegerField(help_text='1 至 999，印在协议编号里，区内唯一。', verbose_name='协议编号机构序号')),
                ('area_code', models.CharField(max_length=16, validators=[django.core.validators.RegexValidator('^(\\d{6}|\\d{9}|\\d{12}|\\d{14}|\\d{16})$', '编码应为 6、9、12 位区划代码，或 14、16 位网格编码。')], verbose_name='所在区划代码')),
                ('credit_code', models.CharField(blank=True, max_length=18, verbose_name='统一社会信用代码')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='地址')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='电话')),
                ('complaint_phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='监督电话')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.institution', verbose_name='上级机构')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='teams.institution')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LoginRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='时间')),
                ('username', models.CharField(max_length=150, verbose_name='登录名')),
                ('outcome', models.CharField(choices=[('in', '登录成功'), ('half_in', '密码正确，待动态口令'), ('out', '退出'), ('failed', '登录失败'), ('locked', '锁定'), ('otp_failed', '动态口令错误'), ('idle', '超时退出'), ('password', '修改密码'), ('otp_set', '启用动态口令'), ('otp_codes', '更换备用码'), ('created', '新建账号'), ('reset', '重置密码'), ('unlocked', '解除锁定'), ('ended', '结束登录'), ('otp_reset', '重置动态口令')], max_length=12, verbose_name='事项')),
                ('ip', models.GenericIPAddressField(null=True, verbose_name='IP 地址')),
                ('agent', models.CharField(blank=True, max_length=200, verbose_name='浏览器')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='经办人')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='login_records', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
            ],
            options={
                'verbose_name': '登录日志',
                'verbose_name_plural': '登录日志',
                'indexes': [models.Index(fields=['-at'], name='login_at'), models.Index(fields=['user', '-at'], name='login_user')],
            },
        ),
        migrations.CreateModel(
            name='PasswordRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128)),
                ('set_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='password_records', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '历史密码',
                'verbose_name_plural': '历史密码',
                'indexes': [models.Index(fields=['user', '-set_at'], name='password_user_at')],
            },
        ),
        migrations.CreateModel(
            name='RoleAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('role', models.CharField(choices=[('system_admin', '系统管理员'), ('bureau', '区卫健局工作人员'), ('street', '镇街工作人员'), ('community_steward', '社区健康管家'), ('grid_leader', '网格长'), ('sentinel', '健康哨兵'), ('api_client', '接口客户端'), ('auditor', '审计员'), ('institution_steward', '医疗机构家医管家'), ('dedicated_officer', '专干'), ('hospital_staff', '医院（公卫机构）人员')], max_length=20, verbose_name='角色')),
                ('area_code', models.CharField(blank=True, max_length=16, validators=[django.core.validators.RegexValidator('^(\\d{6}|\\d{9}|\\d{12}|\\d{14}|\\d{16})$', '编码应为 6、9、12 位区划代码，或 14、16 位网格编码。')], verbose_name='区划或网格编码')),
                ('institution', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='role_assignments', to='teams.institution', verbose_name='机构')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_assignments', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
            ],
            options={
                'verbose_name': '角色任命',
                'verbose_name_plural': '角色任命',
                'indexes': [models.Index(fields=['user', 'role'], name='role_user_role')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='role_ends_after_start', violation_error_message='结束日期不能早于开始日期。'), models.CheckConstraint(condition=models.Q(models.Q(('institution__isnull', True), ('role__in', ('system_admin', 'bureau', 'street', 'community_steward', 'grid_leader', 'sentinel', 'api_client', 'auditor')), models.Q(('area_code', ''), _negated=True)), models.Q(('area_code', ''), ('institution__isnull', False), ('role__in', ('institution_steward', 'dedicated_officer', 'hospital_staff'))), _connector='OR'), name='role_has_its_scope', violation_error_message='区域类角色须填区划或网格编码，机构类角色须选机构，二者只填其一。'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('role', 'institution_steward')), expressions=[(core.periods.Same('institution_id'), '&&'), (core.periods.Days(), '&&')], name='one_steward_per_institution', violation_error_code='overlap', violation_error_message='该机构同一时期已有家医管家，请先结束原任命。')],
            },
        ),
        migrations.CreateModel(
            name='RoleAssignmentHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('role', models.CharField(choices=[('system_admin', '系统管理员'), ('bureau', '区卫健局工作人员'), ('street', '镇街工作人员'), ('community_steward', '社区健康管家'), ('grid_leader', '网格长'), ('sentinel', '健康哨兵'), ('api_client', '接口客户端'), ('auditor', '审计员'), ('institution_steward', '医疗机构家医管家'), ('dedicated_officer', '专干'), ('hospital_staff', '医院（公卫机构）人员')], max_length=20, verbose_name='角色')),
                ('area_code', models.CharField(blank=True, max_length=16, validators=[django.core.validators.RegexValidator('^(\\d{6}|\\d{9}|\\d{12}|\\d{14}|\\d{16})$', '编码应为 6、9、12 位区划代码，或 14、16 位网格编码。')], verbose_name='区划或网格编码')),
                ('institution', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.institution', verbose_name='机构')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='teams.roleassignment')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
            ],
            options={
                'verbose_name': '登录会话',
                'verbose_name_plural': '登录会话',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('name', models.CharField(max_length=60, verbose_name='团队名称')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='服务电话')),
                ('service_times', models.CharField(blank=True, max_length=100, verbose_name='服务时间')),
                ('introduction', models.TextField(blank=True, max_length=1000, verbose_name='团队介绍')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='teams', to='teams.institution', verbose_name='所属机构')),
            ],
            options={
                'verbose_name': '家庭医生团队',
                'verbose_name_plural': '家庭医生团队',
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='team_ends_after_start', violation_error_message='结束日期不能早于开始日期。'), models.UniqueConstraint(fields=('institution', 'name'), name='team_name_unique', violation_error_message='本机构已有同名团队。')],
            },
        ),
        migrations.CreateModel(
            name='TeamHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('name', models.CharField(max_length=60, verbose_name='团队名称')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='服务电话')),
                ('service_times', models.CharField(blank=True, max_length=100, verbose_name='服务时间')),
                ('introduction', models.TextField(blank=True, max_length=1000, verbose_name='团队介绍')),
                ('institution', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.institution', verbose_name='所属机构')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='teams.team')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TeamMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('profession', models.CharField(choices=[('gp', '全科医生'), ('nurse', '护士'), ('public_health', '公共卫生医师'), ('assistant', '医生助理'), ('specialist', '专科医师'), ('tcm', '中医医师'), ('pharmacist', '药师'), ('rehab', '康复治疗师'), ('psychologist', '心理咨询师'), ('health_manager', '健康管理师'), ('nutritionist', '营养师'), ('other', '其他')], max_length=20, verbose_name='团队岗位')),
                ('is_leader', models.BooleanField(default=False, verbose_name='团队长')),
                ('tier', models.PositiveSmallIntegerField(choices=[(1, '一级（核心团队）'), (2, '二级'), (3, '三级')], default=1, verbose_name='层级')),
                ('is_dispatched', models.BooleanField(default=False, verbose_name='上级下派')),
                ('duty', models.CharField(blank=True, max_length=200, verbose_name='职责分工')),
                ('home_institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships_abroad', to='teams.institution', verbose_name='派出机构')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='teams.team', verbose_name='团队')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
            ],
            options={
                'verbose_name': '团队成员',
                'verbose_name_plural': '团队成员',
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='membership_ends_after_start', violation_error_message='结束日期不能早于开始日期。'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(core.periods.Same('team_id'), '&&'), (core.periods.Same('user_id'), '&&'), (core.periods.Days(), '&&')], name='member_once_per_team', violation_error_code='overlap', violation_error_message='此人同一时期已在本团队，请先结束原来的成员记录。'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('is_leader', True)), expressions=[(core.periods.Same('team_id'), '&&'), (core.periods.Days(), '&&')], name='one_leader_per_team', violation_error_code='overlap', violation_error_message='本团队同一时期已有团队长，请先结束原团队长。')],
            },
        ),
        migrations.CreateModel(
            name='TeamMembershipHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, help_text='最后有效日；留空表示至今。', null=True, verbose_name='结束日期')),
                ('profession', models.CharField(choices=[('gp', '全科医生'), ('nurse', '护士'), ('public_health', '公共卫生医师'), ('assistant', '医生助理'), ('specialist', '专科医师'), ('tcm', '中医医师'), ('pharmacist', '药师'), ('rehab', '康复治疗师'), ('psychologist', '心理咨询师'), ('health_manager', '健康管理师'), ('nutritionist', '营养师'), ('other', '其他')], max_length=20, verbose_name='团队岗位')),
                ('is_leader', models.BooleanField(default=False, verbose_name='团队长')),
                ('tier', models.PositiveSmallIntegerField(choices=[(1, '一级（核心团队）'), (2, '二级'), (3, '三级')], default=1, verbose_name='层级')),
                ('is_dispatched', models.BooleanField(default=False, verbose_name='上级下派')),
                ('duty', models.CharField(blank=True, max_length=200, verbose_name='职责分工')),
                ('home_institution', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.institution', verbose_name='派出机构')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='teams.teammembership')),
                ('team', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.team', verbose_name='团队')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='UserHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('name', models.CharField(max_length=40, verbose_name='姓名')),
                ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^(1[3-9]\\d{9}|0\\d{2,3}-?\\d{7,8}(-\\d{1,6})?)$', '请填 11 位手机号，或带区号的座机号。')], verbose_name='联系电话')),
                ('wechat', models.CharField(blank=True, max_length=40, verbose_name='微信号')),
                ('profession', models.CharField(choices=[('gp', '全科医生'), ('nurse', '护士'), ('public_health', '公共卫生医师'), ('assistant', '医生助理'), ('specialist', '专科医师'), ('tcm', '中医医师'), ('pharmacist', '药师'), ('rehab', '康复治疗师'), ('psychologist', '心理咨询师'), ('health_manager', '健康管理师'), ('nutritionist', '营养师'), ('other', '其他')], default='other', max_length=20, verbose_name='岗位')),
                ('title', models.CharField(blank=True, max_length=40, verbose_name='职称')),
                ('specialty', models.CharField(blank=True, max_length=100, verbose_name='专业特长')),
                ('password_changed_at', models.DateTimeField(editable=False, null=True, verbose_name='密码修改时间')),
                ('must_change_password', models.BooleanField(default=True, verbose_name='下次登录须改密码')),
                ('large_type', models.BooleanField(default=False, verbose_name='大字版')),
                ('department', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.department', verbose_name='科室')),
                ('institution', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.institution', verbose_name='所属机构')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='institution',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_institutionhistory" ("address", "area_code", "code", "complaint_phone", "credit_code", "id", "is_active", "level", "name", "ownership", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "serial", "type") SELECT old_values."address", old_values."area_code", old_values."code", old_values."complaint_phone", old_values."credit_code", old_values."id", old_values."is_active", old_values."level", old_values."name", old_values."ownership", old_values."parent_id", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."phone", old_values."serial", old_values."type" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='67d841e30a7e62d5a4f4bd1573e3bf99e2ff6635', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_d6444', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='teams_institution', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='institution',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_institutionhistory" ("address", "area_code", "code", "complaint_phone", "credit_code", "id", "is_active", "level", "name", "ownership", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "serial", "type") SELECT old_values."address", old_values."area_code", old_values."code", old_values."complaint_phone", old_values."credit_code", old_values."id", old_values."is_active", old_values."level", old_values."name", old_values."ownership", old_values."parent_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phone", old_values."serial", old_values."type" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='b482c7ab92e80f7b945a5567fbdb59873e31af2b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_0bfe0', referencing='REFERENCING OLD TABLE AS old_values ', table='teams_institution', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_userhistory" ("date_joined", "department_id", "email", "id", "institution_id", "is_active", "is_staff", "is_superuser", "large_type", "must_change_password", "name", "password_changed_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "profession", "specialty", "title", "username", "wechat") SELECT old_values."date_joined", old_values."department_id", old_values."email", old_values."id", old_values."institution_id", old_values."is_active", old_values."is_staff", old_values."is_superuser", old_values."large_type", old_values."must_change_password", old_values."name", old_values."password_changed_at", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."phone", old_values."profession", old_values."specialty", old_values."title", old_values."username", old_values."wechat" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."date_joined" IS DISTINCT FROM (new_values."date_joined") OR old_values."department_id" IS DISTINCT FROM (new_values."department_id") OR old_values."email" IS DISTINCT FROM (new_values."email") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."institution_id" IS DISTINCT FROM (new_values."institution_id") OR old_values."is_active" IS DISTINCT FROM (new_values."is_active") OR old_values."is_staff" IS DISTINCT FROM (new_values."is_staff") OR old_values."is_superuser" IS DISTINCT FROM (new_values."is_superuser") OR old_values."large_type" IS DISTINCT FROM (new_values."large_type") OR old_values."must_change_password" IS DISTINCT FROM (new_values."must_change_password") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."password_changed_at" IS DISTINCT FROM (new_values."password_changed_at") OR old_values."phone" IS DISTINCT FROM (new_values."phone") OR old_values."profession" IS DISTINCT FROM (new_values."profession") OR old_values."specialty" IS DISTINCT FROM (new_values."specialty") OR old_values."title" IS DISTINCT FROM (new_values."title") OR old_values."username" IS DISTINCT FROM (new_values."username") OR old_values."wechat" IS DISTINCT FROM (new_values."wechat")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='2bcaad621cf6fc32282575fae02d0a8fb16a7212', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_5a40a', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='teams_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_userhistory" ("date_joined", "department_id", "email", "id", "institution_id", "is_active", "is_staff", "is_superuser", "large_type", "must_change_password", "name", "password_changed_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "profession", "specialty", "title", "username", "wechat") SELECT old_values."date_joined", old_values."department_id", old_values."email", old_values."id", old_values."institution_id", old_values."is_active", old_values."is_staff", old_values."is_superuser", old_values."large_type", old_values."must_change_password", old_values."name", old_values."password_changed_at", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phone", old_values."profession", old_values."specialty", old_values."title", old_values."username", old_values."wechat" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='99a4d4dc3566c42e3bd6ecd92c5e278c265e8ad3', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_2c6e6', referencing='REFERENCING OLD TABLE AS old_values ', table='teams_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='loginrecord',
            trigger=pgtrigger.compiler.Trigger(name='login_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='cfa432c48677d4f50cc0fd26b8adf12407de664b', operation='UPDATE OR DELETE', pgid='pgtrigger_login_append_only_77ca6', table='teams_loginrecord', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roleassignment',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_roleassignmenthistory" ("area_code", "ends_on", "id", "institution_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "starts_on", "user_id") SELECT new_values."area_code", new_values."ends_on", new_values."id", new_values."institution_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."role", new_values."starts_on", new_values."user_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='d1d4e13b7b485323140cb351cfd59cc93e2a2927', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_e3c25', referencing='REFERENCING NEW TABLE AS new_values ', table='teams_roleassignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roleassignment',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_roleassignmenthistory" ("area_code", "ends_on", "id", "institution_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "starts_on", "user_id") SELECT old_values."area_code", old_values."ends_on", old_values."id", old_values."institution_id", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."role", old_values."starts_on", old_values."user_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='17876bf0d79fb661653397d8207d91642f01d49b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_45387', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='teams_roleassignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roleassignment',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_roleassignmenthistory" ("area_code", "ends_on", "id", "institution_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "starts_on", "user_id") SELECT old_values."area_code", old_values."ends_on", old_values."id", old_values."institution_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."role", old_values."starts_on", old_values."user_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='fe50c0a441664df71760859dcdfb8a3cf11d763f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_8bd71', referencing='REFERENCING OLD TABLE AS old_values ', table='teams_roleassignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_teamhistory" ("ends_on", "id", "institution_id", "introduction", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "service_times", "starts_on") SELECT old_values."ends_on", old_values."id", old_values."institution_id", old_values."introduction", old_values."name", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."phone", old_values."service_times", old_values."starts_on" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='b69f68f71323ac15af723c7d817a50cfc03c9730', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_17c2b', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='teams_team', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_teamhistory" ("ends_on", "id", "institution_id", "introduction", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "service_times", "starts_on") SELECT old_values."ends_on", old_values."id", old_values."institution_id", old_values."introduction", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phone", old_values."service_times", old_values."starts_on" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='19e981555d760064cc47d517d8b35fb5790619c5', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_6cc68', referencing='REFERENCING OLD TABLE AS old_values ', table='teams_team', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teammembership',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_teammembershiphistory" ("duty", "ends_on", "home_institution_id", "id", "is_dispatched", "is_leader", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "profession", "starts_on", "team_id", "tier", "user_id") SELECT new_values."duty", new_values."ends_on", new_values."home_institution_id", new_values."id", new_values."is_dispatched", new_values."is_leader", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."profession", new_values."starts_on", new_values."team_id", new_values."tier", new_values."user_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='9070ce1947a6e30685e38e2ece14081d232431bf', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_809e6', referencing='REFERENCING NEW TABLE AS new_values ', table='teams_teammembership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teammembership',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_teammembershiphistory" ("duty", "ends_on", "home_institution_id", "id", "is_dispatched", "is_leader", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "profession", "starts_on", "team_id", "tier", "user_id") SELECT old_values."duty", old_values."ends_on", old_values."home_institution_id", old_values."id", old_values."is_dispatched", old_values."is_leader", _pgh_attached_context.value, NOW(), \'update\', old_values."id", old_values."profession", old_values."starts_on", old_values."team_id", old_values."tier", old_values."user_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='114670f6b194199382f085de17e4476b9adaaef1', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_27ce3', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='teams_teammembership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teammembership',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "teams_teammembershiphistory" ("duty", "ends_on", "home_institution_id", "id", "is_dispatched", "is_leader", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "profession", "starts_on", "team_id", "tier", "user_id") SELECT old_values."duty", old_values."ends_on", old_values."home_institution_id", old_values."id", old_values."is_dispatched", old_values."is_leader", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."profession", old_values."starts_on", old_values."team_id", old_values."tier", old_values."user_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='cd6a7d02ebc2af00de5b7adb409c8995188073b2', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_19bb8', referencing='REFERENCING OLD TABLE AS old_values ', table='teams_teammembership', when='AFTER')),
        ),
    ]
