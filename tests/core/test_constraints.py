"""A violated constraint is said in its own words."""

import pytest
from django.db import IntegrityError

from core.constraints import refuse_on, sentence_of
from core.refusals import Refusal
from teams.models import Team
from tests.factories.teams import LONG_AGO, TeamFactory

pytestmark = pytest.mark.django_db


class CannotNameTeam(Refusal):
    pass


def twin(team):
    return Team.objects.create(institution=team.institution, name=team.name, starts_on=LONG_AGO)


def test_a_named_constraint_becomes_the_refusal_and_the_transaction_goes_on():
    team = TeamFactory()
    with pytest.raises(CannotNameTeam) as caught, refuse_on(Team, CannotNameTeam, team_name_unique="name"):
        twin(team)
    assert (caught.value.code, caught.value.field) == ("team_name_unique", "name")
    assert caught.value.sentence == sentence_of(Team, "team_name_unique") == "本机构已有同名团队。"
    assert Team.objects.count() == 1


def test_what_was_written_before_in_the_block_is_undone():
    team = TeamFactory()
    with pytest.raises(CannotNameTeam), refuse_on(Team, CannotNameTeam, team_name_unique="name"):
        Team.objects.filter(pk=team.pk).update(phone="06315209999")
        twin(team)
    team.refresh_from_db()
    assert team.phone != "06315209999"


def test_other_constraints_pass_through():
    team = TeamFactory()
    with pytest.raises(IntegrityError), refuse_on(Team, CannotNameTeam, team_ends_after_start="ends_on"):
        twin(team)
