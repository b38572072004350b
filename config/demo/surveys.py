"""Two surveys from the texts that ship: one that runs, one that is over; a dozen answers of each team."""

from datetime import date, datetime, timedelta
from random import Random

from config.demo.accounts import by_role
from config.demo.chance import Weighted
from core.sql import rows_of
from outreach.choices import AnswerWay, QuestionKind, SurveyKind
from outreach.models import Survey, SurveyAnswer
from outreach.rules.surveys import Question, templates
from teams.choices import Role
from teams.models import RoleAssignment, User

EACH, MOST_TEAMS = 14, 80  # residents asked of a team; teams asked
ANSWERED, GOOD = 0.75, 0.86
_WAYS = Weighted([(AnswerWay.PHONE, 70), (AnswerWay.PAPER, 30)])
_WISHES = ("希望周末也能咨询。", "多讲讲慢性病用药。", "上门服务很好。", "预约再方便一点。")
_DAY = timedelta(days=1)


def write_surveys(chance: Random, *, on: date, now: datetime) -> int:
    """How many answers."""
    bureau = User.objects.filter(username=by_role(Role.BUREAU).login).first()
    if bureau is None:
        return 0
    stewards = dict(
        RoleAssignment.objects.active_on(on)
        .filter(role=Role.INSTITUTION_STEWARD, institution__isnull=False)
        .order_by("-pk")
        .values_list("institution_id", "user_id")
    )
    asked = _asked()
    total = 0
    for kind, starts_on, ends_on in (
        (SurveyKind.SATISFACTION, on - 20 * _DAY, on + 25 * _DAY),
        (SurveyKind.AWARENESS, on - 80 * _DAY, on - 50 * _DAY),
    ):
        template = templates()[kind]
        survey = Survey.objects.create(
            title=template.title, kind=kind, introduction=template.introduction, starts_on=starts_on, ends_on=ends_on,
            questions=[one.as_json() for one in template.questions], made_by=bureau,
        )  # fmt: skip
        span = (min(ends_on, on) - starts_on).days
        rows = [
            SurveyAnswer(
                survey=survey, resident_id=resident, team_id=team, way=_WAYS.draw(chance),
                answers=_answers(chance, template.questions), recorded_by_id=stewards.get(institution, bureau.pk),
                answered_at=now - (on - starts_on - chance.randint(0, span - 1) * _DAY),
            )
            for resident, team, institution in asked
            if chance.random() < ANSWERED
        ]  # fmt: skip
        total += len(SurveyAnswer.objects.bulk_create(rows, batch_size=1000))
    return total


def _asked() -> list[tuple[int, int, int]]:
    """(resident, team, institution): the first people that a team looks after."""
    return list(
        rows_of(
            "SELECT one.id, team.id, team.institution_id FROM (SELECT id, institution_id FROM teams_team ORDER BY id"
            " LIMIT %(teams)s) AS team CROSS JOIN LATERAL (SELECT id FROM residents_resident"
            " WHERE managing_team_id = team.id AND life_status = 'present' ORDER BY id LIMIT %(each)s) AS one"
            " ORDER BY one.id",
            {"teams": MOST_TEAMS, "each": EACH},
        )
    )


def _answers(chance: Random, questions: tuple[Question, ...]) -> dict[str, str]:
    found = {}
    for one in questions:
        if one.kind == QuestionKind.WORDS:
            if chance.random() < 0.3:
                found[one.code] = chance.choice(_WISHES)
            continue
        good = [each.code for each in one.choices if each.is_good]
        others = [each.code for each in one.choices if not each.is_good]
        is_good = good and (not others or chance.random() < GOOD)
        found[one.code] = chance.choice(good if is_good else others)
    return found
