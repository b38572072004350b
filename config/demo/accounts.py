"""The people who can sign in to the demonstration: one for each role, all with one password that is no secret."""

from dataclasses import dataclass

from teams.choices import Role

PASSWORD = "Jiayi@2026demo"  # noqa: S105  published on purpose; the demonstration is refused in production


@dataclass(frozen=True)
class DemoAccount:
    """A role, who plays it, and what to look at first. A login without ``start`` cannot sign in."""

    login: str
    name: str
    role: Role
    look_at: str
    start: str


ACCOUNTS = (
    DemoAccount("zhou", "周文海", Role.BUREAU, "全区签约覆盖、网格缺口、政策参数", "/desk/coverage/"),
    DemoAccount("he", "何志远", Role.STREET, "本街道签约覆盖、任命网格长和哨兵", "/desk/coverage/"),
    DemoAccount("qian", "钱慧敏", Role.INSTITUTION_STEWARD, "组建团队、分派网格、导入花名册", "/"),
    DemoAccount("li", "李建明", Role.TEAM_LEADER, "查找居民、签约、打印协议、解约", "/"),
    DemoAccount("wang", "王静", Role.TEAM_MEMBER, "查找居民、登记居民、签约", "/"),
    DemoAccount("zheng", "郑晓红", Role.DEDICATED_OFFICER, "查看本机构居民和协议", "/"),
    DemoAccount("feng", "冯立新", Role.HOSPITAL_STAFF, "接收和答复转诊", "/"),
    DemoAccount("han", "韩玉梅", Role.COMMUNITY_STEWARD, "手机网格端：本村居", "/g/"),
    DemoAccount("shi", "石磊", Role.GRID_LEADER, "手机网格端：本网格", "/g/"),
    DemoAccount("sun", "孙丽华", Role.SENTINEL, "手机网格端：本网格", "/g/"),
    DemoAccount("xu", "徐涛", Role.SYSTEM_ADMIN, "管理账号与角色", "/admin/"),
    DemoAccount("shen", "沈洁", Role.AUDITOR, "登录日志、查阅日志", "/admin/"),
    DemoAccount("api", "数据接口", Role.API_CLIENT, "由程序凭令牌调用，没有登录页面", ""),
)


def by_role(role: Role) -> DemoAccount:
    return next(one for one in ACCOUNTS if one.role == role)
