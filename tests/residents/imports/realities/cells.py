"""9 to 16, 28, 40: what stands in single cells."""

import datetime as dt

from tests.residents.imports.realities.case import HEAD, M, N, Reality, book, plain, table

V = "东北村"
X = "37109919520318919X"  # ends in the letter
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
BIRTHS = (
    "1960-01-01",
    "1960/1/1",
    "1960.1.1",
    "19600101",
    "1960年1月1日",
    "600101",
    "21916",
    "1960-01-01 00:00:00",
)
AGED = ("姓名", "身份证号", "村居", "年龄", "性别")
SEXED = ("姓名", "身份证号", "村居", "性别")
ROWS = [["林桂芳", N[0], V], ["于秀英", N[1], V]]
BOTH = [{"name": "林桂芳", "number": N[0], "codes": []}, {"name": "于秀英", "number": N[1], "codes": []}]

CELLS = (
    Reality(
        9, "numbers in scientific notation or ending in 000",
        book(list(HEAD), ["林桂芳", 371099196001010000, V], ["于秀英", "3.71099E+17", V],
            ["孙玉梅", "371099196001011000", V]),
        [
            {"codes": ["id_truncated"], "is_refused": "t", "number": ""}, {"codes": ["id_truncated"]},
                {"codes": ["id_truncated"]},
        ],
    ),
    Reality(
        10, "every cross at the end is an X",
        table(*(["宋建国", X[:17] + cross, V] for cross in ("x", "Ｘ", "ｘ", "×", "Х", "х"))),
        [{"number": X, "codes": []}] * 6,
    ),
    Reality(
        11, "full-width digits, strange blanks and invisible characters",
        plain("\ufeff" + "\n".join([
            "姓名,身份证号,村居", f"林桂芳\u200b,{N[0].translate(WIDE)},\u3000东北村\u3000",
            f"\u00a0于秀英,\u2060{N[1]}\u00a0,东北\u200d村", f"孙　玉梅,{N[2][:6]} {N[2][6:14]} {N[2][14:]},东北村\ufeff",
        ])),
        [*BOTH, {"name": "孙玉梅", "number": N[2], "codes": []}],
    ),
    Reality(
        12, "blanks, dots, rare characters and former names in names",
        table(
            ["林 桂 芳", N[0], V], ["阿依古丽•买买提", N[1], V], ["阿依古丽．买买提", N[2], V], ["𬱖玉梅", N[3], V],
                ["張國華", N[4], V],
            ["于秀英（曾用名于英）", N[5], V], ["王\ue863", N[6], V], ["王?芳", N[7], V], ["=cmd()", N[8], V],
                ["JOHN SMITH", N[9], V],
        ),
        [
            {"name": "林桂芳", "codes": []}, {"name": "阿依古丽·买买提", "codes": []},
                {"name": "阿依古丽·买买提", "codes": []},
            {"name": "𬱖玉梅", "codes": []}, {"name": "張國華", "codes": []}, {"name": "于秀英", "codes": ["former_name"]},
            {"codes": ["name_private"], "is_refused": "f"}, {"codes": ["name_characters"], "is_refused": "t"},
            {"codes": ["name_characters"]}, {"name": "JOHNSMITH", "codes": []},
        ],
    ),
    *(
        Reality(13, f"{encoding} with {separator!r}", table(*ROWS, encoding=encoding, delimiter=separator), BOTH)
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be")
        for separator in (",", ";", "\t")
    ),
    Reality(
        13, "quotes with separators and line ends inside",
        plain(f'姓名,身份证号,村居,"家庭\n住址"\r\n林桂芳,"{N[0]}",东北村,"和平路1号,\r\n""老""院"\r\n于秀英,{N[1]},东北村,\r\n'),
        [{"row": 2, "address": '和平路1号, "老"院', "codes": []}, {"row": 3, "name": "于秀英"}],
    ),
    Reality(
        14, "dates in all their forms",
        table(*(["林桂芳", N[0], V, day] for day in BIRTHS), header=[*HEAD, "出生日期"]),
        [{"born_on": "1960-01-01", "codes": []}] * len(BIRTHS),
        engine="rows 2 to 8 are refused as repetitions of row 1",
    ),
    Reality(
        14, "real dates of a workbook, and those that cannot be",
        book(
            [*HEAD, "出生日期"], ["林桂芳", N[0], V, dt.date(1960, 1, 1)], ["于秀英", N[1], V, "五四年三月"],
                ["孙玉梅", N[2], V, "1960-02-30"],
            ["宋玉兰", N[3], V, "1961-01-01"],
        ),
        [{"codes": []}, {"codes": ["date_form"]}, {"codes": ["date_impossible"]}, {"codes": ["birth_disagrees"]}],
    ),
    Reality(
        15, "sex in all its forms, or left to the number",
        table(
            *(["林桂芳", N[0], V, word] for word in ("女", "2", "F", "f", "女性", "Female", "")), ["宋建国", M[0], V, "女"],
            ["宋建国", M[0], V, "武"], header=SEXED,
        ),
        [*([{"sex": 2, "codes": []}] * 7), {"codes": ["sex_disagrees"]}, {"codes": ["sex_unknown"]}],
    ),
    Reality(
        16, "an age instead of a birth date",
        table(
            ["林桂芳", N[0], V, "66", ""], ["于秀英", N[1], V, "67岁", ""], ["孙玉梅", N[2], V, "20", ""],
                ["宋宝", "暂无", V, "1", "男"],
            header=AGED,
        ),
        [
            {"born_on": "1960-01-01", "codes": []}, {"codes": []}, {"codes": ["age_differs"], "is_refused": "f"},
            {"codes": ["id_missing"], "is_refused": "t"},
        ],
    ),
    Reality(
        28, "errors of formulas in a text file",
        table(["林桂芳", "#REF!", V], ["#N/A", N[1], V], ["于秀英", N[2], "#VALUE!"]),
        [{"codes": ["cell_error", "id_length"]}, {"codes": ["name_missing"]}, {"codes": ["cell_error", "village_unknown"]}],
    ),
    Reality(
        28, "errors of formulas in a workbook come as empty cells",
        book([*HEAD, "备注"], ["林桂芳", N[0], V, "#REF!"], ["于秀英", "#N/A", V, ""]),
        [{"codes": [], "remark": ""}, {"codes": ["id_missing"]}],
        notes=("有 2 个单元格是公式错误",),
    ),
    Reality(
        31, "hidden characters that make equal names unequal",
        table(["林\u200b桂芳", N[0], V], ["林桂芳\ufeff", N[0], V], ["林\u00ad桂\u2060芳", N[0], V]),
        [{"name": "林桂芳"}] * 3,
        engine="rows 2 and 3 repeat row 1: the same person, not two names of one number",
    ),
    Reality(
        39, "characters that a spreadsheet might run",
        table(
            ["林桂芳", N[0], V, "=1+1"], ["于秀英", N[1], V, "@SUM(A1)"], ["孙玉梅", N[2], V, "'=cmd|'/c calc'!A1"],
                ["宋玉兰", N[3], V, "+86 走访"],
            ["白玉", N[4], V, "\t-2"], header=[*HEAD, "备注"],
        ),
        [{"remark": "=1+1"}, {"remark": "@SUM(A1)"}, {"remark": "=cmd|'/c calc'!A1"}, {"remark": "+86 走访"},
            {"remark": "-2"}],
        engine="every sheet that leaves with these remarks has an apostrophe before them",
    ),
    Reality(
        40, "words and strokes for nothing",
        table(*(["林桂芳", N[at], V, word, word, word, word] for at, word in enumerate(("无", "/", "-", "暂无", "不详", "0",
            "——", "NULL", "N/A", ""))),
              header=[*HEAD, "电话", "地址", "户主", "备注"]),
        [{"phone": "", "address": "", "head_name": "", "remark": "", "codes": []}] * 10,
    ),
)  # fmt: skip
