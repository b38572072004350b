"""12 and 17 to 24, 27: who somebody is, what he suffers from, and how he is reached."""

from tests.residents.imports.realities.case import HEAD, M, N, Reality, book, table

V = "东北村"
RELATIONS = (
    ("户主", "02"), ("本人", "02"), ("丈夫", "11"), ("老公", "11"), ("长子", "20"), ("大儿", "20"), ("孙", "40"),
        ("女婿", "28"),
    ("之父", "51"), ("父亲", "51"), ("02", "02"), ("51", "51"), ("弟弟", "70"), ("保姆", "99"),
)  # fmt: skip
TICKS = (*HEAD, "高血压", "是否患糖尿病", "残疾", "65岁以上")
KINDS = (
    ("高血压病", "hypertension"), ("HTN", "hypertension"), ("2型糖尿病", "diabetes_t2"), ("糖尿病2型", "diabetes_t2"),
    ("DM", "diabetes_t2"), ("重精", "smi"), ("精神病", "smi"), ("肺结核", "tb"), ("结核", "tb"), ("COPD", "copd"),
        ("脑梗", "stroke"),
)  # fmt: skip
BABY = ("姓名", "证件类型", "证件号码", "性别", "出生日期", "村居", "与户主关系", "备注")

PEOPLE = (
    Reality(
        17, "words for relations",
        table(*(["宋建国", M[0], V, word] for word, _ in RELATIONS), ["于秀英", N[0], V, "老婆"],
            ["于秀英", N[0], V, "儿媳"], ["于秀英", N[0], V, "舍友甲"], header=[*HEAD, "与户主关系"]),
        [*({"relation": code, "codes": []} for _, code in RELATIONS), {"relation": "12"}, {"relation": "38"},
            {"codes": ["relation_unknown"]}],
    ),
    Reality(
        18, "yes and no in every form",
        table(
            ["林桂芳", N[0], V, "是", "√", "1", ""], ["于秀英", N[1], V, "有", "✔", "Y", "是"],
                ["孙玉梅", N[2], V, "否", "×", "0", "无"],
            ["宋玉兰", N[3], V, "N", "", "肢体残疾", ""], ["白玉", N[4], V, "可能", "", "", ""], header=TICKS,
        ),
        [
            {"kinds": ["hypertension", "diabetes_t2", "disabled"], "codes": []},
                {"kinds": ["hypertension", "diabetes_t2", "disabled"], "codes": []},
            {"kinds": [], "codes": []}, {"kinds": ["disabled"], "codes": []},
                {"kinds": [], "codes": ["tick_unknown"], "is_refused": "f"},
        ],
    ),
    Reality(
        18, "a colored cell without a mark says nothing",
        book(list(TICKS), ["林桂芳", N[0], V, "", "", "", ""], colored=["D2"]),
        [{"kinds": [], "codes": []}],
    ),
    Reality(
        19, "several kinds in one cell",
        table(["林桂芳", N[0], V, "高血压、糖尿病"], ["于秀英", N[1], V, "高血压；冠心病/脑卒中"],
            ["孙玉梅", N[2], V, "一般人群"], header=[*HEAD, "人群类型"]),
        [{"kinds": ["hypertension", "diabetes_t2"]}, {"kinds": ["hypertension", "chd", "stroke"]},
            {"kinds": [], "codes": []}],
    ),
    Reality(
        19, "kinds in one cell and in tick columns together",
        table(["林桂芳", N[0], V, "高血压", "√"], header=[*HEAD, "人群类型", "慢阻肺"]),
        [{"kinds": ["hypertension", "copd"]}],
    ),
    Reality(
        20, "names of diseases",
        table(*(["林桂芳", N[0], V, word] for word, _ in KINDS), ["林桂芳", N[0], V, "怪病"], ["林桂芳", N[0], V, "HIV"],
            header=[*HEAD, "重点人群"]),
        [*({"kinds": [kind], "codes": []} for _, kind in KINDS), {"kinds": [], "codes": ["kind_unknown"]},
            {"kinds": [], "codes": ["kind_closed"]}],
    ),
    Reality(
        22, "the same person twice, old and new number, two names of one number, swapped twins",
        table(
            ["林桂芳", N[0], V], ["林桂芳", N[0], V], ["于秀英", N[1], V], ["于秀芳", N[1], V],
                ["宋玉兰", "371099520318919", V],
            ["宋玉兰", "37109919520318919X", V],
        ),
        [
            {"number": N[0]}, {"number": N[0]}, {"number": N[1]}, {"number": N[1]},
            {"number": "37109919520318919X", "codes": ["id_upgraded"]}, {"number": "37109919520318919X", "codes": []},
        ],
        engine="row 3 and 7 id_repeated, row 5 id_two_names; a second import of the file changes nobody",
    ),
    Reality(
        23, "dead or moved people still in the list",
        table(
            ["林桂芳", N[0], V, "死亡", ""], ["于秀英", N[1], V, "", "已故"], ["孙玉梅", N[2], V, "", "2026年3月迁出"],
                ["宋玉兰", N[3], V, "迁出", ""],
            ["白玉（已故）", N[4], V, "", ""], ["白雪", N[5], V, "在册", "父亲已去世，独居"],
                header=[*HEAD, "人员状态", "备注"],
        ),
        [
            {"codes": ["person_left"], "is_refused": "t"}, {"codes": ["person_left"]}, {"codes": []},
                {"codes": ["person_left"]},
            {"name": "白玉", "codes": ["person_left"]}, {"codes": [], "remark": "父亲已去世，独居"},
        ],
        engine="a row of a resident who is dead or moved out in the registry is refused with not_present",
    ),
    Reality(
        23, "columns of days of death and of leaving",
        table(["林桂芳", N[0], V, "2025-03-04"], ["于秀英", N[1], V, ""], header=[*HEAD, "死亡日期"]),
        [{"codes": ["person_left"]}, {"codes": []}],
    ),
    Reality(
        24, "newborns without a number",
        table(
            ["宋宝", "暂无证件", "", "男", "2026-10-01", V, "孙子", ""], ["宋小宝", "", "", "女", "2026-10-01", V, "孙女",
                "新生儿未上户"],
            ["于宝", "", "新生儿", "男", "2026-10-02", V, "长子", ""],
                ["林宝", "出生医学证明", "T370000001", "女", "2026-10-03", V, "女儿", ""],
            ["林小宝", "出生医学证明", "", "女", "2026-10-03", V, "女儿", ""],
                ["孙宝", "母亲证件号", f"{N[0]}#1", "男", "2026-10-04", V, "长子", ""],
            ["白宝", "暂无证件", "", "男", "", V, "", ""], ["白小宝", "暂无证件", "", "", "2026-10-05", V, "", ""],
                ["白大宝", "", "", "男", "2026-10-05", V, "", ""],
            header=BABY,
        ),
        [
            {"id_kind": "00", "number": "", "id_index": None, "born_on": "2026-10-01", "sex": 1, "codes": []},
            {"id_kind": "00", "born_on": "2026-10-01", "codes": ["newborn"], "is_refused": "f"},
                {"id_kind": "00", "codes": ["newborn"]},
            {"id_kind": "10", "number": "T370000001", "born_on": "2026-10-03", "sex": 2, "codes": []},
                {"id_kind": "00", "codes": ["newborn"]},
            {"id_kind": "11", "number": f"{N[0]}#1", "codes": []}, {"codes": ["newborn_day"], "is_refused": "t"},
                {"codes": ["newborn_sex"]},
            {"codes": ["id_missing"], "is_refused": "t"},
        ],
        engine="a newborn without number is matched by name, birth date and household, never entered twice",
    ),
    Reality(
        24, "passports, permits and temporary numbers by the kind of the document",
        table(
            ["JOHN SMITH", "护照", "E12345678", "男", "1980-05-06", V, "", ""],
                ["陈大文", "港澳居民来往内地通行证", "H0123456701", "男", "1980-05-06", V, "", ""],
            ["林志明", "台胞证", "12345678", "男", "", V, "", ""], ["陈小文", "居住证", "810000199001010019", "", "", V, "",
                ""],
            ["王军", "军官证", "军字第1234567号", "男", "1980-05-06", V, "", ""], ["李四", "社保卡", "123", "男", "", V, "",
                ""], ["赵六", "护照", "12", "男", "", V, "", ""],
            ["钱七", "", "E12345678", "男", "", V, "", ""], header=BABY,
        ),
        [
            {"id_kind": "03", "number": "E12345678", "sex": 1, "born_on": "1980-05-06", "codes": []},
                {"id_kind": "06", "number": "H01234567"},
            {"id_kind": "07", "number": "12345678", "born_on": None, "codes": []},
                {"id_kind": "08", "number": "810000199001010019", "born_on": "1990-01-01"},
            {"id_kind": "04", "number": "军字第1234567号"}, {"codes": ["id_kind_unknown", "id_length"]},
                {"codes": ["id_document"]}, {"codes": ["id_length"]},
        ],
    ),
    Reality(
        27, "several phones, and phones of others",
        table(
            ["林桂芳", N[0], V, "13712345671/0631-5231234"], ["于秀英", N[1], V, "女儿13712345671"],
                ["孙玉梅", N[2], V, "13712345671、13812345678（儿子）"],
            ["宋玉兰", N[3], V, "137-1234-5671 13812345678"], ["白玉", N[4], V, "+86 13712345671"],
                ["白雪", N[5], V, "1391234"], ["白梅", N[6], V, "13800138000"],
            header=[*HEAD, "联系电话"],
        ),
        [
            {"phone": "13712345671", "others": [("0631-5231234", "")]},
                {"phone": "", "others": [("13712345671", "女儿")], "codes": []},
            {"phone": "13712345671", "others": [("13812345678", "儿子")]},
                {"phone": "13712345671", "others": [("13812345678", "")]},
            {"phone": "13712345671"}, {"phone": "", "codes": ["phone_form"], "is_refused": "f"},
                {"phone": "", "codes": ["phone_placeholder"]},
        ],
        engine="further phones become contact phones with their owners; a phone of more than "
        "policy.phone_max_households households is a warning",
    ),
    Reality(
        27, "several columns of phones",
        table(["林桂芳", N[0], V, "13712345671", "13812345678"], ["于秀英", N[1], V, "", "13812345678"],
            header=[*HEAD, "手机", "电话"]),
        [{"phone": "13712345671", "others": [("13812345678", "")]}, {"phone": "13812345678", "others": []}],
    ),
)  # fmt: skip
