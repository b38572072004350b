"""Numbers on service points, patrols, disclosures, live streams and reminders that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from core.policy import load, number
from outreach.choices import OUTSIDE, DisclosureUnit

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
    livestream_ahead_weeks: int = number(4, source="S2-10", label="直播提前排到几周后", least=1, most=26)
    livestream_backdate_days: int = number(14, source="S2-10", label="直播最多补录几天前的", most=60)
    vaccine_stale_days: int = number(14, source="S0-23", label="疫苗供应多少天未更新即提示", least=1, most=90)
    education_lectures_center: int = number(
        12, source="3.11", label="中心（卫生院）每年健康讲座不少于（次）", most=200
    )
    education_lectures_station: int = number(
        6, source="3.11", label="站（村卫生室）每年健康讲座不少于（次）", most=200
    )
    education_consultations_center: int = number(
        9, source="3.11", label="中心（卫生院）每年公众咨询不少于（次）", most=200
    )
    education_printed_center: int = number(
        12, source="3.11", label="中心（卫生院）每年印刷资料不少于（种）", most=200
    )
    education_audiovisual_center: int = number(
        6, source="3.11", label="中心（卫生院）每年音像资料不少于（种）", most=200
    )
    education_boards_center: int = number(
        12, source="3.11", label="中心（卫生院）每年宣传栏不少于（期，2个宣传栏每两月更换）", most=200
    )
    education_boards_station: int = number(
        6, source="3.11", label="站（村卫生室）每年宣传栏不少于（期，1个宣传栏每两月更换）", most=200
    )
    renewal_second_days: int = number(
        30, source="P1", label="续签第二次提醒：到期前（天）", least=2, most=180
    )
    renewal_last_days: int = number(7, source="P1", label="续签最后一次提醒：到期前（天）", least=1, most=60)
    task_soon_days: int = number(3, source="P1", label="服务任务应办日期前提醒（天）", least=1, most=30)
    contact_soon_days: int = number(14, source="S2-18", label="季度联系截止前提醒（天）", least=1, most=60)
    escalate_leader_days: int = number(7, source="S2-1", label="超期多少天提醒团队长", least=1, most=365)
    escalate_steward_days: int = number(
        14,
        source="S2-1",
        label="超期多少天提醒机构家医管家",
        least=1,
        most=365,
        not_below="escalate_leader_days",
    )
    escalate_bureau_days: int = number(
        30,
        source="S0-39",
        label="超期多少天提醒区卫健局",
        least=1,
        most=365,
        not_below="escalate_steward_days",
    )
    evidence_days: int = number(7, source="P2", label="签约后多少天仍缺凭证即提醒", least=1, most=90)
    quiet_from_hour: int = number(20, source="P10", label="免打扰：开始（时）", least=18, most=23)
    quiet_to_hour: int = number(8, source="P10", label="免打扰：结束（时）", least=5, most=10)
    urgent_in_quiet_hours: bool = number(False, source="P10", label="紧急提醒在免打扰时段也发送")
    outside_channels: tuple[str, ...] = number(
        ("wecom",),
        source="P10",
        label="未自行设置的人员默认接收渠道（站内消息之外）",
        choices=[(one.value, one.label) for one in OUTSIDE],
    )
    delivery_tries: int = number(8, source="安全上限", label="每条消息最多发送（次）", least=1, most=30)
    reminder_keep_days: int = number(
        180, source="安全上限", label="提醒和消息保留（天）", least=30, most=1095
    )
    clue_respond_days: int = number(3, source="7.3", label="新增人员线索几个工作日内响应", least=1, most=30)
    need_respond_days: int = number(2, source="7.3", label="健康需求几个工作日内响应", least=1, most=30)
    change_respond_days: int = number(3, source="7.3", label="人员变动几个工作日内响应", least=1, most=30)
    symptom_respond_days: int = number(
        1, source="S0-10", label="传染病症状几个工作日内响应", least=1, most=30
    )
    clue_settle_days: int = number(10, source="S2-29", label="线索几个工作日内办结", least=1, most=90)
    need_settle_days: int = number(7, source="S2-29", label="健康需求几个工作日内办结", least=1, most=90)
    whistle_steward_days: int = number(
        1, source="S2-1", label="上报超时几个工作日后报机构家医管家和镇街", least=1, most=30
    )
    whistle_bureau_days: int = number(
        3,
        source="S0-39",
        label="上报超时几个工作日后报区卫健局",
        least=1,
        most=60,
        not_below="whistle_steward_days",
    )
    urgent_ack_minutes: int = number(
        30, source="S2-27", label="精神障碍紧急上报双方确认时限（分钟）", least=5, most=240
    )
    urgent_bureau_minutes: int = number(
        120,
        source="S2-27",
        label="精神障碍紧急上报多少分钟未确认报区卫健局",
        least=10,
        most=1440,
        not_below="urgent_ack_minutes",
    )
    urgent_settle_hours: int = number(
        24, source="S2-27", label="精神障碍紧急上报几小时内办结（自然时间）", least=1, most=240
    )
    duplicate_days: int = number(30, source="7.3", label="多少天内的相似上报提示重复", least=1, most=365)
    allow_hiv_clue: bool = number(False, source="S2-26", label="允许上报艾滋病线索")
    cluster_reports: int = number(3, source="S0-10", label="几例同类症状触发聚集预警（例）", least=2, most=50)
    cluster_days: int = number(7, source="S0-10", label="聚集预警观察多少天", least=1, most=60)
    cluster_quiet_days: int = number(14, source="S0-10", label="聚集预警后多少天不重复预警", least=1, most=90)
    silent_weeks: int = number(2, source="S2-25", label="连续几周没有上报即提醒网格长", least=1, most=26)
    errand_days: int = number(2, source="S2-31", label="代办默认几个工作日内办妥", least=1, most=30)
    visits_ahead_weeks: int = number(4, source="S0-26", label="巡诊提前排到几周后", least=1, most=26)
    visit_backdate_days: int = number(7, source="S0-26", label="外出服务最多补录几天前的", least=0, most=60)
    place_there_m: int = number(100, source="P2", label="离服务点多少米以内算在现场", least=10, most=2000)
    place_near_m: int = number(
        500, source="P2", label="离服务点多少米以内算在附近", least=20, most=10000, not_below="place_there_m"
    )
    booking_days_ahead: int = number(14, source="S0-28", label="服务点可提前几天预约", least=1, most=60)
    bookings_per_phone: int = number(2, source="S0-28", label="同一电话最多同时预约（次）", least=1, most=10)
    booking_tries: int = number(
        30, source="安全上限", label="同一网络地址短时间内最多提交预约表（次）", least=5, most=500
    )
    booking_lock_minutes: int = number(
        60, source="安全上限", label="提交预约表次数过多后停用（分钟）", least=5, most=1440
    )
    disclosure_unit: str = number(
        DisclosureUnit.TEAM.value, source="S0-23", label="十公开由谁发布", choices=DisclosureUnit.choices
    )
    disclosure_draft_day: int = number(1, source="S0-23", label="每月几日自动生成十公开", least=1, most=28)
    disclosure_due_day: int = number(
        10, source="S0-23", label="每月几日前应发布并公开", least=1, most=28, not_below="disclosure_draft_day"
    )
    disclosure_last_days: int = number(
        7, source="S0-23", label="月底前多少天再次提醒未公开的", least=1, most=20
    )
    suppress_below: int = number(5, source="10", label="对外数字少于几人不显示", least=2, most=50)
    proof_backdate_days: int = number(14, source="P2", label="公开凭证最多补登几天前的", least=1, most=90)
    photo_twin_bits: int = number(
        6, source="P2", label="照片相似判定：指纹相差不超过（位，共64位）", least=0, most=20
    )
    public_members_phone: bool = number(True, source="S0-22", label="团队公示显示成员电话、微信")
    public_grid_contacts: bool = number(False, source="S0-22", label="团队公示显示网格长、社区民警及电话")
    public_pages_per_minute: int = number(
        120, source="安全上限", label="同一网络地址每分钟最多打开未缓存的公开页面（次）", least=10, most=5000
    )
    poster_keep_days: int = number(
        7, source="安全上限", label="批量生成的海报文件保留（天）", least=1, most=90
    )
    personal_link_days: int = number(14, source="P2", label="居民一次性链接有效期（天）", least=1, most=90)
    evaluations_per_half_year: int = number(1, source="S2-22", label="网格人员每半年评价不少于（次）", most=1)


def policy_on(day: date) -> OutreachPolicy:
    return load(OutreachPolicy, ROOM, day)
