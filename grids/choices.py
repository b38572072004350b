"""Code lists of places and of the people who work them."""

from django.db.models import IntegerChoices, TextChoices


class AreaLevel(IntegerChoices):
    DISTRICT = 1, "区县"
    TOWNSHIP = 2, "镇街"
    VILLAGE = 3, "村居"


class GridLevel(IntegerChoices):
    GRID = 1, "网格"
    MICRO = 2, "微网格"


class BuildingKind(TextChoices):
    APARTMENT = "apartment", "楼宇"
    HOUSE = "house", "平房（院落）"
    COLLECTIVE = "collective", "集体宿舍（养老机构等）"


class OrganizationType(TextChoices):
    """Functional communities (S3-24)."""

    GOVERNMENT = "government", "党政机关"
    ENTERPRISE = "enterprise", "企事业单位"
    INDUSTRIAL_PARK = "industrial_park", "产业园区"
    OFFICE_BUILDING = "office_building", "商务楼宇"
    SCHOOL = "school", "学校"
    NURSING_HOME = "nursing_home", "养老机构"


class PostingRole(TextChoices):
    """Who works a place: the community health team (S2-4 to S2-6) and outside partners (S3-8, S0-22)."""

    COMMUNITY_STEWARD = "community_steward", "社区健康管家"
    GRID_LEADER = "grid_leader", "网格长"
    SENTINEL = "sentinel", "健康哨兵"
    COMMISSION = "commission", "公共卫生委员会成员"
    POLICE = "police", "社区民警"
    REHAB_COORDINATOR = "rehab_coordinator", "残疾人社区康复协调员"
    SPORTS_INSTRUCTOR = "sports_instructor", "社会体育指导员"


VILLAGE_POSTS = (
    PostingRole.COMMUNITY_STEWARD,
    PostingRole.COMMISSION,
    PostingRole.POLICE,
    PostingRole.REHAB_COORDINATOR,
    PostingRole.SPORTS_INSTRUCTOR,
)


class SentinelOrigin(TextChoices):
    """Where a sentinel comes from (S2-6)."""

    FULL_TIME = "full_time", "专职网格员"
    PART_TIME = "part_time", "兼职网格员"
    BUILDING_HEAD = "building_head", "楼长"
    PROPERTY = "property", "物业人员"
    VOLUNTEER = "volunteer", "热心居民"
    NONE = "", "不适用"


class PairingLevel(TextChoices):
    """The three horizontal pairings (S2-7)."""

    STEWARD = "steward", "机构家医管家 — 社区健康管家"
    LEADER = "leader", "团队长 — 网格长"
    MEMBER = "member", "团队成员 — 健康哨兵"


PAIRED_POST = {
    PairingLevel.STEWARD: PostingRole.COMMUNITY_STEWARD,
    PairingLevel.LEADER: PostingRole.GRID_LEADER,
    PairingLevel.MEMBER: PostingRole.SENTINEL,
}


class Gap(TextChoices):
    """What is missing in a village or a grid (S0-19, S2-4 to S2-7, S3-28); the code is also the report's column."""

    VILLAGE_GRID = "village_grid", "村居未划网格"
    VILLAGE_TEAM = "village_team", "村居无团队"
    VILLAGE_STEWARD = "village_steward", "村居无健康管家"
    STEWARD_PAIR = "steward_pair", "管家未结对"
    GRID_TEAM = "grid_team", "网格无团队"
    GRID_LEADER = "grid_leader", "网格无网格长"
    GRID_SENTINEL = "grid_sentinel", "网格无哨兵"
    LEADER_PAIR = "leader_pair", "网格长未结对"
    MEMBER_PAIR = "member_pair", "哨兵未结对"


VILLAGE_GAPS = (Gap.VILLAGE_GRID, Gap.VILLAGE_TEAM, Gap.VILLAGE_STEWARD, Gap.STEWARD_PAIR)
GRID_GAPS = (Gap.GRID_TEAM, Gap.GRID_LEADER, Gap.GRID_SENTINEL, Gap.LEADER_PAIR, Gap.MEMBER_PAIR)
