"""Sex as rosters write it (docs/domain.md 7.1 item 15)."""

from functools import lru_cache

from core.text import clean
from residents.choices import Sex
from residents.rules.faults import Fault

_WORDS = {
    **dict.fromkeys(("男", "男性", "1", "m", "male", "男士"), Sex.MALE),
    **dict.fromkeys(("女", "女性", "2", "f", "female", "女士"), Sex.FEMALE),
    **dict.fromkeys(("未知", "不详", "0", "9", "未说明", ""), Sex.UNKNOWN),
}


@lru_cache(maxsize=256)
def read_sex(text: str) -> Sex | Fault:
    """男, 女性, 1, F ...; an empty cell is unknown."""
    word = clean(text).lower()
    found = _WORDS.get(word)
    return found if found is not None else Fault("sex_unknown", f"不认识的性别“{word[:10]}”", "请填男或女")
