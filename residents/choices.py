"""Code lists of persons and households, after GB/T 2261.1, GB/T 4761-2008 and CV02.01.101."""

from django.db.models import IntegerChoices, TextChoices


class Sex(IntegerChoices):
    UNKNOWN = 0, "未知"
    MALE = 1, "男"
    FEMALE = 2, "女"
    UNSTATED = 9, "未说明"


class IdKind(TextChoices):
    ID_CARD = "01", "居民身份证"
    HOUSEHOLD_BOOK = "02", "居民户口簿"
    PASSPORT = "03", "护照"
    OFFICER = "04", "军官证"
    HK_MACAU_PERMIT = "06", "港澳居民来往内地通行证"
    TAIWAN_PERMIT = "07", "台湾居民来往大陆通行证"
    RESIDENCE_PERMIT = "08", "港澳台居民居住证"
    FOREIGN_PERMANENT = "09", "外国人永久居留身份证"
    BIRTH_CERTIFICATE = "10", "出生医学证明"
    MOTHERS_NUMBER = "11", "母亲证件号加顺序号（新生儿）"
    TEMPORARY = "98", "临时编号"
    NONE = "00", "暂无证件"
    OTHER = "99", "其他"


# Stand in for a document that is not there yet; the worklist asks for the real one.
PROVISIONAL_KINDS = (IdKind.NONE, IdKind.BIRTH_CERTIFICATE, IdKind.MOTHERS_NUMBER, IdKind.TEMPORARY)


class Relation(TextChoices):
    """Relation to the head of household, GB/T 4761-2008."""

    HEAD = "02", "户主"
    SPOUSE = "10", "配偶"
    HUSBAND = "11", "夫"
    WIFE = "12", "妻"
    SON = "20", "子"
    ADOPTED_SON = "27", "养子或继子"
    SON_IN_LAW = "28", "女婿"
    DAUGHTER = "30", "女"
    ADOPTED_DAUGHTER = "37", "养女或继女"
    DAUGHTER_IN_LAW = "38", "儿媳"
    GRANDCHILD = "40", "孙子、孙女或外孙子、外孙女"
    PARENTS = "50", "父母"
    FATHER = "51", "父亲"
    MOTHER = "52", "母亲"
    PARENTS_IN_LAW = "55", "公婆或岳父母"
    GRANDPARENTS = "60", "祖父母或外祖父母"
    SIBLINGS = "70", "兄弟姐妹"
    OTHER_RELATIVE = "97", "其他亲属"
    NON_RELATIVE = "99", "非亲属"


class LifeStatus(TextChoices):
    PRESENT = "present", "在册"
    MOVED_OUT = "moved_out", "迁出"
    DECEASED = "deceased", "死亡"
    LOST = "lost", "失访"
    MERGED = "merged", "已合并"


class Registration(TextChoices):
    REGISTERED = "1", "户籍"
    NON_REGISTERED = "2", "非户籍"


class Population(TextChoices):
    """Population kinds (重点人群); general means none of them and is never stored."""

    CHILD_0_6 = "child_0_6", "0-6岁儿童"
    PERINATAL = "perinatal", "孕产妇"
    ELDERLY_65 = "elderly_65", "65岁及以上老年人"
    ELDERLY_60_64 = "elderly_60_64", "60-64岁老年人"
    ELDERLY_80 = "elderly_80", "高龄老年人"
    DISABLED_ELDER = "disabled_elder", "失能（半失能）老年人"
    DEMENTIA = "dementia", "失智老年人"
    HYPERTENSION = "hypertension", "高血压患者"
    DIABETES_T2 = "diabetes_t2", "2型糖尿病患者"
    COPD = "copd", "慢阻肺患者"
    DYSLIPIDEMIA = "dyslipidemia", "高血脂患者"
    SMI = "smi", "严重精神障碍患者"
    TB = "tb", "肺结核患者"
    HIV = "hiv", "艾滋病患者"
    DISABLED = "disabled", "残疾人"
    OUT_OF_POVERTY = "out_of_poverty", "脱贫人口"
    POVERTY_MONITOR = "poverty_monitor", "防止返贫监测对象"
    SPECIAL_FP_FAMILY = "special_fp_family", "计划生育特殊家庭成员"
    LOW_INCOME = "low_income", "低保对象"
    EXTREME_POVERTY = "extreme_poverty", "特困人员"
    PREFERENTIAL = "preferential", "重点优抚对象"
    STROKE = "stroke", "脑卒中患者"
    STROKE_HIGH_RISK = "stroke_high_risk", "脑卒中高危人群"
    CHD = "chd", "冠心病患者"
    TUMOR = "tumor", "肿瘤患者"
    BEDRIDDEN = "bedridden", "长期卧床病人"
    HIGH_RISK_HTN = "high_risk_htn", "高血压高危人群"


# Shown to named roles only, never in lists, exports or maps (mental-health law, HIV regulation).
RESTRICTED = (Population.SMI, Population.HIV)


class Evidence(IntegerChoices):
    """What a flag rests on; the higher one wins."""

    GRID_REPORT = 1, "网格上报"
    ROSTER = 2, "花名册导入"
    SCREENING = 3, "筛查结果"
    MEDICAL_RECORD = 4, "诊疗记录"
    AGE_RULE = 9, "按年龄认定"


class ImportState(TextChoices):
    """The life of an uploaded roster."""

    RECEIVED = "received", "排队中"
    CHECKING = "checking", "核对中"
    UNMAPPED = "unmapped", "待指定列"
    CHECKED = "checked", "待确认"
    ACCEPTED = "accepted", "等待导入"
    APPLYING = "applying", "导入中"
    APPLIED = "applied", "已导入"
    UNDOING = "undoing", "撤销中"
    UNDONE = "undone", "已撤销"
    CANCELLED = "cancelled", "已取消"
    FAILED = "failed", "未能完成"


# A worker has to do something about lists in these states.
UNDER_WAY = (
    ImportState.RECEIVED,
    ImportState.CHECKING,
    ImportState.ACCEPTED,
    ImportState.APPLYING,
    ImportState.UNDOING,
)


class PartKind(TextChoices):
    FILE = "file", "上传的文件"
    ERRORS = "errors", "未导入的行"


class ImportPurpose(TextChoices):
    ROSTER = "roster", "导入居民"
    COMPARE = "compare", "对照外部名单"


class OutsideSource(TextChoices):
    """Whose list a comparison holds against ours."""

    INSURANCE = "insurance", "医保参保名单"
    PUBLIC_HEALTH = "public_health", "基本公共卫生系统"
    POLICE = "police", "公安户籍名单"
    CIVIL_AFFAIRS = "civil_affairs", "民政名单"
    OTHER = "other", "其他名单"


class LineOutcome(TextChoices):
    """What a roster's row did to a resident."""

    NEW = "new", "新增"
    CHANGED = "changed", "修改"


class Comparison(TextChoices):
    """The classes of a comparison that need work; the fourth, the same on both sides, is only counted."""

    MISSING_HERE = "missing_here", "对方有、本系统无"
    MISSING_THERE = "missing_there", "本系统有、对方无"
    DIFFERENT = "different", "两边不一致"


class ComparisonState(TextChoices):
    OPEN = "open", "待处理"
    DONE = "done", "已处理"
    IGNORED = "ignored", "无需处理"


class DuplicateState(TextChoices):
    OPEN = "open", "待核实"
    MERGED = "merged", "已合并"
    DIFFERENT = "different", "不是同一人"


class RiskKind(TextChoices):
    ELDER = "elder", "老年人红黄绿分级"
    CARDIOVASCULAR = "cardiovascular", "心血管风险分级"


class RiskColor(TextChoices):
    GREEN = "green", "绿（低风险）"
    YELLOW = "yellow", "黄（中风险）"
    RED = "red", "红（高风险）"
