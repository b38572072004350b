"""Code lists of the ten disclosures, what feeds them, and what residents are shown (S0-22, S0-23, S2-10)."""

from django.db.models import IntegerChoices, TextChoices


class DisclosureUnit(TextChoices):
    """Who publishes: every team for its grids, or the institution once for all its teams."""

    TEAM = "team", "每个团队一期"
    INSTITUTION = "institution", "每个机构一期"


class DisclosureState(TextChoices):
    DRAFT = "draft", "编写中"
    CONFIRMED = "confirmed", "待机构审核"
    PUBLISHED = "published", "已发布"


class DisclosureStep(TextChoices):
    """What was done to an issue; each keeps a version of the whole text."""

    DRAFTED = "drafted", "自动生成"
    REDRAFTED = "redrafted", "重新取数"
    EDITED = "edited", "修改"
    CONFIRMED = "confirmed", "团队长确认"
    RETURNED = "returned", "退回修改"
    PUBLISHED = "published", "审核发布"


class DisclosureTopic(IntegerChoices):
    """The ten items of annex 2 (1.1), by their number on the notice."""

    SEASON = 1, "本月节气与健康养生"
    CHECKUPS = 2, "老年人（慢性病）体检与结果反馈安排"
    IMMUNIZATION = 3, "预防接种安排"
    ACTIVITIES = 4, "健康教育与主题活动"
    PLAN = 5, "本月履约与巡诊安排"
    LAST_MONTH = 6, "上月健康积分与服务情况"
    SPECIALISTS = 7, "专家坐诊安排"
    TECHNIQUES = 8, "新技术与中医适宜技术"
    POLICIES = 9, "政策宣传"
    OTHER = 10, "其他事项"


class ItemState(TextChoices):
    GAP = "gap", "待补充"
    FILLED = "filled", "已填写"
    NOTHING = "nothing", "本月无此项"


class DisclosureChannel(TextChoices):
    """Forms of telling residents; two of different kinds are asked for (S0-23)."""

    NOTICE_BOARD = "notice_board", "社区公示栏"
    WECHAT_GROUP = "wechat_group", "网格微信群"
    LIFT_SCREEN = "lift_screen", "电梯（楼宇）屏"
    SERVICE_ACCOUNT = "service_account", "公众号（服务号）"
    BROADCAST = "broadcast", "广播"


class ProofState(TextChoices):
    COUNTED = "counted", "有效"
    FLAGGED = "flagged", "疑似重复待核"
    REJECTED = "rejected", "不予认定"
    WITHDRAWN = "withdrawn", "已撤回"


class ClinicKind(TextChoices):
    """Regular hours that residents are told of (items 2, 3 and 7)."""

    CHILD_VACCINATION = "child_vaccination", "儿童预防接种"
    ADULT_VACCINATION = "adult_vaccination", "成人疫苗接种"
    SPECIALIST = "specialist", "专家坐诊"
    CHECKUP = "checkup", "老年人（慢性病）体检"


class VaccineProgram(TextChoices):
    FREE = "free", "免疫规划（免费）"
    PAID = "paid", "非免疫规划（自费）"


class VaccineAudience(TextChoices):
    CHILD = "child", "儿童"
    ADULT = "adult", "成人"
    BOTH = "both", "儿童和成人"


class SupplyState(TextChoices):
    PLENTY = "plenty", "供应充足"
    SCARCE = "scarce", "数量紧张"
    BY_BOOKING = "by_booking", "预约接种"
    OUT = "out", "暂时缺货"


class TechniqueKind(TextChoices):
    MODERN = "modern", "新技术"
    TCM = "tcm", "中医适宜技术"


class LivestreamState(TextChoices):
    PLANNED = "planned", "已安排"
    HELD = "held", "已直播"
    MISSED = "missed", "未开展"
    CANCELLED = "cancelled", "已取消"


class SeasonKind(TextChoices):
    TERM = "term", "节气"
    MONTH = "month", "月份"


class EducationForm(TextChoices):
    """How a health-education activity is held (S2-20, 3.11)."""

    LECTURE = "lecture", "健康讲座"
    CONSULTATION = "consultation", "公众咨询（义诊）"
    THEME_DAY = "theme_day", "主题日宣传"
    BOARD = "board", "宣传栏"
    PRINTED = "printed", "发放印刷资料"
    AUDIOVISUAL = "audiovisual", "播放音像资料"
    ONLINE = "online", "公众号、微信群推送"


class EducationArchive(TextChoices):
    """What was kept of a health-education activity (3.11)."""

    TEXT = "text", "文字材料"
    PICTURE = "picture", "图片材料"
    PRINT = "print", "印刷材料"
    AV = "av", "影音材料"
    SIGN_IN = "sign_in", "签到表"


class PaperSize(TextChoices):
    A4 = "a4", "A4"
    A3 = "a3", "A3"


class RunState(TextChoices):
    WAITING = "waiting", "等待中"
    RUNNING = "running", "生成中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"


class PublicKind(TextChoices):
    """What a short link leads to."""

    TEAM = "team", "团队公示"
    GRID = "grid", "网格"
    VILLAGE = "village", "村居"
    POINT = "point", "家庭医生服务点"
    DISCLOSURE = "disclosure", "十公开"
    MAP = "map", "家医地图"
    GUIDE = "guide", "如何签约"


class LinkPurpose(TextChoices):
    """What one link to a resident is good for, and nothing else."""

    CONFIRM = "confirm", "确认签约"
    PROGRESS = "progress", "查看服务进度"
    SURVEY = "survey", "填写问卷"
    BOOK = "book", "预约服务"
    DISPUTE = "dispute", "提出异议"


class SurveyKind(TextChoices):
    AWARENESS = "awareness", "知晓率调查"
    SATISFACTION = "satisfaction", "满意度调查"


class AnswerWay(TextChoices):
    LINK = "link", "链接"
    PHONE = "phone", "电话"
    PAPER = "paper", "纸质"


class QuestionKind(TextChoices):
    """How a question of a survey is answered."""

    CHOICE = "choice", "单选"
    SCORE = "score", "打分（1 至 5 分）"
    WORDS = "words", "文字"
