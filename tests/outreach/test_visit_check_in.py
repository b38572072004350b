"""Grid workers at a visit: once, however often and however late the telephone gets through."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from grids.choices import PostingRole
from outreach.actions.checking_in import CannotCheckIn, check_in
from outreach.actions.visits import cancel_visit
from outreach.choices import PlaceGrade, VisitKind
from outreach.models import VisitCheckIn
from outreach.rules.places import Place
from tests.outreach.visiting import DAY, at, planned, point_in
from tests.residents.test_actions_concurrency import together

pytestmark = pytest.mark.django_db
D = dt.timedelta(days=1)


@pytest.fixture
def visit(cast, district, noon):
    point = point_in(district.grid_a, latitude="37.500000", longitude="122.100000")
    return planned(cast.li, cast.team_a, point=point)


def there(visit, by, *, token=None, **more):
    facts = {"on": DAY, "now": timezone.now(), "client_token": token or uuid.uuid4()} | more
    return check_in(by=by, visit=visit, **facts)


def test_once_however_often_it_is_sent(cast, visit):
    token = uuid.uuid4()
    first = there(visit, cast.sun, token=token, typed_at=at(9), position=Place(37.5, 122.1, 10))
    assert there(visit, cast.sun, token=token).pk == first.pk
    assert there(visit, cast.sun).pk == first.pk  # from another page
    row = VisitCheckIn.objects.get()
    assert (row.place_grade, row.typed_at, row.posting.role) == (
        PlaceGrade.THERE,
        at(9),
        PostingRole.SENTINEL,
    )


def test_leader_and_steward_check_in_as_what_they_work(cast, visit, people):
    assert there(visit, people.leader).posting == people.leader_post
    assert there(visit, people.steward).posting == people.steward_post
    with pytest.raises(CannotCheckIn) as refusal:
        there(visit, cast.li)
    assert refusal.value.code == "check_in_not_posted"


def test_a_work_day_is_found_by_its_grids(cast, district, visit):
    work = planned(cast.li, cast.team_a, kind=VisitKind.WORK_DAY, grids=[district.grid_a, district.grid_b])
    assert there(work, cast.sun).posting.grid == district.grid_a


def test_anothers_token_is_refused(cast, visit, people):
    token = uuid.uuid4()
    there(visit, cast.sun, token=token)
    with pytest.raises(CannotCheckIn) as refusal:
        there(visit, people.leader, token=token)
    assert refusal.value.code == "check_in_token_taken"


def test_a_token_used_at_another_visit_is_refused(cast, visit):
    token, other = (
        uuid.uuid4(),
        planned(cast.li, cast.team_a, kind=VisitKind.WORK_DAY, grids=[visit.point.grid]),
    )
    there(visit, cast.sun, token=token)
    with pytest.raises(CannotCheckIn) as refusal:
        there(other, cast.sun, token=token)
    assert refusal.value.code == "check_in_token_taken"
    assert VisitCheckIn.objects.get().visit == visit


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_token_at_two_visits_in_the_same_moment(cast, visit):
    token, other = (
        uuid.uuid4(),
        planned(cast.li, cast.team_a, kind=VisitKind.WORK_DAY, grids=[visit.point.grid]),
    )
    found = together(*(lambda one=one: there(one, cast.sun, token=token) for one in (visit, other)))
    assert sorted(getattr(one, "code", "there") for one in found) == ["check_in_token_taken", "there"]
    assert VisitCheckIn.objects.count() == 1


@pytest.mark.parametrize(("days", "code"), [(-1, "check_in_to_come"), (7, ""), (8, "visit_too_late")])
def test_days_late_but_not_too_many(cast, visit, days, code):
    if not code:
        assert there(visit, cast.sun, on=DAY + days * D, typed_at=at(10)).typed_at == at(10)
        return
    with pytest.raises(CannotCheckIn) as refusal:
        there(visit, cast.sun, on=DAY + days * D)
    assert refusal.value.code == code


def test_not_where_it_was_called_off(cast, visit):
    cancel_visit(by=cast.li, on=DAY, now=timezone.now(), visit=visit, note="雨")
    with pytest.raises(CannotCheckIn) as refusal:
        there(visit, cast.sun)
    assert refusal.value.code == "check_in_cancelled"
