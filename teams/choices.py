"""Code lists of institutions, people and teams: English code stored, Chinese label shown."""

from django.db.models import IntegerChoices, TextChoices


class InstitutionType(TextChoices):
    CHC = "chc", "社区卫生服务中心"
    TOWNSHIP_HOSPITAL = "township_hospital", "乡镇卫生院"
    STATION = "station", "社区卫生服务站"
    VILLAGE_CLINIC = "village_clinic", "村卫生室"
    HOSPITAL = "hospital", "综合医院"
    TCM_HOSPITAL = "tcm_hospital", "中医医院"
    MCH = "mch", "妇幼保健院"
    CDC = "cdc", "疾病预防控制中心"
    PUBLIC_HEALTH = "public_health", "其他专业公共卫生机构"
    CLINIC = "clinic", "诊所（门诊部）"
    BUREAU = "bureau", "卫生健康局"


class InstitutionLevel(IntegerChoices):
    UNRATED = 0, "未定级"
    FIRST = 1, "一级"
    SECOND = 2, "二级"
    THIRD = 3, "三级"


class Ownership(TextChoices):
    PUBLIC = "public", "公立"
    PRIVATE = "private", "民营"
    COLLECTIVE = "collective", "集体"


class ServiceDepartment(TextChoices):
    """The four departments through which district institutions reach primary ones (S2-9)."""

    CHRONIC = "chronic", "慢病管理服务部"
    TCM = "tcm", "中医养生服务部"
    MCH = "mch", "妇幼健康服务部"
    SPECIALTY = "specialty", "特色专科服务部"
    NONE = "", "一般科室"


class Profession(TextChoices):
    GP = "gp", "全科医生"
    NURSE = "nurse", "护士"
    PUBLIC_HEALTH = "public_health", "公共卫生医师"
    ASSISTANT = "assistant", "医生助理"
    SPECIALIST = "specialist", "专科医师"
    TCM = "tcm", "中医医师"
    PHARMACIST = "pharmacist", "药师"
    REHAB = "rehab", "康复治疗师"
    PSYCHOLOGIST = "psychologist", "心理咨询师"
    HEALTH_MANAGER = "health_manager", "健康管理师"
    NUTRITIONIST = "nutritionist", "营养师"
    OTHER = "other", "其他"


class Role(TextChoices):
    """What somebody may do; where he may do it is the scope of the assignment."""

    SYSTEM_ADMIN = "system_admin", "系统管理员"
    BUREAU = "bureau", "区卫健局工作人员"
    STREET = "street", "镇街工作人员"
    INSTITUTION_STEWARD = "institution_steward", "医疗机构家医管家"
    TEAM_LEADER = "team_leader", "团队长"
    TEAM_MEMBER = "team_member", "团队成员"
    DEDICATED_OFFICER = "dedicated_officer", "专干"
    HOSPITAL_STAFF = "hospital_staff", "医院（公卫机构）人员"
    COMMUNITY_STEWARD = "community_steward", "社区健康管家"
    GRID_LEADER = "grid_leader", "网格长"
    SENTINEL = "sentinel", "健康哨兵"
    API_CLIENT = "api_client", "接口客户端"
    AUDITOR = "auditor", "审计员"


# Which kind of scope a role carries. Team roles come from memberships and are never assigned by hand.
AREA_ROLES = (
    Role.SYSTEM_ADMIN,
    Role.BUREAU,
    Role.STREET,
    Role.COMMUNITY_STEWARD,
    Role.GRID_LEADER,
    Role.SENTINEL,
    Role.API_CLIENT,
    Role.AUDITOR,
)
INSTITUTION_ROLES = (Role.INSTITUTION_STEWARD, Role.DEDICATED_OFFICER, Role.HOSPITAL_STAFF)
# These begin and end with a posting in a grid or village; given alone they would name nobody's place of work.
POSTED_ROLES = (Role.COMMUNITY_STEWARD, Role.GRID_LEADER, Role.SENTINEL)


class Tier(IntegerChoices):
    """Team tier of 1+3+N (S3-3, S3-4); nothing is derived from the digits."""

    CORE = 1, "一级（核心团队）"
    SECOND = 2, "二级"
    THIRD = 3, "三级"
