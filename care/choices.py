"""Code lists of care: programs, tasks, records."""

from django.db.models import IntegerChoices, TextChoices


class Program(TextChoices):
    """What a rule belongs to: a programme of the national specification, or a promise of the agreement (3, 3.12)."""

    HYPERTENSION = "hypertension", "高血压患者健康管理"
    DIABETES = "diabetes", "2型糖尿病患者健康管理"
    ELDERLY = "elderly", "老年人健康管理"
    CHILD = "child", "0-6岁儿童健康管理"
    PERINATAL = "perinatal", "孕产妇健康管理"
    SMI = "smi", "严重精神障碍患者管理"
    TB = "tb", "肺结核患者健康管理"
    COPD = "copd", "慢阻肺患者健康服务"
    CONTRACT = "contract", "签约服务"


# Whose very name tells a diagnosis that only named roles may know (residents.choices.RESTRICTED).
RESTRICTED_PROGRAMS = (Program.SMI,)


class ScheduleKind(TextChoices):
    """How the dates of a rule follow from its anchor."""

    INTERVAL = "interval", "按间隔"
    POINTS = "points", "按时间点"
    CALENDAR = "calendar", "按周期"
    ONCE = "once", "一次"


class PlanState(TextChoices):
    RUNNING = "running", "执行中"
    PAUSED = "paused", "暂停"
    ENDED = "ended", "已结束"


class TaskState(TextChoices):
    """Overdue is not a state but a day: due, and past ``closes_on``."""

    DUE = "due", "待办"
    DONE = "done", "已完成"
    DONE_LATE = "done_late", "超期完成"
    MISSED = "missed", "未完成"
    LOST = "lost", "失访"
    REFUSED = "refused", "拒绝"
    CANCELLED = "cancelled", "已取消"


class CloseReason(TextChoices):
    """Why a task was closed without the record that it asked for."""

    DECEASED = "deceased", "死亡"
    MOVED_OUT = "moved_out", "迁出"
    AGREEMENT_ENDED = "agreement_ended", "协议结束"
    FLAG_ENDED = "flag_ended", "不再属于该人群"
    RULE_CHANGED = "rule_changed", "规则改版"
    EPISODE_CLOSED = "episode_closed", "已结案"
    NOT_REACHED = "not_reached", "多次联系不上"
    RESIDENT_REFUSED = "resident_refused", "居民拒绝"
    DONE_ELSEWHERE = "done_elsewhere", "已在其他机构完成"
    NOT_SUITABLE = "not_suitable", "不宜进行"
    OTHER = "other", "其他"


class Urgency(IntegerChoices):
    """How soon a task wants to be looked at; the worklist sorts by it, highest first."""

    ROUTINE = 0, "常规"
    CLOSE = 1, "重点"
    URGENT = 2, "紧急"


class ServiceMode(TextChoices):
    """How a service was given (3)."""

    CLINIC = "clinic", "门诊"
    HOME = "home", "入户"
    STATION = "station", "社区站（卫生室）"
    COMMUNITY = "community", "社区活动"
    HOSPITAL = "hospital", "住院期间"
    PHONE = "phone", "电话"
    ONLINE = "online", "微信等线上"
    SMS = "sms", "短信"
    OTHER = "other", "其他"


# Both stand in one room: what a rule that asks for a face-to-face visit counts.
FACE_TO_FACE = (
    ServiceMode.CLINIC,
    ServiceMode.HOME,
    ServiceMode.STATION,
    ServiceMode.COMMUNITY,
    ServiceMode.HOSPITAL,
)


class RecordState(TextChoices):
    STANDING = "standing", "有效"
    REPLACED = "replaced", "已更正"
    VOIDED = "voided", "已作废"


class ContactOutcome(TextChoices):
    """What came of an attempt to reach somebody (P10)."""

    REACHED = "reached", "联系上"
    NO_ANSWER = "no_answer", "无人接听"
    SWITCHED_OFF = "switched_off", "关机或停机"
    WRONG_NUMBER = "wrong_number", "号码错误"
    NOT_HOME = "not_home", "不在家"
    REFUSED = "refused", "拒绝沟通"
    DELIVERED = "delivered", "短信已送达"
    NOT_DELIVERED = "not_delivered", "短信未送达"


class ReadingKind(TextChoices):
    """What residents measure at home."""

    BLOOD_PRESSURE = "blood_pressure", "血压"
    GLUCOSE_FASTING = "glucose_fasting", "空腹血糖"
    GLUCOSE_AFTER = "glucose_after", "餐后2小时血糖"
    GLUCOSE_RANDOM = "glucose_random", "随机血糖"
    WEIGHT = "weight", "体重"
    OXYGEN = "oxygen", "血氧饱和度"
    HEART_RATE = "heart_rate", "心率"
    TEMPERATURE = "temperature", "体温"


class ReadingSource(TextChoices):
    SELF = "self", "本人或家属自测"
    STAFF = "staff", "医务人员测量"
    DEVICE = "device", "设备上传"
