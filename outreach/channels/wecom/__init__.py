"""WeCom group robots, one for an institution: 20 messages a minute each, text of 2048 bytes at most.

A robot knows no keys, so what may have arrived is not sent again: rather once in the inbox than twice in the group.
"""

from datetime import datetime, timedelta

import httpx2
from django.conf import settings

from core.crypto import keyed_digest
from core.pacing import free_at
from outreach.channels.base import Letter, NotYet, Refused
from outreach.choices import ChannelCode

MOST, WITHIN = 20, timedelta(minutes=1)
LONGEST_TEXT = 2048  # bytes of UTF-8
TIMEOUT = httpx2.Timeout(10, connect=5)  # seconds
TOO_FAST = 45009  # its own word for "more than 20 a minute"
# Before the robot could have read anything.
_NEVER_ARRIVED = ("ConnectError", "ConnectTimeout", "PoolTimeout", "RobotBusy")


class RobotBusy(Exception):
    """The robot took nothing, and may take it later."""


class RobotFailed(Exception):
    """The robot broke down over the message; perhaps it had said it by then."""


class WecomChannel:
    code = ChannelCode.WECOM.value
    knows_keys = False

    def is_available(self) -> bool:
        return bool(settings.WECOM_ROBOTS)

    def may_have_sent(self, failure: str) -> bool:
        return failure not in _NEVER_ARRIVED

    def send(self, letter: Letter, *, at: datetime) -> None:
        robot = robot_of(letter)
        if robot is None:
            raise Refused("no robot for the institution")
        name = f"wecom:{keyed_digest(robot, purpose='wecom.robot')[:40]}"
        later = free_at(name, at=at, most=MOST, within=WITHIN)
        if later is not None:
            raise NotYet(later)
        answer = httpx2.post(robot, json=_message(letter), timeout=TIMEOUT)
        if answer.status_code in (429, 503):
            raise RobotBusy(answer.status_code)
        if answer.status_code >= 500:
            raise RobotFailed(answer.status_code)
        code = answer.json().get("errcode") if answer.status_code == 200 else answer.status_code
        if code == TOO_FAST:
            raise NotYet(at + WITHIN)
        if code != 0:
            raise Refused(f"errcode {code}")


def robot_of(letter: Letter) -> str | None:
    """The robot of his institution, of the one above it, or the one for everybody ("*")."""
    place = letter.recipient.institution
    codes = [place.code, place.parent.code if place.parent else ""] if place else []
    return next((settings.WECOM_ROBOTS[one] for one in (*codes, "*") if one in settings.WECOM_ROBOTS), None)


def _message(letter: Letter) -> dict:
    """The group sees for whom it is: the robot calls the colleague by his telephone, or we by his name."""
    phone = letter.recipient.phone
    if phone:
        content = {"content": fitting(letter.text), "mentioned_mobile_list": [phone]}
    else:
        content = {"content": fitting(f"{letter.recipient.name}：{letter.text}")}
    return {"msgtype": "text", "text": content}


def fitting(text: str) -> str:
    """Cut to what a robot takes, never inside a character."""
    raw = text.encode()
    if len(raw) <= LONGEST_TEXT:
        return text
    return raw[: LONGEST_TEXT - 3].decode(errors="ignore") + "…"
