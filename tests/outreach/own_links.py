"""Links to one resident and surveys, for tests: made through their actions."""

import datetime as dt

from django.urls import reverse

from outreach.actions.personal_links import make_link
from outreach.actions.surveys import SurveyFacts, answer_survey, open_survey
from outreach.choices import LinkPurpose
from outreach.models import PersonalLink, Survey
from outreach.policy import policy_on
from outreach.queries.personal_links import secret_of
from outreach.rules.surveys import templates

TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
HAPPY = {"q1": "1", "q2": "1", "q3": "1", "q4": "5", "q5": "希望周末也能上门"}


def a_link(by, resident, purpose=LinkPurpose.BOOK, *, on=TODAY, now=NOW, **about) -> PersonalLink:
    return make_link(by=by, on=on, now=now, resident=resident, purpose=purpose, policy=policy_on(on), **about)


def address_of(link: PersonalLink) -> str:
    return reverse("public-personal", args=[secret_of(link.pk)])


def facts_of(kind="satisfaction", **changes) -> SurveyFacts:
    found = templates()[kind]
    asked = {
        "title": found.title,
        "kind": kind,
        "introduction": found.introduction,
        "starts_on": TODAY,
        "ends_on": TODAY + dt.timedelta(days=30),
        "questions": found.questions,
    }
    return SurveyFacts(**asked | changes)


def a_survey(by, kind="satisfaction", **changes) -> Survey:
    return open_survey(by=by, on=TODAY, facts=facts_of(kind, **changes))


def an_answer(survey, resident, *, by, answers=None, way="phone", on=TODAY):
    return answer_survey(
        by=by, on=on, now=NOW, survey=survey, resident=resident, answers=answers or HAPPY, way=way
    )
