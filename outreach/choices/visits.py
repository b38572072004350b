"""Code lists of service points, patrols and bookings (S0-24 to S0-28, S1-14, S2-17, S4-8)."""

from django.db.models import IntegerChoices, TextChoices


class Venue(TextChoices):
    """Where a service point is kept (S0-24); the committee health room is its own kind (S1-20)."""

    HEALTH_ROOM = "health_room", "卫康室"
    PARTY_SERVICE = "party_service", "党群服务中心"
    DAY_CARE = "day_care", "日间照料中心"
    PROPERTY = "property", "物业办公室"
    BOOTH = "booth", "便民小屋"
    SQUARE = "square", "广场"
    GYM = "gym", "健身场所"
    SUPERMARKET = "supermarket", "超市"
    LOBBY = "lobby", "楼宇大堂"
    OTHER = "other", "其他"


class PointService(TextChoices):
    """What is offered and counted at a visit (S0-27)."""

    RECORD = "record", "建立健康档案"
    SIGN = "sign", "签约"
    PRESSURE = "pressure", "测血压"
    GLUCOSE = "glucose", "测血糖"
    CONSULT = "consult", "健康咨询"
    LONG_PRESCRIPTION = "long_prescription", "长处方续方"
    EDUCATION = "education", "健康教育"
    FOLLOW_UP = "follow_up", "随访"
    OTHER = "other", "其他服务"


class Handout(TextChoices):
    """S1-18."""

    NOTICE = "notice", "签约告知书"
    LETTER = "letter", "致居民的一封信"
    CARD = "card", "家庭医生联系卡"
    LEAFLET = "leaflet", "健康宣传单"


class VisitKind(TextChoices):
    """Everything for which a team goes out stands in one calendar."""

    PATROL = "patrol", "服务点巡诊"
    WORK_DAY = "work_day", "家庭医生工作日"
    COMMUNITY = "community", "入户走访"
    SESSION = "session", "卫康室集中服务"
    CHECKUP = "checkup", "老年人体检日"
    ACTIVITY = "activity", "健康活动"


class VisitState(TextChoices):
    PLANNED = "planned", "已排班"
    ONGOING = "ongoing", "进行中"
    DONE = "done", "已完成"
    MISSED = "missed", "未开展"
    CANCELLED = "cancelled", "已取消"


class ExceptionReason(TextChoices):
    HOLIDAY = "holiday", "节假日"
    WEATHER = "weather", "恶劣天气"
    VENUE = "venue", "场地不可用"
    STAFF = "staff", "人员抽调"
    EMERGENCY = "emergency", "应急任务"
    OTHER = "other", "其他"


class ExceptionState(TextChoices):
    ASKED = "asked", "待审批"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"


class PaperKind(TextChoices):
    """What outreach prints."""

    POINT_POSTER = "point_poster", "服务点海报"
    DISCLOSURE_POSTER = "disclosure_poster", "十公开海报"
    DISCLOSURE_PICTURE = "disclosure_picture", "十公开长图"
    QR_SHEET = "qr_sheet", "二维码张贴页"
    TEAM_BOARD = "team_board", "团队公示牌"
    GUIDE_SHEET = "guide_sheet", "重点人群分布导引图"


class Coordinates(TextChoices):
    """In which system a place was entered; stored is always WGS-84."""

    WGS84 = "wgs84", "WGS-84（GPS）"
    GCJ02 = "gcj02", "GCJ-02（高德、腾讯地图）"


class PlaceGrade(IntegerChoices):
    """What the phone says about having been there: a grade of evidence, never a condition."""

    NONE = 0, "没有定位"
    FAR = 1, "定位较远"
    NEAR = 2, "定位在附近"
    THERE = 3, "定位在现场"


class WorkKind(TextChoices):
    """What was made at a visit and stands on its own elsewhere."""

    RECORD = "record", "服务记录"
    READING = "reading", "测量"
    AGREEMENT = "agreement", "签约"
    RESIDENT = "resident", "建档"


class BookingState(TextChoices):
    BOOKED = "booked", "已预约"
    ATTENDED = "attended", "已到场"
    ABSENT = "absent", "未到"
    CANCELLED = "cancelled", "已取消"


class BookingSource(TextChoices):
    LINK = "link", "扫码预约"
    PHONE = "phone", "电话预约"
    STAFF = "staff", "工作人员代约"
