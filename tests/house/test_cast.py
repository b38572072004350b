"""The cast stands where the other tests expect it."""

from residents.models import Resident
from teams.access import Permission, may, scope_of
from tests.factories.residents import ResidentFactory


def test_residents_are_seen_by_their_team_and_nobody_elses(cast, district):
    ours, theirs = ResidentFactory(grid=district.grid_a), ResidentFactory(grid=district.grid_b)
    assert set(Resident.objects.visible_to(cast.li)) == {ours}
    assert set(Resident.objects.visible_to(cast.zhao)) == {theirs}
    assert set(Resident.objects.visible_to(cast.zhou)) == {ours, theirs}
    assert set(Resident.objects.visible_to(cast.qian)) == {ours}
    assert not Resident.objects.visible_to(cast.xu).filter(pk=None).exists()


def test_roles_come_from_memberships_and_assignments(cast):
    assert may(cast.li, Permission.AGREEMENT_TERMINATE)
    assert not may(cast.wang, Permission.AGREEMENT_TERMINATE)
    assert may(cast.sun, Permission.GRID_PAGE)
    assert not may(cast.xu, Permission.RESIDENT_VIEW)
    assert scope_of(cast.li).teams == (cast.team_a.pk,)
