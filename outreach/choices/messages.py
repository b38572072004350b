"""Code lists of reminders and messages."""

from django.db.models import IntegerChoices, TextChoices


class Audience(TextChoices):
    """Who of those around the team a reminder is for; the higher ones hear of what stays undone."""

    MEMBER = "member", "团队成员"
    LEADER = "leader", "团队长"
    STEWARD = "steward", "医疗机构家医管家"
    BUREAU = "bureau", "区卫健局工作人员"
    PERSON = "person", "指定人员"


class ReminderState(TextChoices):
    OPEN = "open", "未办"
    CLOSED = "closed", "已结束"


class Priority(IntegerChoices):
    """As the urgency of care: what is urgent is told on days off as well."""

    ROUTINE = 0, "常规"
    CLOSE = 1, "重点"
    URGENT = 2, "紧急"


class DeliveryKind(TextChoices):
    """At most one of each a day: the daily digest, and word that something urgent has come up since."""

    DAILY = "daily", "每日汇总"
    URGENT = "urgent", "紧急"


class DeliveryState(TextChoices):
    WAITING = "waiting", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    GIVEN_UP = "given_up", "发送失败"
    UNCLEAR = "unclear", "结果不明"
    DROPPED = "dropped", "不必再发"


class ChannelCode(TextChoices):
    IN_APP = "inapp", "站内消息"
    FILE = "file", "文件（演示）"
    SMS = "sms", "短信"
    WECOM = "wecom", "企业微信群机器人"


# What a person may switch on and off; the inbox is always on.
OUTSIDE = (ChannelCode.FILE, ChannelCode.SMS, ChannelCode.WECOM)
