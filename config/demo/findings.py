"""What is found at a visit of the demonstration: believable values, most of them good, some not. Pure."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from config.demo.chance import bounded

Values = dict[str, Any]


def found_at(chance: Random, form: str) -> Values:
    """Values of a form by field key; nothing for a form that is not drawn."""
    draw = _DRAWN.get(form)
    return draw(chance) if draw else {}


def _pressure(chance: Random) -> Values:
    sbp = bounded(chance, 134, 12, 100, 192)
    return {
        "sbp": sbp,
        "dbp": min(bounded(chance, 81, 8, 55, 118), sbp - 20),
        "heart_rate": bounded(chance, 74, 8, 52, 110),
    }


def _body(chance: Random) -> Values:
    return {"height": bounded(chance, 162, 8, 140, 186), "weight": bounded(chance, 64, 9, 40, 98)}


def _usual(chance: Random) -> Values:
    """What every follow-up of a chronic illness asks for."""
    adherence = "regular" if chance.random() < 0.85 else "intermittent"
    return {
        "symptoms": ["none"],
        "adherence": adherence,
        "reaction": chance.random() < 0.02,
        "complication": "none",
    }


def _hypertension(chance: Random) -> Values:
    return _usual(chance) | _pressure(chance)


def _diabetes(chance: Random) -> Values:
    glucose = round(bounded(chance, 66, 11, 42, 148) / 10, 1)
    return _usual(chance) | _pressure(chance) | {"glucose_fasting": glucose, "hypo": "none"}


def _copd(chance: Random) -> Values:
    grade = "acute" if chance.random() < 0.05 else "stable_high" if chance.random() < 0.3 else "stable_low"
    return _usual(chance) | {
        "grade": grade,
        "spo2": bounded(chance, 95, 2, 86, 99),
        "exacerbations": int(grade == "acute"),
    }


def _mental(chance: Random) -> Values:
    risk = "1" if chance.random() < 0.1 else "0"
    return {
        "is_reached": True,
        "risk": risk,
        "insight": "full",
        "symptoms_grade": "none",
        "adherence": "regular",
    }


def _check_up(chance: Random) -> Values:
    return (
        _pressure(chance) | _body(chance) | {"glucose_fasting": round(bounded(chance, 56, 7, 40, 90) / 10, 1)}
    )


def _self_care(chance: Random) -> Values:
    level = "2" if chance.random() < 0.12 else "1"
    return dict.fromkeys(("eating", "grooming", "dressing", "toilet", "activity"), level)


def _constitution(chance: Random) -> Values:
    return {f"q{number}": str(chance.choice((1, 1, 2, 2, 3))) for number in range(1, 34)}


def _child(chance: Random) -> Values:
    return {"abnormal": chance.random() < 0.04, "refer": False}


def _health_plan(_chance: Random) -> Values:
    return {
        "problems": "血压偏高，体重超重，活动量少。",
        "goal": "三个月内血压低于 140/90 mmHg，体重减 2 公斤。",
        "treatment": "每月测血压，每三个月随访一次；出现头痛、胸闷及时就诊。",
        "medication": "按医嘱服药，不自行停药、换药。",
        "diet": "每天食盐不超过 5 克，少油，多吃蔬菜。",
        "daily": "按时作息，戒烟，限酒，保持心情平和。",
        "exercise": "每周快走 5 次，每次 30 分钟。",
        "prevention": "每年体检一次，按时接种流感疫苗。",
        "tcm": "饮食清淡，练八段锦，可按揉太冲、曲池。",
        "told": True,
    }


_DRAWN: Mapping[str, Callable[[Random], Values]] = {
    "htn_follow_up": _hypertension,
    "dm_follow_up": _diabetes,
    "copd_follow_up": _copd,
    "smi_follow_up": _mental,
    "check_up": _check_up,
    "elder_check_up": _check_up,
    "self_care": _self_care,
    "constitution": _constitution,
    "child_check": _child,
    "health_plan": _health_plan,
}
