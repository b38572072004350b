"""Reminders, the digest that tells a person of all of them, and its way to him."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from outreach import querysets
from outreach.choices import (
    OUTSIDE,
    Audience,
    ChannelCode,
    DeliveryKind,
    DeliveryState,
    Priority,
    ReminderState,
)
from teams.models import Team, User


class Reminder(models.Model):
    """Things of one kind that wait for the same people since the same day, as a number; closed when none is left.

    One row for a team and a day, not one for each person: a team of two thousand has some forty things a day in each
    stage, and whoever works is told how many. What they are he sees in the list itself, which is always of now.

    Attributes:
        source, stage: of ``outreach.reminders.SOURCES``; they hold the words and the page.
        subject: what the row is about, stable: "team:12", "patrol:77".
        due_on: the day that the stage counts from: when it is due, closes, ends.
        count: how many are left. urgent: of them, including restricted ones. restricted: further ones, of programmes
            that only named roles may know; said as a number alone.
        dedupe_key: "source:stage:subject:due_on"; raising twice changes nothing.
    """

    dedupe_key = models.CharField("去重键", max_length=120, unique=True)
    source = models.CharField("来源", max_length=20)
    stage = models.CharField("阶段", max_length=20)
    subject = models.CharField("对象", max_length=40)
    title = models.CharField("标题", max_length=80, blank=True)
    audience = models.CharField("提醒对象", max_length=10, choices=Audience)
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="团队", null=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        User, models.PROTECT, verbose_name="人员", null=True, related_name="+", db_index=False
    )
    due_on = models.DateField("应办日期")
    count = models.PositiveIntegerField("件数")
    urgent = models.PositiveIntegerField("其中紧急", default=0)
    restricted = models.PositiveIntegerField("受限项目", default=0)
    priority = models.PositiveSmallIntegerField("紧急程度", choices=Priority, default=Priority.ROUTINE)
    state = models.CharField("状态", max_length=6, choices=ReminderState, default=ReminderState.OPEN)
    raised_on = models.DateField("提醒日期")
    closed_on = models.DateField("结束日期", null=True)

    objects = querysets.ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        constraints = [
            models.CheckConstraint(
                name="reminder_has_somebody",
                condition=Q(audience=Audience.PERSON, user__isnull=False)
                | ~Q(audience=Audience.PERSON) & Q(team__isnull=False),
                violation_error_message="提醒须有团队或人员。",
            ),
            models.CheckConstraint(
                name="reminder_open_while_left",
                condition=Q(state=ReminderState.OPEN, closed_on__isnull=True) & ~Q(count=0, restricted=0)
                | Q(state=ReminderState.CLOSED, closed_on__isnull=False, count=0, restricted=0),
                violation_error_message="未办的提醒须有件数，已结束的须有结束日期。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["source", "stage", "due_on"], name="reminder_open", condition=Q(state="open")
            ),
            models.Index(fields=["closed_on"], name="reminder_closed", condition=Q(state="closed")),
        ]

    def __str__(self) -> str:
        return self.dedupe_key


class Digest(models.Model):
    """What a person is told on one day: all that is open for him, in one message; also the entry of his inbox.

    Rewritten while the day lasts, so that what was done meanwhile is gone from it.

    Attributes:
        lines: [{"source", "stage", "count", "urgent", "restricted", "title"}], the words come from the sources.
        urgent: sum over the lines.
        shown_at: when it came into the inbox.
    """

    recipient = models.ForeignKey(
        User, models.CASCADE, verbose_name="收件人", related_name="digests", db_index=False
    )
    on = models.DateField("日期")
    lines = models.JSONField("内容", default=list)
    urgent = models.PositiveIntegerField("其中紧急", default=0)
    written_at = models.DateTimeField("汇总时间", db_default=Now())
    shown_at = models.DateTimeField("送达时间", null=True)
    read_at = models.DateTimeField("阅读时间", null=True)

    objects = querysets.DigestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "每日提醒"
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "on"],
                name="one_digest_a_day",
                violation_error_message="当天的提醒已经汇总。",
            )
        ]
        indexes = [
            models.Index(
                fields=["recipient"],
                name="digest_unread",
                condition=Q(read_at__isnull=True, shown_at__isnull=False),
            ),
            models.Index(fields=["on"], name="digest_day"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} {self.on:%F}"


class DigestDelivery(models.Model):
    """One digest on its way through one channel. Claimed under a lease, sent under its key, stamped.

    Attributes:
        key: the same for every try, so that a gateway that has it already does not send it again.
        lease_until: while a worker is at it; past it, the worker has died.
        failure: the kind of the last error, without its words: they could quote a number.
    """

    digest = models.ForeignKey(Digest, models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField("渠道", max_length=10, choices=ChannelCode)
    kind = models.CharField("类别", max_length=10, choices=DeliveryKind, default=DeliveryKind.DAILY)
    key = models.UUIDField("幂等键", default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField("状态", max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField("已发送次数", default=0)
    next_try_at = models.DateTimeField("下次发送")
    lease_until = models.DateTimeField("占用至", null=True)
    done_at = models.DateTimeField("完成时间", null=True)
    failure = models.CharField("失败原因", max_length=100, blank=True, default="")

    objects = querysets.DigestDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息发送"
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "channel", "kind"],
                name="delivered_once_per_channel",
                violation_error_message="这条消息已经安排发送。",
            ),
            models.CheckConstraint(
                name="delivery_sending_under_lease",
                condition=Q(state=DeliveryState.SENDING, lease_until__isnull=False)
                | ~Q(state=DeliveryState.SENDING) & Q(lease_until__isnull=True),
                violation_error_message="发送中的消息须有占用期限。",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="delivery_waiting", condition=Q(state="waiting")),
            models.Index(fields=["lease_until"], name="delivery_leased", condition=Q(state="sending")),
        ]

    def __str__(self) -> str:
        return f"{self.digest_id} {self.channel} {self.get_state_display()}"


class MessageSetting(models.Model):
    """Through which outside channels a person wants to be told; without a row, as the policy says."""

    user = models.OneToOneField(
        User, models.CASCADE, verbose_name="人员", primary_key=True, related_name="message_setting"
    )
    channels = ArrayField(
        models.CharField(max_length=10, choices=[(one.value, one.label) for one in OUTSIDE]),
        verbose_name="接收渠道",
        default=list,
        blank=True,
    )

    objects = querysets.OwnQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息设置"

    def __str__(self) -> str:
        return f"{self.user_id} {'、'.join(self.channels)}"
