"""Code lists of agreements."""

from django.db.models import IntegerChoices, TextChoices


class AgreementKind(TextChoices):
    INDIVIDUAL = "individual", "个人协议"
    HOUSEHOLD = "household", "家庭协议"
    SUPPLEMENTARY = "supplementary", "补充协议"


class AgreementState(TextChoices):
    DRAFT = "draft", "草稿"
    PENDING_CONFIRM = "pending_confirm", "待确认"
    ACTIVE = "active", "生效"
    RENEWED = "renewed", "已续签"
    EXPIRED = "expired", "到期"
    TERMINATED = "terminated", "已解约"
    TRANSFERRED = "transferred", "已转签"
    VOID = "void", "作废"


class Signatory(TextChoices):
    TEAM = "team", "团队"
    DOCTOR = "doctor", "医生个人"


class SignChannel(TextChoices):
    """Where the signing took place (S1-14 and later additions)."""

    CLINIC_VISIT = "clinic_visit", "门诊或住院就诊时"
    KEY_SERVICE_VISIT = "key_service_visit", "重点人群到机构接受服务时"
    HOME_VISIT_WEEKLY = "home_visit_weekly", "团队每周入户"
    HOME_VISIT_CAMPAIGN = "home_visit_campaign", "结合创建活动入户"
    COMMUNITY_SESSION = "community_session", "社区（卫康室）集中签约"
    CHECKUP_SESSION = "checkup_session", "老年人集中体检时"
    SERVICE_POINT = "service_point", "家庭医生服务点"
    ORG_ONSITE = "org_onsite", "进单位现场签约"
    NURSING_HOME = "nursing_home", "养老机构"
    ONLINE_RESIDENT = "online_resident", "居民线上申请"
    ONLINE_DOCTOR = "online_doctor", "医生移动端"


class SignMode(TextChoices):
    ELECTRONIC = "electronic", "电子签名"
    PAPER = "paper", "纸质签名"


class SignerParty(TextChoices):
    RESIDENT = "resident", "居民本人"
    GUARDIAN = "guardian", "监护人"
    DOCTOR = "doctor", "家庭医生"


class Occasion(TextChoices):
    """What a signature was given for (a termination is confirmed by signature as well, S1-13)."""

    SIGNING = "signing", "签约"
    ENDING = "ending", "解约"


class PackageKind(TextChoices):
    """Kinds of package (4.4)."""

    BASIC_FREE = "basic_free", "基础服务包"
    KEY_POPULATION = "key_population", "重点人群包"
    FAMILY_MENU = "family_menu", "家庭服务包（菜单）"
    PERSONALIZED_PAID = "personalized_paid", "个性化有偿包"
    DISEASE_COURSE = "disease_course", "专病疗程包"
    FUNCTIONAL_COMMUNITY = "functional_community", "功能社区包"


class ServiceTier(IntegerChoices):
    """How much of a team a package needs: the core team, or one with specialists joined to it (S3-3, S3-4)."""

    PRIMARY = 1, "初级"
    INTERMEDIATE = 2, "中级"
    ADVANCED = 3, "高级"


class ItemNature(TextChoices):
    BASIC = "basic", "基本服务"
    VALUE_ADDED = "value_added", "增值服务"
    DRUG = "drug", "药品"
    FEE = "fee", "收费项目"
    SET = "set", "组合"


class ItemLevel(IntegerChoices):
    """Business, project, service, item: how far an entry of the catalog is broken down (4.4)."""

    BUSINESS = 1, "业务"
    PROJECT = 2, "项目"
    SERVICE = 3, "服务"
    ITEM = 4, "子项"


class ProofKind(TextChoices):
    """The record that shows a service was done."""

    AGREEMENT = "agreement", "签约协议"
    HEALTH_RECORD = "health_record", "健康档案"
    HEALTH_PLAN = "health_plan", "健康管理计划"
    FOLLOW_UP = "follow_up", "随访记录表"
    CHECK_UP = "check_up", "体检（检查）记录"
    CONTACT = "contact", "联系记录"
    HOME_VISIT = "home_visit", "入户服务记录"
    REFERRAL = "referral", "转诊（预约）记录"
    HANDOUT = "handout", "健康教育发放（活动）记录"
    ASSESSMENT = "assessment", "评估表"
    CONSULTATION = "consultation", "诊疗（咨询）记录"
    MANUAL = "manual", "人工登记"


class Frequency(TextChoices):
    """How often an item is promised; SCHEDULE and NEED stand without a number."""

    TERM = "term", "协议期内"
    WEEK = "week", "每周"
    MONTH = "month", "每月"
    QUARTER = "quarter", "每季度"
    HALF_YEAR = "half_year", "每半年"
    YEAR = "year", "每年"
    COURSE = "course", "每疗程"
    SCHEDULE = "schedule", "按规定时间"
    NEED = "need", "按需"


# Promised without a number: dated by the national schedule, or given when asked for.
UNCOUNTED = (Frequency.SCHEDULE, Frequency.NEED)


class LabelGroup(TextChoices):
    """The slogans of home care for elders; what each stands for is the bureau's to say (S3-15)."""

    GUARANTEE = "guarantee", "五保障"
    PRIORITY = "priority", "四优先"
    FOCUS = "focus", "四重点"


class RenewalMode(TextChoices):
    """What silence at the end of the term means (C1: S0-8 and S1-13 disagree)."""

    EXPLICIT = "EXPLICIT", "到期须重新签名续签"
    AUTO_UNLESS_TERMINATED = "AUTO_UNLESS_TERMINATED", "无人提出即自动续签"


class TerminationReason(TextChoices):
    DEATH = "death", "死亡"
    MOVED_OUT = "moved_out", "迁出"
    LOST_ONE_YEAR = "lost_one_year", "失访满一年"
    REFUSED_ONE_YEAR = "refused_one_year", "拒绝服务满一年"
    RESIDENT_REQUEST = "resident_request", "居民申请解约"
    CHANGE_TEAM = "change_team", "改签其他团队"
    MERGED_DUPLICATE = "merged_duplicate", "重复登记合并"
    FEE_VOID = "fee_void", "费用作废"
    OTHER = "other", "其他"


class EventKind(TextChoices):
    SIGNED = "signed", "签约"
    SUBMITTED = "submitted", "提交待确认"
    CONFIRMED = "confirmed", "居民确认"
    APPROVED = "approved", "补录审批通过"
    TERMINATED = "terminated", "解约"
    EXPIRED = "expired", "到期"
    RENEWED = "renewed", "续签"
    TRANSFERRED = "transferred", "转签"
    VOIDED = "voided", "作废"
    AMENDED = "amended", "更正或变更"
    JOINED = "joined", "成员加入"
    LEFT = "left", "成员退出"
    DOCTOR = "doctor", "更换医生"
    REASSIGNED = "reassigned", "移交团队"
    REACHED = "reached", "联系上居民"
    EVIDENCE = "evidence", "补充凭证"
    DISPUTED = "disputed", "居民异议"
    REVIEWED = "reviewed", "核查"
    UNDONE = "undone", "撤销批量办理"


# States in which an enrolment counts as running; the database refuses two of them for one person on one day.
RUNNING = (AgreementState.PENDING_CONFIRM, AgreementState.ACTIVE)


class DocumentKind(TextChoices):
    """What is printed from a text of the bureau's own; the first three are the kinds of agreement."""

    INDIVIDUAL = AgreementKind.INDIVIDUAL.value, "个人协议书"
    HOUSEHOLD = AgreementKind.HOUSEHOLD.value, "家庭协议书"
    SUPPLEMENTARY = AgreementKind.SUPPLEMENTARY.value, "补充协议书"
    NOTICE_SIGNED = "notice_signed", "签约告知书"
    NOTICE_RENEWAL = "notice_renewal", "到期续签告知书"
    NOTICE_ENDED = "notice_ended", "服务终止告知书"
    CONTACT_CARD = "contact_card", "团队联系卡"
    LETTER_SIGNING = "letter_signing", "致居民的信（签约）"
    LETTER_RECORD = "letter_record", "致居民的信（健康档案）"
    LETTER_POINTS = "letter_points", "致居民的信（积分兑换）"


NOTICES = (DocumentKind.NOTICE_SIGNED, DocumentKind.NOTICE_RENEWAL, DocumentKind.NOTICE_ENDED)
LETTERS = (DocumentKind.LETTER_SIGNING, DocumentKind.LETTER_RECORD, DocumentKind.LETTER_POINTS)


class ConsentWay(TextChoices):
    """How a covered person agreed; nobody is signed without knowing (4.7, P2)."""

    SIGNED = "signed", "本人签名"
    IN_PERSON = "in_person", "本人当面同意"
    BY_PHONE = "by_phone", "本人电话同意"
    GUARDIAN = "guardian", "监护人同意"


class ReachWay(TextChoices):
    """How somebody of the team spoke with a resident."""

    PHONE = "phone", "电话"
    HOME = "home", "入户"
    CLINIC = "clinic", "门诊或到机构"
    ONLINE = "online", "微信等线上"


class RenewalKind(TextChoices):
    """How a term came about; automatic renewals are counted apart (C1, P13)."""

    FIRST = "first", "首次签约"
    EXPLICIT = "explicit", "签名续签"
    AUTO = "auto", "自动续签"


class WaitsFor(TextChoices):
    """Whose word a pending agreement waits for."""

    RESIDENT = "resident", "居民确认"
    APPROVAL = "approval", "补录审批"


class EvidenceKind(TextChoices):
    PHOTO = "photo", "签约现场照片"
    PAPER_SCAN = "paper_scan", "纸质协议扫描件"
    ID_PHOTO = "id_photo", "证件照片"
    OTHER = "other", "其他材料"


class ConfirmWay(TextChoices):
    """How the resident confirmed that he signed."""

    CODE = "code", "短信验证码"
    LINK = "link", "居民链接"
    ID_PHOTO = "id_photo", "证件照片（无手机）"


class RequestState(TextChoices):
    OPEN = "open", "待处理"
    ACCEPTED = "accepted", "已同意"
    REFUSED = "refused", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"
    DONE = "done", "已办结"


class RefusalReason(TextChoices):
    """Why a resident does not sign; asked again on the day named in the record (P16)."""

    NOT_NEEDED = "not_needed", "认为不需要"
    NO_TRUST = "no_trust", "对服务没有信心"
    OTHER_DOCTOR = "other_doctor", "已有其他医生"
    PRIVACY = "privacy", "不愿提供个人信息"
    AWAY = "away", "长期不在本地"
    OTHER = "other", "其他"


class MassKind(TextChoices):
    RENEW = "renew", "批量续签"
    REASSIGN = "reassign", "批量移交团队"


class MassState(TextChoices):
    PREVIEWED = "previewed", "待确认"
    DONE = "done", "已办理"
    UNDONE = "undone", "已撤销"
    DROPPED = "dropped", "已放弃"


class ReviewKind(TextChoices):
    """What makes a signing worth a second look; a reason to ask, never a proof of guilt (P2)."""

    BURST = "burst", "短时间内大量签约"
    NIGHT = "night", "夜间签约"
    SHARED_PHONE = "shared_phone", "同一电话登记多户"
    SAME_INK = "same_ink", "签名图像完全相同"
    AFTER_DEATH = "after_death", "死亡后签约"
    STAFF_PHONE = "staff_phone", "居民电话是工作人员电话"
    FAR_AWAY = "far_away", "签约地点远离住址"
    DISPUTED = "disputed", "居民提出异议"


class ReviewState(TextChoices):
    OPEN = "open", "待核查"
    CLEARED = "cleared", "核查无误"
    CONFIRMED = "confirmed", "属实，已处理"
