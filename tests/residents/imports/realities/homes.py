"""21, 25, 26, 32 to 34: where people live, and with whom."""

from tests.residents.imports.prepared import DONGBEI, GRID_DONGBEI, reach_of_villages, village
from tests.residents.imports.realities.case import HEAD, M, N, Reality, book, table

V = "东北村"
ADDRESSES = (
    ("和平路1号3号楼2单元501", ("3", "2", "501")), ("3-2-501", ("3", "2", "501")), ("幸福小区3栋", ("3", "", "")),
        ("3号楼501室", ("3", "", "501")),
    ("三号楼二单元501", ("3", "2", "501")), ("阳光花园B座1203", ("B", "", "1203")), ("和平路12号", ("", "", "")),
        ("3＃楼2单元501室", ("3", "2", "501")),
    ("幸福里12幢1单元3楼302室", ("12", "1", "302")),
)  # fmt: skip
MEMBERS = ("姓名", "身份证号", "村居", "与户主关系", "户主姓名", "户号", "网格")
GRIDS = village(
    "371002001001",
    "东北村社区",
    "东北村社区第一网格",
    "东北村社区第二网格",
    former={"老街网格": 11_001, "3710020010010199": None, "旧网格": None},
)
SAME_NAME = reach_of_villages(
    village("371002001001", "新村", "新村第一网格"),
    village("371002002001", "新村", "新村第一网格", township="鲸园街道"),
)

HOMES = (
    Reality(
        21, "building, unit and room in one string",
        table(*(["林桂芳", N[0], V, text] for text, _ in ADDRESSES), header=[*HEAD, "住址"]),
        [{"building": a, "unit": b, "room": c, "codes": []} for _, (a, b, c) in ADDRESSES],
    ),
    Reality(
        21, "ditto marks",
        table(["林桂芳", N[0], V, "和平路1号"], ["于秀英", N[1], "同上", "同上"], ["孙玉梅", N[2], "〃", "〃"],
            header=[*HEAD, "住址"]),
        [{"address": "和平路1号", "village_code": "371002001001"}] * 3,
    ),
    Reality(
        21, "columns for building, unit and room",
        book([*HEAD, "小区地址", "楼栋", "单元", "房号"], ["林桂芳", N[0], V, "", "3号楼", 2, 501]),
        [{"address": "3号楼2单元501室", "building": "3", "unit": "2", "room": "501"}],
    ),
    Reality(
        21, "a village by its code, with or without its ending",
        table(*(["林桂芳", N[0], text] for text in ("371002001001", "东北村社区", "东北村居委会", "环翠楼街道东北村社区",
            "东北 村"))),
        [{"village_code": "371002001001", "grid_id": GRID_DONGBEI, "codes": []}] * 5,
    ),
    Reality(
        25, "no head, two heads, a head who is not in the list",
        table(
            ["宋建国", M[0], V, "户主", "", "1", ""], ["宋伟", M[1], V, "户主", "", "1", ""],
                ["于秀英", N[0], V, "妻子", "", "2", ""],
            ["林桂芳", N[1], V, "妻子", "林大山", "", ""], header=MEMBERS,
        ),
        [{"relation": "02"}, {"relation": "02"}, {"relation": "12"}, {"relation": "12", "head_name": "林大山"}],
        engine="row 3 second_head; household 2 is founded without a head and warned (head_missing); row 5 joins the "
        "registered head of that name or founds a household",
    ),
    Reality(
        26, "members of one household in different grids",
        table(["宋建国", M[0], V, "户主", "", "1", "第一网格"], ["宋伟", M[1], V, "长子", "", "1", "第二网格"],
            header=MEMBERS),
        [{"grid_id": GRIDS.grids[0].id}, {"grid_id": GRIDS.grids[1].id}],
        reach=reach_of_villages(GRIDS),
        engine="both are of one household, each stays in his own grid, and the reader is warned",
    ),
    Reality(
        32, "order tells the household where no number does",
        table(
            ["宋建国", M[0], V, "户主", "", "", ""], ["于秀英", N[0], V, "妻子", "", "", ""],
                ["林桂芳", N[1], V, "户主", "", "", ""], ["林强", M[1], V, "长子", "", "", ""],
            header=MEMBERS,
        ),
        [{"relation": "02", "row": 2}, {"relation": "12", "row": 3}, {"relation": "02", "row": 4},
            {"relation": "20", "row": 5}],
        engine="two households: rows 2 and 3, rows 4 and 5",
    ),
    Reality(
        33, "two villages of one name",
        table(["林桂芳", N[0], "新村", ""], ["于秀英", N[1], "新村", "鲸园街道"], ["孙玉梅", N[2], "371002001001", ""],
            header=[*HEAD, "镇街"]),
        [{"codes": ["village_ambiguous"], "village_code": ""}, {"village_code": "371002002001", "codes": []},
            {"village_code": "371002001001"}],
        reach=SAME_NAME,
    ),
    Reality(
        34, "grids by number, under a former name, and closed ones",
        table(
            ["林桂芳", N[0], V, "2"], ["于秀英", N[1], V, "第二网格"], ["孙玉梅", N[2], V, "老街网格"],
                ["宋玉兰", N[3], V, "旧网格"], ["白玉", N[4], V, "第九网格"],
            ["白雪", N[5], V, ""], ["白梅", N[6], "", "37100200100102"], header=[*HEAD, "网格"],
        ),
        [
            {"grid_id": GRIDS.grids[1].id, "codes": []}, {"grid_id": GRIDS.grids[1].id, "codes": []},
            {"grid_id": GRIDS.grids[1].id, "codes": ["grid_renamed"], "is_refused": "f"},
                {"codes": ["grid_closed"], "is_refused": "t"},
            {"codes": ["grid_unknown"]}, {"codes": ["grid_missing"]},
                {"grid_id": GRIDS.grids[1].id, "village_code": "371002001001", "codes": []},
        ],
        reach=reach_of_villages(GRIDS),
    ),
    Reality(
        34, "the only grid of a village needs no name",
        table(["林桂芳", N[0], V]), [{"grid_id": GRID_DONGBEI}], reach=reach_of_villages(DONGBEI),
    ),
)  # fmt: skip
