"""Tables without a domain word in them."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.fields import SealedTextField


class PolicySetting(models.Model):
    """Numbers of one room from a day on. Rows are added, never changed.

    What has not begun yet is taken back by a further row that names it; both stay readable.
    """

    room = models.CharField("所属模块", max_length=32)
    payload = models.JSONField("参数")
    in_force_from = models.DateField("生效日期")
    source = models.CharField("依据", max_length=200, help_text="文件名称或条目编号。")
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    created_by_id = models.BigIntegerField("登记人", null=True, editable=False)
    withdraws = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="撤销的改动",
        null=True,
        blank=True,
        editable=False,
        related_name="withdrawals",
        db_index=False,
    )

    class Meta:
        verbose_name = verbose_name_plural = "政策参数"
        indexes = [models.Index(fields=["room", "in_force_from"], name="policy_room_from")]
        constraints = [
            models.CheckConstraint(
                name="policy_withdrawal_is_empty",
                condition=models.Q(withdraws__isnull=True) | models.Q(payload={}),
                violation_error_message="撤销改动的一行不能同时修改数值。",
            ),
            models.UniqueConstraint(
                fields=["withdraws"],
                name="policy_withdrawn_once",
                violation_error_message="这次改动已经撤销过了。",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="policy_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.room} 自 {self.in_force_from}"


class ReadLog(models.Model):
    """Who looked at whom: every opened person, reveal and export. Append-only by trigger.

    No foreign key: the log outlives what it speaks of. ``subject_ids`` holds all persons of one page in one row.
    """

    class Action(models.TextChoices):
        VIEW = "view", "查看"
        LIST = "list", "列表"
        REVEAL = "reveal", "查看明文"
        EXPORT = "export", "导出"
        PRINT = "print", "打印"

    at = models.DateTimeField("时间", db_default=Now())
    user_id = models.BigIntegerField("用户编号")
    user_name = models.CharField("用户", max_length=150)
    ip = models.GenericIPAddressField("IP 地址", null=True)
    action = models.CharField("动作", max_length=10, choices=Action)
    subject = models.CharField("对象类别", max_length=40)
    subject_ids = ArrayField(models.BigIntegerField(), verbose_name="对象编号")
    reason = models.CharField("事由", max_length=200, blank=True)
    page = models.CharField("页面", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "查阅日志"
        indexes = [
            GinIndex(fields=["subject_ids"], name="readlog_subjects"),
            models.Index(fields=["user_id", "-at"], name="readlog_user_at"),
            models.Index(fields=["-at"], name="readlog_at"),
        ]
        triggers = [
            pgtrigger.Protect(name="readlog_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.user_name} {self.get_action_display()} {self.subject}×{len(self.subject_ids)}"


class Heartbeat(models.Model):
    """The last sign of life of a background process."""

    name = models.CharField("名称", max_length=40, primary_key=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "心跳"

    def __str__(self) -> str:
        return f"{self.name} {self.at:%F %T}"


class NumberSequence(models.Model):
    """The last serial given out under a prefix; a serial is never given twice."""

    prefix = models.CharField("前缀", max_length=60, primary_key=True)
    last = models.PositiveIntegerField("最后编号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "编号序列"

    def __str__(self) -> str:
        return f"{self.prefix} {self.last}"


class Announcement(models.Model):
    """A fact that a room tells in its own transaction: the topic and the ids it is about, nothing else.

    Written by ``core.events.announce`` only; who wants to know stands in ``config/wiring.py``.
    """

    topic = models.CharField("主题", max_length=60)
    ids = ArrayField(models.BigIntegerField(), verbose_name="对象编号")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "通告"
        indexes = [models.Index(fields=["at"], name="announcement_at")]

    def __str__(self) -> str:
        return f"{self.topic}×{len(self.ids)}"


class Delivery(models.Model):
    """One announcement on its way to one consumer; open until the consumer has done its part.

    Attributes:
        consumer: ``module.function``, as ``config/wiring.py`` names it.
        failure: the kind of the last error, without its words: they could quote personal data.
    """

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="deliveries", db_index=False)
    consumer = models.CharField("接收者", max_length=150)
    due_at = models.DateTimeField("下次投递", db_default=Now())
    attempts = models.PositiveIntegerField("已投递次数", default=0)
    done_at = models.DateTimeField("完成时间", null=True)
    failure = models.CharField("失败原因", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通告投递"
        constraints = [
            models.UniqueConstraint(fields=["announcement", "consumer"], name="delivered_once_per_consumer")
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="delivery_open", condition=Q(done_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} → {self.consumer}"


class OutgoingText(models.Model):
    """One text message on its way to a phone. Written in the transaction that asks for it, sent after the commit.

    Attributes:
        useless_at: when it need not be sent any more; a code that nobody can use only confuses.
        failure: the kind of the last error, without its words.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENT = "sent", "已发送"
        DROPPED = "dropped", "未发送"

    purpose = models.CharField("用途", max_length=40)
    phone = SealedTextField("号码", purpose="text.phone")
    text = SealedTextField("内容", purpose="text.text")
    state = models.CharField("状态", max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("已发送次数", default=0)
    next_try_at = models.DateTimeField("下次发送", db_default=Now())
    useless_at = models.DateTimeField("失效时间")
    created_at = models.DateTimeField("登记时间", db_default=Now())
    done_at = models.DateTimeField("完成时间", null=True)
    failure = models.CharField("失败原因", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "短信"
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="text_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.get_state_display()}"


class JobRun(models.Model):
    """One nightly job on one day: whether it waits, runs, is done or failed. Written by ``core.jobs`` only.

    Attributes:
        lease_until: until when its owner holds it without a further sign of life.
        attempts: of the day; a job that somebody starts by hand begins to count anew.
        result: counts by name, added up over the runs of the day; nothing that names a person.
        failure: the kind of the last error, without its words: they could quote personal data.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待运行"
        RUNNING = "running", "运行中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"

    job = models.CharField("任务", max_length=40)
    day = models.DateField("日期")
    state = models.CharField("状态", max_length=7, choices=State, default=State.WAITING)
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)
    lease_until = models.DateTimeField("占用至", null=True)
    owner = models.CharField("运行者", max_length=70, blank=True)
    attempts = models.PositiveSmallIntegerField("已运行次数", default=0)
    result = models.JSONField("结果", default=dict)
    failure = models.CharField("失败原因", max_length=100, blank=True)
    asked_by_id = models.BigIntegerField("启动人", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "定时任务"
        constraints = [
            models.UniqueConstraint(fields=["job", "day"], name="one_run_per_job_and_day"),
            models.UniqueConstraint(fields=["state"], name="one_job_at_a_time", condition=Q(state="running")),
            models.CheckConstraint(
                name="job_running_under_lease",
                condition=Q(state="running", lease_until__isnull=False)
                | ~Q(state="running") & Q(lease_until__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["day"], name="jobrun_day")]

    def __str__(self) -> str:
        return f"{self.job} {self.day}"


class WrongTries(models.Model):
    """How often somebody guessed wrong lately, under a keyed digest of where he came from. Survives a lost cache."""

    key = models.UUIDField(primary_key=True)
    count = models.PositiveIntegerField("次数", default=0)
    until = models.DateTimeField("清零时间")

    class Meta:
        verbose_name = verbose_name_plural = "输错记录"

    def __str__(self) -> str:
        return f"{self.count}"


class WorkDay(models.Model):
    """A day of which its weekday does not tell whether people work: a public holiday, or a make-up working day.

    A year of which the table holds no day has not been announced yet; until it is, weekends are the guess.
    """

    day = models.DateField("日期", primary_key=True)
    is_working = models.BooleanField("上班")
    name = models.CharField("节日", max_length=20)
    source = models.CharField("依据", max_length=100)

    class Meta:
        verbose_name = verbose_name_plural = "节假日与调休"

    def __str__(self) -> str:
        return f"{self.day:%F} {self.name}{'上班' if self.is_working else '放假'}"


class SendTimes(models.Model):
    """When something that may be used so many times a minute was used last; shared by all workers."""

    name = models.CharField(max_length=80, primary_key=True)
    times = ArrayField(models.DateTimeField(), verbose_name="最近发送时间", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "发送频率"

    def __str__(self) -> str:
        return f"{self.name}×{len(self.times)}"
