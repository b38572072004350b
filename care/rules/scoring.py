"""Scores of the two scales of elderly care: self-care ability, and constitution by 33 questions (3.3). Pure.

Both are printed instruments with fixed points; what follows from a score is in the rule table of the programme.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Item -> (name, points of the four levels from independent to dependent). EL-3
SELF_CARE: Mapping[str, tuple[str, tuple[int, int, int, int]]] = {
    "eating": ("进餐", (0, 0, 3, 5)),
    "grooming": ("梳洗", (0, 1, 3, 7)),
    "dressing": ("穿衣", (0, 0, 3, 5)),
    "toilet": ("如厕", (0, 1, 5, 10)),
    "activity": ("活动", (0, 1, 5, 10)),
}
# Type -> (name, questions whose answers are added). EL-4
BIASED: Mapping[str, tuple[str, tuple[int, int, int, int]]] = {
    "qi_deficiency": ("气虚质", (2, 3, 4, 14)),
    "yang_deficiency": ("阳虚质", (11, 12, 13, 29)),
    "yin_deficiency": ("阴虚质", (10, 21, 26, 31)),
    "phlegm_dampness": ("痰湿质", (9, 16, 28, 32)),
    "damp_heat": ("湿热质", (23, 25, 27, 30)),
    "blood_stasis": ("血瘀质", (19, 22, 24, 33)),
    "qi_stagnation": ("气郁质", (5, 6, 7, 8)),
    "special": ("特禀质", (15, 17, 18, 20)),
}
BALANCED = "balanced"
_BALANCED_PLUS, _BALANCED_MINUS = 1, (2, 4, 5, 13)  # an answer counts as it is; four count from the other end
QUESTIONS = range(1, 34)
_BIASED_FROM, _LEANS_FROM = 11, 9
_BALANCED_FROM, _OTHERS_CLEAR, _OTHERS_NEARLY = 17, 8, 10

YES, LEANS, BASICALLY, NO = "yes", "leans", "basically", "no"


def self_care_score(levels: Mapping[str, int]) -> int | None:
    """Points of the five items.

    Args:
        levels: item -> level, 1 independent to 4 dependent; eating and dressing are asked without level 2.

    Returns:
        None while an item is missing.
    """
    if any(item not in levels for item in SELF_CARE):
        return None
    return sum(points[levels[item] - 1] for item, (_, points) in SELF_CARE.items())


@dataclass(frozen=True)
class Standing:
    """A constitution type of a person: its points, and whether he is of it (yes, leans, basically, no)."""

    score: int
    standing: str


def constitution(answers: Mapping[int, int]) -> dict[str, Standing]:
    """The nine types, balanced first.

    Args:
        answers: question 1 to 33 -> 1 (not at all) to 5 (very much or always); all of them. The form asks question 9 by
            the body-mass index and question 14 by the colds of a year.
    """
    scores = {kind: sum(answers[one] for one in asked) for kind, (_, asked) in BIASED.items()}
    score = answers[_BALANCED_PLUS] + sum(6 - answers[one] for one in _BALANCED_MINUS)
    found = {BALANCED: Standing(score, _balanced(score, max(scores.values())))}
    return found | {kind: Standing(points, _biased(points)) for kind, points in scores.items()}


def _biased(score: int) -> str:
    if score >= _BIASED_FROM:
        return YES
    return LEANS if score >= _LEANS_FROM else NO


def _balanced(score: int, highest: int) -> str:
    if score < _BALANCED_FROM or highest > _OTHERS_NEARLY:
        return NO
    return YES if highest <= _OTHERS_CLEAR else BASICALLY


def computed(form: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the classification of a form needs beside its fields; empty while answers are missing."""
    if form == "constitution" and all(values.get(f"q{one}") for one in QUESTIONS):
        types = constitution({one: int(values[f"q{one}"]) for one in QUESTIONS})
        biased = [one.standing for kind, one in types.items() if kind != BALANCED]
        return {
            "balanced": types[BALANCED].standing,
            "biased": biased.count(YES),
            "leaning": biased.count(LEANS),
        }
    return {}
