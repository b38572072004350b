"""What the demonstration's institutions tell their residents: vaccines, techniques, policies, topics. Invented."""

from config.demo.chance import Weighted
from outreach.choices import EducationForm, SupplyState, TechniqueKind, VaccineAudience, VaccineProgram

SPECIALTIES = ("心血管内科", "内分泌科", "神经内科", "呼吸内科", "康复医学科", "儿科")
_FREE, _PAID = VaccineProgram.FREE, VaccineProgram.PAID
_CHILD, _ADULT, _BOTH = VaccineAudience.CHILD, VaccineAudience.ADULT, VaccineAudience.BOTH
VACCINES = (
    ("乙肝疫苗（儿童）", _FREE, _CHILD, None), ("百白破疫苗", _FREE, _CHILD, None), ("麻腮风疫苗", _FREE, _CHILD, None),
    ("脊髓灰质炎灭活疫苗", _FREE, _CHILD, None), ("流感疫苗（四价）", _PAID, _BOTH, 128),
    ("水痘疫苗", _PAID, _CHILD, 158), ("23价肺炎球菌多糖疫苗", _PAID, _ADULT, 208), ("带状疱疹疫苗", _PAID, _ADULT, 1598),
    ("狂犬病疫苗", _PAID, _BOTH, 68),
)  # fmt: skip
SUPPLY = Weighted(
    [
        (SupplyState.PLENTY, 70),
        (SupplyState.SCARCE, 12),
        (SupplyState.BY_BOOKING, 12),
        (SupplyState.OUT, 6),
    ]
)
TECHNIQUES = (
    (
        TechniqueKind.TCM,
        "耳穴压豆",
        "适合睡眠不好、轻度便秘的居民，由中医师辨证后操作，每次约二十分钟，需预约。",
    ),
    (
        TechniqueKind.TCM,
        "艾灸理疗",
        "适合怕冷、关节遇寒疼痛的居民；皮肤破损、发热者不做。每周二、周四下午开放。",
    ),
    (TechniqueKind.TCM, "八段锦教学", "每周三上午在中医馆免费教学，穿宽松衣服，老年人请家人陪同。"),
    (
        TechniqueKind.MODERN,
        "动态血压监测",
        "佩戴二十四小时，适合血压波动大、怀疑白大衣高血压的居民，签约居民优先安排。",
    ),
    (
        TechniqueKind.MODERN,
        "肺功能检查",
        "适合长期吸烟、常年咳喘的居民，约十分钟出结果，检查前一天不喝浓茶咖啡。",
    ),
    (
        TechniqueKind.MODERN,
        "免散瞳眼底照相",
        "糖尿病患者每年查一次眼底，拍照后由上级医院阅片，三天内告知结果。",
    ),
)
POLICIES = (
    ("65岁及以上老年人免费体检", "每年一次，含血压、血糖、肝肾功能、心电图和腹部B超。带身份证空腹前往，行动不便的可预约上门。",
     "国家基本公共卫生服务规范"),
    ("高血压、糖尿病门诊用药保障", "确诊的参保患者办理“两病”备案后，门诊降压药、降糖药按规定报销，由家庭医生帮助办理。", ""),
    ("家庭医生签约服务", "签约居民可享受建档、随访、优先转诊、慢性病长期处方等服务，签约自愿，随时可向团队咨询。", ""),
)  # fmt: skip
LOCAL_POLICY = ("慢性病长期处方", "病情稳定的签约慢性病患者，一次可开四至十二周的药，由签约医生评估后开具。")
TOPICS = (
    "冬春季流感怎么防", "高血压患者怎样测好血压", "糖尿病饮食二十问", "老年人防跌倒", "中风早识别早送医", "孩子咳嗽怎么办",
    "骨质疏松与补钙", "慢阻肺患者的呼吸训练", "接种疫苗常见问题", "中医冬季养生",
)  # fmt: skip
ACTIVITIES = (
    ("高血压自我管理讲座", EducationForm.LECTURE, "高血压患者及家属", "讲解测压方法、限盐和规律服药，现场演示血压计使用。"),
    ("健康生活方式义诊", EducationForm.CONSULTATION, "社区居民", "免费测血压血糖，解答用药和饮食问题，发放控盐勺。"),
    ("世界糖尿病日宣传", EducationForm.THEME_DAY, "糖尿病患者和高危人群", "讲解血糖监测、足部护理，预约眼底检查。"),
    ("老年人防跌倒讲座", EducationForm.LECTURE, "65岁以上老年人", "示范平衡训练和起身方法，检查居家环境的跌倒隐患。"),
)  # fmt: skip
