"""1 to 8: titles, headers, merged cells, rows that are no people, several sheets."""

from tests.residents.imports.prepared import DONGBEI, reach_of_villages, village
from tests.residents.imports.realities.case import HEAD, M, N, Reality, book, table

XI = village("371002001002", "西山村", "西山村第一网格")
TWO = reach_of_villages(DONGBEI, XI)
V = "东北村"

SHAPES = (
    Reality(
        1, "merged title above the header",
        book(["环翠区东北村居民花名册", "", ""], ["填表日期：2026年11月1日"], [], HEAD, ["林桂芳", N[0], V],
            merge=["A1:C1", "A2:C2"]),
        [{"name": "林桂芳", "row": 5, "number": N[0], "codes": []}],
    ),
    Reality(
        2, "two header lines with merged cells",
        book(
            ["序号", "户主信息", "", "成员信息", "", "", "重点人群", "", "村居"],
            ["", "姓名", "身份证号", "姓名", "身份证号", "与户主关系", "高血压", "糖尿病", ""],
            [1, "宋建国", M[0], "宋建国", M[0], "户主", "√", "", V],
            [2, "宋建国", M[0], "于秀英", N[0], "妻子", "", "√", V],
            merge=["A1:A2", "B1:C1", "D1:F1", "G1:H1", "I1:I2"],
        ),
        [
            {"name": "宋建国", "number": M[0], "relation": "02", "head_name": "宋建国", "kinds": ["hypertension"],
                "codes": []},
            {"name": "于秀英", "number": N[0], "relation": "12", "head_name": "宋建国", "kinds": ["diabetes_t2"],
                "codes": []},
        ],
    ),
    Reality(
        2, "two header lines in a text file, where merged cells are empty cells",
        table(
            ["", "姓名", "身份证号", "电话", "姓名", "电话"], [V, "林桂芳", N[0], "13712345671", "林强", "13712345672"],
            header=["社区", "居民基本信息", "", "", "监护人", ""],
        ),
        [{"name": "林桂芳", "phone": "13712345671", "others": [], "codes": []}],
        notes=("监护人",),
    ),
    Reality(
        3, "synonyms with line breaks, blanks, colons, stars and hints",
        book(["* 姓 名：", "公民身份\n号码（必填）", "所属　社区*", "现居住\n地址", "联系方式：", "人群\n分类"],
            ["林桂芳", N[0], V, "和平路1号", "13712345671", "高血压"]),
        [{"name": "林桂芳", "number": N[0], "address": "和平路1号", "phone": "13712345671", "kinds": ["hypertension"]}],
    ),
    Reality(
        3, "a header that somebody of the institution has explained before",
        table(["林桂芳", N[0], V, "13712345671"], header=["姓名", "社会保障号", "片区", "微信号码"]),
        [{"name": "林桂芳", "number": N[0], "phone": "", "codes": []}],
        memory={"社会保障号": "身份证号", "片区": "村居", "微信号码": ""},
    ),
    Reality(
        3, "a header that nobody understands is asked for",
        table(["林桂芳", N[0], V], header=["姓名", "社会保障号", "片区"]),
        refused="columns_unsure",
    ),
    Reality(
        3, "what the uploader says of the columns wins",
        table(["林桂芳", N[0], V], header=["甲", "乙", "丙"]),
        [{"name": "林桂芳", "number": N[0], "village_code": "371002001001"}],
        mapping={"0": {"header_row": 1, "header_rows": 1, "columns": {"0": "姓名", "1": "身份证号", "2": "村居"}}},
    ),
    Reality(
        3, "no header at all, told by the uploader",
        table([N[1], "林桂芳"], header=[N[0], "宋玉兰"]),
        [{"name": "宋玉兰", "row": 1}, {"name": "林桂芳", "row": 2}],
        mapping={"0": {"header_row": 0, "header_rows": 0, "columns": {"0": "身份证号", "1": "姓名"},
            "constants": {"村居": V}}},
    ),
    Reality(
        4, "columns in another order, and columns that mean nothing",
        table([V, "汉族", "x", N[0], "林桂芳"], header=["社区", "民族", "自定义", "身份证", "居民姓名"]),
        [{"name": "林桂芳", "number": N[0], "codes": []}],
        notes=("民族", "自定义"),
    ),
    Reality(
        5, "merged cells in the data of a workbook",
        book(
            ["户号", "家庭住址", "姓名", "身份证号", "村居", "与户主关系"],
            ["1", "和平路1号1单元101", "宋建国", M[0], V, "户主"],
            ["", "", "于秀英", N[0], "", "妻子"],
            ["2", "和平路2号", "林桂芳", N[1], "", "户主"],
            ["3", "", "孙玉梅", N[2], V, "户主"],
            merge=["A2:A3", "B2:B3", "E2:E4"],
        ),
        [
            {"name": "宋建国", "household_no": "1", "address": "和平路1号1单元101"},
            {"name": "于秀英", "household_no": "1", "address": "和平路1号1单元101", "village_code": "371002001001"},
            {"name": "林桂芳", "household_no": "2", "address": "和平路2号", "village_code": "371002001001"},
            {"name": "孙玉梅", "household_no": "3", "address": ""},
        ],
    ),
    Reality(
        5, "empty cells that mean the same as above, in columns the uploader names",
        table(
            ["1", "和平路1号", "宋建国", M[0], V], ["", "", "于秀英", N[0], ""], ["2", "", "林桂芳", N[1], ""],
            header=["户号", "地址", "姓名", "身份证号", "村居"],
        ),
        [
            {"household_no": "1", "address": "和平路1号", "village_code": "371002001001"},
            {"household_no": "1", "address": "和平路1号", "village_code": "371002001001"},
            {"household_no": "2", "address": "", "village_code": "371002001001"},
        ],
        mapping={"0": {"header_row": 1, "header_rows": 1,
            "columns": {"0": "户号", "1": "详细地址", "2": "姓名", "3": "身份证号", "4": "村居"}, "fill": [0, 1, 4]}},
    ),
    Reality(
        5, "a head who stands only beside his members",
        book(
            ["户主", "户主身份证号", "成员姓名", "成员身份证号", "与户主关系", "村居"],
            ["宋建国", M[0], "于秀英", N[0], "妻子", V],
            ["", "", "宋伟", M[1], "长子", V],
            ["林桂芳", N[1], "", "", "", V],
            merge=["A2:A3", "B2:B3"],
        ),
        [
            {"row": 2, "name": "宋建国", "number": M[0], "relation": "02"},
            {"row": 2, "name": "于秀英", "number": N[0], "relation": "12", "head_name": "宋建国"},
            {"row": 3, "name": "宋伟", "number": M[1], "relation": "20", "head_name": "宋建国"},
            {"row": 4, "name": "林桂芳", "number": N[1], "relation": "02"},
        ],
    ),
    Reality(
        6, "blank rows, totals, signatures and the header again",
        table(
            ["林桂芳", N[0], V], [], ["小计", "1 人", ""], list(HEAD), ["于秀英", N[1], V], ["", "", ""], ["合计", "", "2"],
            ["填表人：王某", "", "日期：2026-11-01"], ["审核人：", "", ""],
        ),
        [{"name": "林桂芳", "row": 2, "codes": []}, {"name": "于秀英", "row": 6, "codes": []}],
        skipped={"blank": 2, "frame": 5},
    ),
    Reality(
        7, "one sheet for each village, and hidden sheets",
        book(
            ["姓名", "身份证号"], ["林桂芳", N[0]], sheet="东北村",
            more={"西山村": [["西山村居民"], ["证件号码", "姓名"], [N[1], "于秀英"]],
                "旧表": [["姓名", "身份证号"], ["甲", N[2]]], "说明": [["请勿修改"]]},
            hidden=["旧表"],
        ),
        [
            {"sheet": 0, "row": 2, "name": "林桂芳", "village_code": "371002001001", "codes": []},
            {"sheet": 1, "row": 3, "name": "于秀英", "village_code": "371002001002", "codes": []},
        ],
        notes=("隐藏的工作表“旧表”", "“说明”", "371002001002"),
        reach=TWO,
    ),
    Reality(
        8, "numbers as text with an apostrophe, text as numbers",
        book(["序号", "姓名", "身份证号", "村居", "联系电话", "户号"], [1, "林桂芳", f"'{N[0]}", V, 13712345671, 7.0],
            [2.0, "于秀英", f"’{N[1]}", 371002001001, "'13712345671", "7"]),
        [
            {"number": N[0], "phone": "13712345671", "household_no": "7"},
            {"number": N[1], "phone": "13712345671", "village_code": "371002001001", "household_no": "7"},
        ],
    ),
)  # fmt: skip
