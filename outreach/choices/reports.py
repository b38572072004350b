"""Code lists of what grid workers send and of what becomes of it (S2-26 to S2-31, S0-10)."""

from django.db.models import IntegerChoices, TextChoices


class ReportKind(TextChoices):
    NEW_PERSON = "new_person", "新增人员"
    CHANGE = "change", "人员变动"
    NEED = "need", "健康需求"
    URGENT = "urgent", "精神障碍紧急情况"
    SYMPTOM = "symptom", "传染病症状"


class ReportState(TextChoices):
    """A clue is confirmed, a need is closed; the way there is the same."""

    NEW = "new", "待响应"
    ASSIGNED = "assigned", "已接单"
    VERIFYING = "verifying", "核实处理中"
    CONFIRMED = "confirmed", "已核实"
    CLOSED = "closed", "已办结"
    DUPLICATE = "duplicate", "重复上报"
    INVALID = "invalid", "情况不属实"
    WITHDRAWN = "withdrawn", "已撤回"


OPEN_STATES = (ReportState.NEW, ReportState.ASSIGNED, ReportState.VERIFYING)


class ReportStep(TextChoices):
    """What is written into the log of a report."""

    SENT = "sent", "上报"
    TAKEN = "taken", "接单"
    PASSED = "passed", "转派"
    VERIFYING = "verifying", "开始核实处理"
    NOTED = "noted", "补充说明"
    ACKED = "acked", "确认收到"
    ESCALATED = "escalated", "超时上报"
    BOOKED = "booked", "登记服务"
    CONFIRMED = "confirmed", "核实确认"
    CLOSED = "closed", "办结"
    DUPLICATE = "duplicate", "判为重复"
    INVALID = "invalid", "判为不属实"
    WITHDRAWN = "withdrawn", "撤回"
    REOPENED = "reopened", "重新打开"


class Outcome(TextChoices):
    """What came of a report, coded; the words to the sentinel are in ``outreach.rules.whistle``."""

    REGISTERED = "registered", "已登记建档"
    FLAGGED = "flagged", "已纳入管理"
    KNOWN = "known", "已在管理"
    UPDATED = "updated", "资料已更新"
    SERVED = "served", "已提供服务"
    CONTACTED = "contacted", "已联系解答"
    PLANNED = "planned", "已安排服务"
    REFERRED = "referred", "已协助转诊"
    PASSED_ON = "passed_on", "已转其他部门"
    REFUSED = "refused", "本人不同意"
    NOT_FOUND = "not_found", "未找到本人"
    NOT_TRUE = "not_true", "核实后不符"
    DUPLICATE = "duplicate", "与已有上报重复"
    NONE = "", "尚无结果"


class ChangeType(TextChoices):
    MOVED_IN = "moved_in", "新搬入"
    MOVED_OUT = "moved_out", "已搬走"
    DIED = "died", "去世"
    PHONE = "phone", "电话变更"


class NeedType(TextChoices):
    VISIT = "visit", "请医生上门"
    MEDICINE = "medicine", "开药取药"
    CHECKUP = "checkup", "体检"
    CONSULT = "consult", "健康咨询"
    REHAB = "rehab", "护理康复"
    REFERRAL = "referral", "转诊住院"
    SIGN = "sign", "想签约"
    OTHER = "other", "其他"


class Symptom(TextChoices):
    """What a lay person can see (S0-10)."""

    FEVER = "fever", "发热"
    FLU_LIKE = "flu_like", "发热伴咳嗽咽痛"
    RASH = "rash", "手足口部皮疹"
    DIARRHEA = "diarrhea", "腹泻呕吐"
    TICK = "tick", "蜱虫叮咬后发热"
    OTHER = "other", "其他"


class UrgentBehavior(TextChoices):
    """S2-27."""

    UNSTABLE = "unstable", "情绪行为明显异常"
    DISTURBING = "disturbing", "可能滋扰或伤害他人"
    HARMING = "harming", "正在伤人毁物"
    SELF_HARM = "self_harm", "有自伤自杀表现"
    MISSING = "missing", "走失"


class AckSide(TextChoices):
    """Who both hear of an urgent report, each with a clock of his own (S2-27)."""

    COMMITTEE = "committee", "村（居）委会"
    TEAM = "team", "家庭医生团队"


class Escalation(IntegerChoices):
    NONE = 0, "未超时"
    LEADER = 1, "已提醒团队长"
    STEWARD = 2, "已报机构家医管家和镇街"
    BUREAU = 3, "已报区卫健局"


class BookedAs(TextChoices):
    """As what the response was entered on the person's agreement."""

    CONTACT = "contact", "联系"
    RECORD = "record", "服务记录"
    SERVICE = "service", "约定服务"
    TASK = "task", "随访任务"


class AlertState(TextChoices):
    OPEN = "open", "待处置"
    HANDLING = "handling", "处置中"
    CLOSED = "closed", "已结束"


class ErrandKind(TextChoices):
    """S2-31."""

    PRESCRIPTION = "prescription", "代开药"
    DELIVERY = "delivery", "送药上门"
    GUIDANCE = "guidance", "用药提醒"


class ErrandState(TextChoices):
    ASKED = "asked", "待接"
    TAKEN = "taken", "办理中"
    DONE = "done", "已办妥"
    FAILED = "failed", "未办成"
    CANCELLED = "cancelled", "已取消"
