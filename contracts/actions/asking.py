"""What every verb on a running agreement asks first: its row, its state, whose team it is."""

from collections.abc import Collection
from datetime import date

from contracts.actions.locking import locked_agreement
from contracts.choices import AgreementState
from contracts.models import Agreement
from contracts.queries.signing import works_for
from contracts.rules import Objection, states
from core.refusals import Refusal
from teams.models import User

_OWN = "只能办理本人所在团队的协议；机构家医管家可以办理本机构各团队的协议。"
_LEADER = "这一项由签约团队的团队长或其机构的家医管家办理。"


def refuse(refusal: type[Refusal], objection: Objection | None) -> None:
    if objection:
        raise refusal(objection.code, objection.sentence, field=objection.field)


def held_for(
    verb: states.Verb, agreement: Agreement, refusal: type[Refusal], *, by: User, on: date, as_leader: bool = False,
    also: Collection[int] = (),
) -> Agreement:  # fmt: skip
    """The agreement's row, locked; refused in the wrong state or for another team's people.

    Args:
        also: residents to lock with those who are in it.
    """
    held = locked_agreement(agreement, also=also)
    following = states.step(AgreementState(held.state), verb)
    if isinstance(following, Objection):
        raise refusal(following.code, following.sentence)
    if not works_for(by, held.team, on=on, as_leader=as_leader):
        raise refusal("not_own_team", _LEADER if as_leader else _OWN)
    return held
