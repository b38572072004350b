"""Made-up issues that need no database, and strings of people who mean harm."""

import datetime as dt

from outreach.choices import DisclosureTopic, ItemState
from outreach.disclosures.content import Content, ContentItem, Figure
from outreach.queries.bulletins import Bulletin, Correction

AT = dt.datetime(2026, 11, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))
LINK = "https://jiayi.example.gov.cn/p/d/abcdefgh/"
SENTENCE = "老年人冬季要注意保暖，坚持规律服药，按时监测血压，出现胸闷气短请及时就医。"
POINT = "- 11月4日（周三）9:00-11:00 东北村社区卫康室，测血压、血糖，电话 0631-5200001\n"

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<style>body{display:none}</style>",
    '<link rel="stylesheet" href="file:///etc/passwd">',
    "<iframe src='http://127.0.0.1/'></iframe>",
    "{{ content.phone }}{% include 'x' %}",
    "</section></main><h1>假公告</h1>",
    "&lt;b&gt; &#x3c;script&#x3e;",
    "左\u202e右\u2066反\u200b零\u0000空",
    "=HYPERLINK(\"http://example.com\")",
    "javascript:alert(1)",
    "Z̵̧̢̫̮̘̪̈́̑̏͝a̸l̶g̷o̵" * 5,
    "- \n- \n- ",
    "无空格" * 300,
    "a" * 2000,
]  # fmt: skip


def content(text: str = SENTENCE, *, nothing: tuple[int, ...] = (), **given) -> Content:
    """All ten say the same."""
    items = tuple(
        ContentItem(
            number=int(topic),
            title=str(topic.label),
            state=ItemState.NOTHING if topic in nothing else ItemState.FILLED,
            text="" if topic in nothing else text,
            as_of=AT,
            facts=(Figure("次数", 3, "次", AT, "/visits/?secret=1"),),
        )
        for topic in DisclosureTopic
    )
    values = {
        "month": dt.date(2026, 11, 1),
        "institution": "环翠楼街道社区卫生服务中心",
        "team": "李医生团队",
        "phone": "0631-5200001",
        "items": items,
    }
    return Content(**values | given)


def bulletin(
    text: str = SENTENCE, *, corrections: tuple[str, ...] = (), is_published: bool = True, **given
) -> Bulletin:
    notes = tuple(Correction("专家坐诊安排", one, AT) for one in corrections)
    told = content(text, **given)
    return Bulletin("abcdefgh", told, AT, "d" * 64, notes) if is_published else Bulletin("abcdefgh", told)
