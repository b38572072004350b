"""Which numbers the bureau may change: the policy of every room, on one page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from assessment import policy as assessment
from care import policy as care
from contracts import policy as contracts
from core.policy import load
from outreach import policy as outreach
from residents import policy as residents
from teams import policy as teams


@dataclass(frozen=True)
class RoomPolicy:
    """A room's dataclass of numbers, under the name of its tab."""

    room: str
    label: str
    shape: type

    def on(self, day: date) -> Any:
        return load(self.shape, self.room, day)


ROOMS = {
    one.room: one
    for one in (
        RoomPolicy(teams.ROOM, "机构团队与账号", teams.TeamsPolicy),
        RoomPolicy(residents.ROOM, "居民家庭", residents.ResidentsPolicy),
        RoomPolicy(contracts.ROOM, "签约服务", contracts.ContractsPolicy),
        RoomPolicy(care.ROOM, "履约随访", care.CarePolicy),
        RoomPolicy(outreach.ROOM, "走进网格", outreach.OutreachPolicy),
        RoomPolicy(assessment.ROOM, "考核", assessment.AssessmentPolicy),
    )
}
