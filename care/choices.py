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
    """Ended: nobody asks for it any more. Finished: the series is over, nothing follows (a child of seven)."""

    RUNNING = "running", "执行中"
    PAUSED = "paused", "暂停"
    ENDED = "ended", "已终止"
    FINISHED = "finished", "已全部完成"


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
    MERGED = "merged", "并入另一份登记"
    AGREEMENT_ENDED = "agreement_ended", "协议结束"
    FLAG_ENDED = "flag_ended", "不再属于该人群"
    RULE_CHANGED = "rule_changed", "规则改版"
    EPISODE_CLOSED = "episode_closed", "已结案"
    RECORD_VOIDED = "record_voided", "起因记录已更正或作废"
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


class ConsentForm(TextChoices):
    """How the risks of a service at home were agreed to (S1-8)."""

    INK = "ink", "手写签名"
    PAPER = "paper", "纸质签名"


class HomeServiceKind(TextChoices):
    VISIT = "visit", "上门出诊"
    NURSING = "nursing", "上门护理"
    REHAB = "rehab", "上门康复"
    TCM = "tcm", "上门中医服务"
    PHARMACY = "pharmacy", "上门药学服务"


class OrderState(TextChoices):
    """Asked for, agreed to, given a day, done."""

    REQUESTED = "requested", "待告知风险"
    AGREED = "agreed", "待约定日期"
    SCHEDULED = "scheduled", "已约定"
    DONE = "done", "已完成"
    CANCELLED = "cancelled", "已取消"


OPEN_ORDERS = (OrderState.REQUESTED, OrderState.AGREED, OrderState.SCHEDULED)


class BedGround(TextChoices):
    """Why somebody needs a bed at home (S4-10)."""

    BEDRIDDEN = "bedridden", "长期卧床、行动不便"
    STROKE = "stroke", "脑卒中后遗症康复期"
    FRACTURE = "fracture", "骨折、手术后康复期"
    TUMOR = "tumor", "肿瘤晚期需支持治疗"
    CHRONIC = "chronic", "慢性病需连续治疗"
    TERMINAL = "terminal", "安宁疗护"
    OTHER = "other", "其他"


class BedState(TextChoices):
    ASSESSED = "assessed", "已评估，待建床"
    OPEN = "open", "在床"
    CLOSED = "closed", "已撤床"
    DECLINED = "declined", "未建床"


OPEN_BEDS = (BedState.ASSESSED, BedState.OPEN)


class BedClosing(TextChoices):
    RECOVERED = "recovered", "好转，不再需要"
    HOSPITALIZED = "hospitalized", "病情变化，转住院"
    DECEASED = "deceased", "死亡"
    REQUESTED = "requested", "居民或家属要求"
    MOVED = "moved", "迁出服务区域"
    OTHER = "other", "其他"


class HandoverMode(TextChoices):
    """Who follows up perinatal women, children and disabled persons (C7)."""

    NONE = "NONE", "团队自行随访"
    TO_OFFICER = "TO_OFFICER", "移交专干跟踪"


class HandoverState(TextChoices):
    """A person of one population class on his way to a dedicated officer, and back (S1-22)."""

    OFFERED = "offered", "待专干接收"
    ACCEPTED = "accepted", "专干跟踪中"
    DECLINED = "declined", "专干未接收"
    WITHDRAWN = "withdrawn", "已撤回"
    RETURNED = "returned", "已交回团队"
    ENDED = "ended", "已结束"


RUNNING_HANDOVERS = (HandoverState.OFFERED, HandoverState.ACCEPTED)


class HandoverReason(TextChoices):
    """Why a handover was declined, came back or ended."""

    NOT_OF_CLASS = "not_of_class", "不属于该人群"
    OTHER_AREA = "other_area", "不在本人负责范围"
    NOT_REACHED = "not_reached", "联系不上"
    WISH = "wish", "居民要求由团队服务"
    OVERLOAD = "overload", "人手不足"
    OFFICER_CHANGED = "officer_changed", "更换专干"
    MISTAKE = "mistake", "移交有误"
    LEFT = "left", "死亡、迁出或失访"
    CLASS_ENDED = "class_ended", "不再属于该人群"
    NOT_SIGNED = "not_signed", "与移交团队的签约已结束"
    OTHER = "other", "其他"


class ReferralDirection(TextChoices):
    UP = "up", "上转"
    DOWN = "down", "下转"


class ReferralLevel(IntegerChoices):
    """The four levels of 1+1+1+1 (S4-4); the first three are home, base and center of the three highs (3.9)."""

    STATION = 1, "社区站、村卫生室（三高之家）"
    CENTER = 2, "社区中心、卫生院（三高基地）"
    SECOND = 3, "区级医院（三高中心）"
    THIRD = 4, "市级三级医院"


class ReferralState(TextChoices):
    SENT = "sent", "待接诊方答复"
    ACCEPTED = "accepted", "已接收，待就诊"
    RETURNED = "returned", "已退回"
    SEEN = "seen", "已就诊"
    HANDED_DOWN = "handed_down", "待团队接续"
    TAKEN_OVER = "taken_over", "团队接续中"
    CLOSED = "closed", "已办结"
    CANCELLED = "cancelled", "已取消"


OPEN_REFERRALS = (
    ReferralState.SENT,
    ReferralState.ACCEPTED,
    ReferralState.SEEN,
    ReferralState.HANDED_DOWN,
    ReferralState.TAKEN_OVER,
)


class ReferralReason(TextChoices):
    """Why somebody is sent up (3.1, 3.2, 3.5 to 3.8), or down (S2-21)."""

    CRITICAL = "critical", "出现危急情况"
    UNCONTROLLED = "uncontrolled", "连续两次控制不满意"
    REACTION = "reaction", "药物不良反应难以控制"
    NEW_COMPLICATION = "new_complication", "出现新的并发症"
    WORSE_COMPLICATION = "worse_complication", "原有并发症加重"
    CONFIRM = "confirm", "需确诊检查"
    UNSTABLE = "unstable", "病情不稳定"
    PREGNANCY_RISK = "pregnancy_risk", "孕产期异常或高危"
    CHILD = "child", "儿童健康检查异常"
    SUSPECTED_TB = "suspected_tb", "疑似肺结核"
    SPECIALIST = "specialist", "需专科诊疗"
    TREATMENT = "treatment", "后续治疗"
    REHAB = "rehab", "康复"
    NURSING = "nursing", "护理"
    STABLE = "stable", "病情稳定，转回管理"
    OTHER = "other", "其他"


DOWN_REASONS = (
    ReferralReason.TREATMENT,
    ReferralReason.REHAB,
    ReferralReason.NURSING,
    ReferralReason.STABLE,
    ReferralReason.OTHER,
)
UP_REASONS = tuple(one for one in ReferralReason if one not in DOWN_REASONS or one == ReferralReason.OTHER)


class ReturnReason(TextChoices):
    """Why a referral is sent back."""

    NOT_OURS = "not_ours", "不属本机构（科室）诊疗范围"
    NO_CAPACITY = "no_capacity", "暂无号源或床位"
    NOT_NEEDED = "not_needed", "可在基层处理"
    INCOMPLETE = "incomplete", "资料不全，请补充后重新转诊"
    NO_SHOW = "no_show", "居民未按时就诊"
    NOT_OUR_PERSON = "not_our_person", "不是本团队签约居民"
    OTHER = "other", "其他"


class ReferralOutcome(TextChoices):
    """What the home team found when it closed a referral."""

    SEEN = "seen", "已就诊，情况已了解"
    ELSEWHERE = "elsewhere", "已在其他医院就诊"
    CONTINUED = "continued", "已按医嘱接续治疗、康复或护理"
    NOT_WENT = "not_went", "居民未就诊"
    DIED = "died", "居民已死亡"


# Somebody was helped: what counts as fulfilled.
HELPED = (ReferralOutcome.SEEN, ReferralOutcome.ELSEWHERE, ReferralOutcome.CONTINUED)


class AccountKind(TextChoices):
    """The first two belong to a person or a household, the others to the district: where points come from and go to."""

    OWN = "own", "可用积分"
    DEBT = "debt", "待扣回"
    ISSUED = "issued", "发放"
    REDEEMED = "redeemed", "兑换"
    EXPIRED = "expired", "过期"


class PointKind(TextChoices):
    """What moved points."""

    EARN = "earn", "服务得分"
    REVERSE = "reverse", "记录作废扣回"
    REDEEM = "redeem", "兑换"
    CANCEL = "cancel", "取消兑换"
    EXPIRE = "expire", "过期"
    MERGE = "merge", "登记合并转入"


class PointPeriod(TextChoices):
    """Within what a rule counts at most so many times."""

    NONE = "none", "不限次数"
    MONTH = "month", "每月"
    QUARTER = "quarter", "每季度"
    YEAR = "year", "每年"


class PointsPool(TextChoices):
    """Whose points are (C14)."""

    NONE = "none", "不开展积分"
    PERSON = "person", "个人"
    HOUSEHOLD = "household", "家庭"


class GoodsKind(TextChoices):
    SERVICE = "service", "医疗服务抵扣"
    CHECK_UP = "check_up", "健康检查"
    TCM = "tcm", "中医服务"
    GOODS = "goods", "健康用品"


class RedemptionState(TextChoices):
    DONE = "done", "已兑换"
    CANCELLED = "cancelled", "已取消"


class Part(TextChoices):
    """Parts of the worklist. Every open task stands in exactly one of the first four; ``MINE`` goes across."""

    TODAY = "today", "今天"
    OVERDUE = "overdue", "超期"
    WEEK = "week", "本周"
    LATER = "later", "之后"
    MINE = "mine", "我的安排"


class Grouping(TextChoices):
    """How the rows of a page are gathered."""

    TASK = "task", "逐项"
    PERSON = "person", "按人"
    HOUSEHOLD = "household", "按家庭"
    ROUTE = "route", "按楼栋路线"
    RULE = "rule", "按服务项目"


class PaperKind(TextChoices):
    """Forms whose record the resident takes home on paper, by the code of the form."""

    HEALTH_PLAN = "health_plan", "健康管理计划"
    EDUCATION = "education", "健康教育处方"
