"""When residents count as told (S0-23): enough items, by enough kinds of channel, within the month. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from contracts.rules import Objection
from outreach.choices import DisclosureChannel, DisclosureState, DisclosureTopic, ProofState
from outreach.disclosures.base import Month

# No more can be asked for than there is.
MOST_ITEMS, MOST_CHANNELS = len(DisclosureTopic), len(DisclosureChannel)

# What may become of a proof; what was withdrawn stays so.
DECISIONS: dict[ProofState, frozenset[ProofState]] = {
    ProofState.COUNTED: frozenset({ProofState.REJECTED}),
    ProofState.FLAGGED: frozenset({ProofState.COUNTED, ProofState.REJECTED}),
    ProofState.REJECTED: frozenset({ProofState.COUNTED}),
    ProofState.WITHDRAWN: frozenset(),
}
WITHDRAWABLE = frozenset({ProofState.COUNTED, ProofState.FLAGGED})


class Standing(StrEnum):
    """How a team (or institution) stands with the issue of a month."""

    MET = "达标"
    MET_LATE = "逾期达标"
    OPEN = "进行中"
    LATE = "已逾期"
    FAILED = "未达标"


TAGS = {
    Standing.MET: "green",
    Standing.MET_LATE: "yellow",
    Standing.OPEN: "blue",
    Standing.LATE: "red",
    Standing.FAILED: "red",
}


# Two letters where a year stands in a row.
SHORT = {
    Standing.MET: "达标",
    Standing.MET_LATE: "迟达",
    Standing.OPEN: "进行",
    Standing.LATE: "逾期",
    Standing.FAILED: "未达",
}


@dataclass(frozen=True)
class Asked:
    """What is asked of a month, by the numbers in force at its end.

    Attributes:
        items: of the ten that must be told. channels: different kinds of channel.
        due_on: last day of being in time.
    """

    items: int
    channels: int
    due_on: date


@dataclass(frozen=True)
class Told:
    """What was done for an issue.

    Attributes:
        state: of the issue; None if there is none.
        items: told, those declared as nothing this month included.
        channels: kind -> first day of a counted posting; days outside the month do not matter.
        flagged: proofs that wait for a decision.
    """

    state: DisclosureState | None = None
    published_on: date | None = None
    items: int = 0
    channels: Mapping[str, date] | None = None
    flagged: int = 0


@dataclass(frozen=True)
class Verdict:
    """How it stands, and what is missing in words.

    Attributes:
        met_on: day on which the last thing asked was done; None while something is missing.
    """

    standing: Standing
    missing: tuple[str, ...]
    kinds: int
    met_on: date | None = None

    @property
    def is_met(self) -> bool:
        return self.met_on is not None

    @property
    def is_late(self) -> bool:
        """Whether it belongs on the list of those that were late, or still are."""
        return self.standing in (Standing.LATE, Standing.MET_LATE, Standing.FAILED)

    @property
    def tag(self) -> str:
        return TAGS[self.standing]

    @property
    def short(self) -> str:
        return SHORT[self.standing]


def verdict_of(told: Told, asked: Asked, *, month: Month, on: date) -> Verdict:
    """Two groups are one kind of channel; a posting before or after the month does not count (example 8 of section 12)."""
    days = sorted(day for day in (told.channels or {}).values() if month.first <= day <= month.last)
    missing = _missing(told, asked, kinds=len(days))
    if not missing:
        met_on = max([told.published_on or month.first, *days[: asked.channels]])
        standing = Standing.MET if met_on <= asked.due_on else Standing.MET_LATE
        return Verdict(standing, (), len(days), met_on)
    if on > month.last:
        return Verdict(Standing.FAILED, missing, len(days))
    return Verdict(Standing.LATE if on > asked.due_on else Standing.OPEN, missing, len(days))


def _missing(told: Told, asked: Asked, *, kinds: int) -> tuple[str, ...]:
    if told.state is None:
        return ("尚未生成",)
    if told.state == DisclosureState.DRAFT:
        return ("待团队长确认",)
    if told.state == DisclosureState.CONFIRMED:
        return ("待机构审核发布",)
    found = []
    if told.items < asked.items:
        found.append(f"内容少 {asked.items - told.items} 项")
    if kinds < asked.channels:
        found.append(f"公开形式少 {asked.channels - kinds} 种")
        if told.flagged:
            found.append(f"疑似重复待核 {told.flagged} 条")
    return tuple(found)


def object_to_posting(
    *, state: DisclosureState, published_on: date | None, posted_on: date, on: date, backdate_days: int
) -> Objection | None:
    """Nobody can have posted what was not published yet, or will be posted tomorrow; nor is a month filled in afterwards."""
    if state != DisclosureState.PUBLISHED or published_on is None:
        return Objection("not_published", "这一期还没有发布，请发布后再公开和登记凭证。")
    if posted_on > on:
        return Objection("posted_ahead", "公开日期不能晚于今天。", "posted_on")
    if posted_on < published_on:
        return Objection(
            "posted_before", f"这一期于{published_on:%Y-%m-%d}发布，公开日期不能早于这一天。", "posted_on"
        )
    if (on - posted_on).days > backdate_days:
        return Objection(
            "posted_long_ago", f"只能补登{backdate_days}天以内的公开，请核对公开日期。", "posted_on"
        )
    return None


def object_to_decision(state: ProofState, verdict: ProofState) -> Objection | None:
    if verdict in DECISIONS[state]:
        return None
    if state == ProofState.WITHDRAWN:
        return Objection("is_withdrawn", "这条凭证已经撤回，不用再核定。")
    return Objection("same_verdict", "这条凭证已经是这个结论，请刷新页面查看。")


def object_to_withdrawal(state: ProofState) -> Objection | None:
    if state in WITHDRAWABLE:
        return None
    if state == ProofState.REJECTED:
        return Objection("is_rejected", "这条凭证已核定为不予认定，须留作记录，不能撤回。")
    return Objection("withdrawn_already", "这条凭证已经撤回过了。")
