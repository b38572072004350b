"""Who belongs to which population kind, until when, and after which source: the table of docs/domain.md 2."""

from dataclasses import dataclass

from residents.choices import Population

K = Population


@dataclass(frozen=True)
class Criterion:
    """One row. Braces name numbers of ``ResidentsPolicy``, so that the page shows what is in force.

    Attributes:
        meets: who belongs to it.
        leaves: when one no longer does.
        source: requirement, standard or usage; 本系统建议 marks our own reading where no source decides.
    """

    kind: Population
    meets: str
    leaves: str
    source: str


CHRONIC = "死亡、迁出、失访，或上级医院排除诊断"

CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        K.CHILD_0_6, "不满 {child_age_below} 周岁", "满 {child_age_below} 周岁当日自动结束", "S1-9、S2、S4"
    ),
    Criterion(
        K.PERINATAL,
        "自确认妊娠起，至分娩或终止妊娠后 42 天",
        "分娩（终止妊娠）满 42 天并完成检查后结束；登记分娩日期后自动提示",
        "S1 至 S4；孕产妇妊娠风险评估与管理工作规范",
    ),
    Criterion(
        K.ELDERLY_60_64, "{near_elderly_age} 至 {elderly_age} 周岁以下", "进入 {elderly_age} 岁组", "S3-14"
    ),
    Criterion(
        K.ELDERLY_65,
        "{elderly_age} 周岁及以上；按当年内满或满当日起算由政策参数决定",
        "死亡、迁出",
        "S2-26、S4",
    ),
    Criterion(K.ELDERLY_80, "{aged_age} 周岁及以上", "死亡、迁出", "S1-9、S3；年龄为通行口径"),
    Criterion(
        K.DISABLED_ELDER,
        "老年人生活自理能力评分 4 分及以上：4 至 8 分轻度依赖，9 至 18 分中度依赖，19 分及以上不能自理",
        "重新评估为可自理（0 至 3 分）；每年评估一次",
        "国家基本公共卫生服务规范 老年人健康管理",
    ),
    Criterion(K.DEMENTIA, "诊断或筛查发现认知障碍", "上级医院排除诊断", "S0、S2、S3；口径为本系统建议"),
    Criterion(
        K.HYPERTENSION,
        "确诊原发性高血压，{htn_manage_min_age} 岁起管理；基本公卫统计从 {htn_service_min_age} 岁起",
        CHRONIC,
        "国家基本公共卫生服务规范；WS/T 872-2025（2026-03-01 起）",
    ),
    Criterion(
        K.HIGH_RISK_HTN,
        "收缩压 130 至 139 或舒张压 85 至 89 毫米汞柱；或超重肥胖、高血压家族史、长期高盐、长期过量饮酒、55 岁及以上之一",
        "确诊高血压，或危险因素解除；每半年测一次血压",
        "国家基本公共卫生服务规范 高血压患者健康管理",
    ),
    Criterion(K.DIABETES_T2, "确诊 2 型糖尿病，基本公卫统计从 35 岁起", CHRONIC, "国家基本公共卫生服务规范"),
    Criterion(K.DYSLIPIDEMIA, "确诊血脂异常（三高之一）", CHRONIC, "S0、S3"),
    Criterion(
        K.COPD, "确诊慢性阻塞性肺疾病，基本公卫统计从 35 岁起", CHRONIC, "2024-09-13 国家基本公卫新增项目"
    ),
    Criterion(K.STROKE, "确诊脑卒中", CHRONIC, "S3、S4"),
    Criterion(
        K.STROKE_HIGH_RISK, "脑卒中高危筛查评为高危", "复筛不再为高危，或确诊脑卒中；每年复筛", "S3、S4"
    ),
    Criterion(K.CHD, "确诊冠心病", CHRONIC, "S3"),
    Criterion(K.TUMOR, "确诊恶性肿瘤", "死亡、迁出", "S3"),
    Criterion(
        K.SMI,
        "明确诊断、居家的六类患者：精神分裂症、分裂情感性障碍、偏执性精神病、双相障碍、癫痫所致精神障碍、精神发育迟滞伴发精神障碍",
        "死亡、迁出，或上级医院排除诊断",
        "国家基本公共卫生服务规范；仅授权人员可见",
    ),
    Criterion(
        K.TB,
        "确诊肺结核，正在本地治疗",
        "治疗结案（治愈、完成疗程或转出）",
        "S2、S3；国家基本公共卫生服务规范",
    ),
    Criterion(
        K.HIV,
        "医疗机构确诊；不属于家庭医生随访范围",
        "死亡、迁出",
        "S2-26；仅授权人员可见，不进名单、导出和地图",
    ),
    Criterion(
        K.DISABLED,
        "持残疾人证：视力、听力、言语、肢体、智力、精神、多重七类，一至四级；证号为 18 位身份证号加类别、等级各 1 位",
        "残疾人证注销",
        "S1 至 S4；GB/T 26341",
    ),
    Criterion(K.BEDRIDDEN, "团队判断为长期卧床", "恢复活动能力", "S1"),
    Criterion(K.OUT_OF_POVERTY, "列入乡村振兴部门脱贫人口名单", "名单更新", "S3"),
    Criterion(
        K.POVERTY_MONITOR,
        "防止返贫监测对象：脱贫不稳定户、边缘易致贫户、突发严重困难户",
        "风险消除，名单更新",
        "S3；三类划分为本系统建议",
    ),
    Criterion(
        K.SPECIAL_FP_FAMILY,
        "独生子女死亡或三级以上残疾、女方满 49 周岁的夫妇",
        "卫健部门名单更新",
        "S3；条件为本系统建议",
    ),
    Criterion(K.LOW_INCOME, "列入民政部门最低生活保障名单", "名单更新", "民政名单；各地实践"),
    Criterion(K.EXTREME_POVERTY, "列入民政部门特困人员名单", "名单更新", "民政名单；各地实践"),
    Criterion(K.PREFERENTIAL, "列入退役军人事务部门重点优抚名单", "名单更新", "优抚名单；各地实践"),
)
GENERAL = ("一般人群", "不属于以上任何一类", "出现以上任何一类", "S1")
