"""Numbers on residents that the bureau may change."""

from dataclasses import dataclass
from datetime import date

from core.policy import load, number
from residents.choices import Population

ROOM = "residents"


@dataclass(frozen=True)
class ResidentsPolicy:
    minor_age: int = number(18, source="民法典 第十七条", label="未成年人年龄上限（岁）")
    child_age_below: int = number(7, source="S1-9", label="0-6岁儿童：不满（岁）")
    elderly_age: int = number(65, source="S2-26", label="老年人起始年龄（岁）")
    near_elderly_age: int = number(60, source="S3-14", label="60-64岁组起始年龄（岁）")
    aged_age: int = number(80, source="S1-9", label="高龄起始年龄（岁）")
    elderly_age_basis: str = number(
        "YEAR_END",
        source="S2-26",
        label="老年人年龄口径",
        choices=(("YEAR_END", "当年内满该年龄即算"), ("EXACT_DAY", "满该年龄当日起算")),
    )
    htn_service_min_age: int = number(
        35, source="国家基本公共卫生服务规范", label="高血压：基本公卫统计起始年龄（岁）"
    )
    htn_manage_min_age: int = number(18, source="WS/T 872-2025", label="高血压：管理起始年龄（岁）")
    key_populations: tuple[str, ...] = number(
        (
            "child_0_6", "perinatal", "elderly_65", "hypertension", "diabetes_t2", "copd", "smi", "tb", "disabled",
            "out_of_poverty", "special_fp_family",
        ),
        source="S3-11",
        label="重点人群范围",
        choices=Population.choices,
    )  # fmt: skip
    reveals_per_day: int = number(50, source="GB/T 35273 7.1", label="每人每日查看明文次数上限")
    duplicate_min_score: int = number(
        50, source="P11", label="疑似重复：列入核实清单的最低相似度", least=1, most=100
    )
    duplicate_block_most: int = number(
        50, source="P11", label="疑似重复：同名同生日等线索相同的超过多少人时不逐对比较", least=2
    )
    stale_months: int = number(12, source="P11", label="登记信息超过多少个月未核实即提示", least=1)
    newborn_number_months: int = number(
        3, source="户口登记条例 第七条", label="新生儿超过多少个月仍无正式证件号码即提示"
    )
    generation_gap_years: int = number(14, source="P11", label="父母与子女年龄至少相差多少岁，不足即提示核对")
    phone_max_households: int = number(6, source="6.6", label="同一电话登记超过多少户时提示")
    roster_keep_days: int = number(
        30, source="GB/T 22239-2019 8.1.4.10", label="花名册错误行和待确认内容保留天数"
    )
    roster_undo_days: int = number(30, source="安全上限", label="花名册导入后多少天内可以整批撤销", least=0)
    roster_max_bytes: int = number(
        200 * 1024 * 1024, source="安全上限", label="花名册文件大小上限（CSV，字节）", most=511 * 1024 * 1024
    )
    roster_max_workbook_bytes: int = number(
        64 * 1024 * 1024, source="安全上限", label="花名册文件大小上限（Excel，字节）"
    )
    roster_max_rows: int = number(200_000, source="安全上限", label="花名册行数上限（Excel）")
    roster_max_csv_rows: int = number(1_000_000, source="安全上限", label="花名册行数上限（CSV）")
    roster_memory_mb: int = number(1536, source="安全上限", label="处理花名册的内存上限（MB）", least=512)


def policy_on(day: date) -> ResidentsPolicy:
    return load(ResidentsPolicy, ROOM, day)
