"""Numbers on service points, patrols, work days, disclosures and live streams that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from core.policy import load, number

ROOM = "outreach"


@dataclass(frozen=True)
class OutreachPolicy:
    """How often teams go out and tell (C8, C10 of 1.6; 3.12): each number its own rule, none derived from another."""

    service_points_per_grid_min: int = number(
        2, source="S0-24", label="每个网格家庭医生服务点不少于（个）", most=50
    )
    service_points_per_grid_max: int = number(
        3,
        source="S0-24",
        label="每个网格家庭医生服务点不多于（个）",
        most=50,
        not_below="service_points_per_grid_min",
    )
    patrols_per_point_week: int = number(1, source="S0-26", label="每个服务点每周巡诊不少于（次）", most=21)
    community_visits_per_week: int = number(1, source="S1-14", label="团队每周进社区不少于（次）", most=21)
    workdays_per_month_min: int = number(1, source="S2-17", label="每月家庭医生工作日不少于（天）", most=31)
    workdays_per_month_max: int = number(
        2, source="S2-17", label="每月家庭医生工作日不多于（天）", most=31, not_below="workdays_per_month_min"
    )
    workday_grids_min: int = number(1, source="S2-17", label="每个工作日到访网格不少于（个）", most=50)
    disclosure_items: int = number(10, source="S0-23", label="每月公开内容（项，“十公开”）", most=30)
    disclosure_min_channels: int = number(2, source="S0-23", label="每月公开至少通过几种形式", most=10)
    livestreams_per_week: int = number(1, source="S2-10", label="区级机构每周直播不少于（次）", most=21)
    livestream_min_minutes: int = number(30, source="S2-10", label="每次直播不少于（分钟）", most=600)


def policy_on(day: date) -> OutreachPolicy:
    return load(OutreachPolicy, ROOM, day)
