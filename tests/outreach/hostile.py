"""Texts that would do harm where they are not cleaned or not escaped; used by tests of everything that goes out."""

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</p></section><iframe src=javascript:alert(1)>",
    "<style>*{display:none}</style>",
    "<!-- 注释 --><b>粗体</b>",
    "{{ 7|add:7 }}{% now 'Y' %}{# x #}",
    "javascript:alert(1)",
    "&lt;script&gt;&amp;&#x3c;img&#62;",
    "@import url(//example.org/x.css)",
    '=HYPERLINK("http://example.org")',
    "+cmd|' /C calc'!A0",
    "正常\u202e反向的文字\u202c正常",
    "\u2066隔离\u2069\u200e\u200f\u061c",
    "零\u200b宽\u200c字\u200d符\u2060\ufeff\u00ad",
    "控制\x00\x01\x07\x08\x1b[31m\x7f\x9b符",
    "行一\u2028行二\u2029行三\x0b行四\x0c行五\x85行六\r\n行七\r行八",
    "空白\u3164\u115f\u1160\uffa0\u2800字",
    "叠" + "\u0301" * 200 + "字",
    "变体\ufe0f\U000e0100\U000e0041标签\U000e007f",
    "私用\ue000\U000f0000字",
    "长" * 5000,
    "\n" * 500 + "后面",
    "a" * 1900,
    "- \n- \n•\n* ",
    "   　\t  ",
)
# What must not be in anything that is shown.
INVISIBLE = (
    *"\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2069\u202a\u202c\u202e\u061c\ufeff\u00ad",
    *"\x00\x01\x07\x08\x1b\x7f\x9b\x85\u2028\u2029\x0b\x0c\r",
    *"\u3164\u115f\u1160\uffa0\u2800\ufe0f\U000e0100\U000e0041\ue000",
)
