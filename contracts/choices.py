"""Code lists of agreements."""

from django.db.models import TextChoices


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
    BASIC_FREE = "basic_free", "基础服务包"
    KEY_POPULATION = "key_population", "重点人群包"
    PERSONALIZED_PAID = "personalized_paid", "个性化有偿包"


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
    TERMINATED = "terminated", "解约"
    EXPIRED = "expired", "到期"


# States in which an enrolment counts as running; the database refuses two of them for one person on one day.
RUNNING = (AgreementState.PENDING_CONFIRM, AgreementState.ACTIVE)
