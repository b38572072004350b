"""Clicks at the same moment on one link, answers to one survey, on real connections."""

import threading

import pytest
from django.db import connection

from core.refusals import Refusal
from outreach.actions.using_links import answer_behind
from outreach.choices import LinkPurpose
from outreach.models import PersonalLink, SurveyAnswer
from tests.factories.contracts import ensure_wording
from tests.factories.residents import ResidentFactory
from tests.outreach.own_links import HAPPY, NOW, TODAY, a_link, a_survey, an_answer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.usefixtures("noon")]
CLICKS = 6


def at_once(*deeds) -> list[str]:
    """What each of them came to, sorted."""
    barrier, answers = threading.Barrier(len(deeds)), []

    def run(deed) -> None:
        try:
            barrier.wait(10)
            answers.append(str(deed() and "done"))
        except Refusal as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in deeds]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return sorted(answers)


@pytest.fixture
def resident(cast, district):
    ensure_wording()
    return ResidentFactory(grid=district.grid_a)


def test_two_colleagues_make_one_link(resident, cast):
    assert at_once(*[lambda: a_link(cast.li, resident)] * CLICKS) == ["done"] * CLICKS
    assert PersonalLink.objects.count() == 1


def test_six_clicks_are_one_answer(resident, cast):
    link = a_link(cast.li, resident, LinkPurpose.SURVEY, survey=a_survey(cast.zhou))
    deed = lambda: answer_behind(on=TODAY, now=NOW, link=link, answers=HAPPY)  # noqa: E731
    assert at_once(*[deed] * CLICKS) == ["done"] + ["used"] * (CLICKS - 1)
    assert SurveyAnswer.objects.count() == 1


def test_the_link_and_the_telephone_at_once_are_one_answer(resident, cast):
    survey = a_survey(cast.zhou)
    link = a_link(cast.li, resident, LinkPurpose.SURVEY, survey=survey)
    by_link = lambda: answer_behind(on=TODAY, now=NOW, link=link, answers=HAPPY)  # noqa: E731
    by_phone = lambda: an_answer(survey, resident, by=cast.zhou)  # noqa: E731
    found = at_once(by_link, by_phone, by_phone, by_phone)
    assert found.count("done") == 1
    assert SurveyAnswer.objects.count() == 1
