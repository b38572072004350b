"""Who was sent into a team sees the calendars of its institution, and does not write them."""

import datetime as dt

import pytest
from django.urls import reverse

from outreach.actions.vaccines import VaccineFacts, add_vaccine
from outreach.choices import SupplyState, VaccineAudience, VaccineProgram
from outreach.models import ClinicHours, Livestream, LivestreamSlot, VaccineSupply
from teams.choices import Profession, Role
from tests.factories.calendars import a_clinic, a_slot
from tests.factories.teams import RoleAssignmentFactory, TeamMembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def feng(cast):
    """Of the hospital, and sent into team A."""
    user = UserFactory(username="feng", name="冯干事", institution=cast.hospital)
    RoleAssignmentFactory(user=user, role=Role.HOSPITAL_STAFF, institution=cast.hospital, area_code="")
    TeamMembershipFactory(team=cast.team_a, user=user, profession=Profession.SPECIALIST, is_dispatched=True)
    return user


@pytest.fixture
def vaccine(cast) -> VaccineSupply:
    facts = VaccineFacts("流感疫苗", VaccineProgram.PAID, VaccineAudience.BOTH, SupplyState.PLENTY)
    return add_vaccine(by=cast.qian, on=TODAY, institution=cast.institution_a, facts=facts)


def test_hours_are_seen_and_not_changed(client, cast, feng, noon):
    (clinic, *_) = a_clinic(cast.institution_a, by=cast.qian)
    client.force_login(feng)
    own = f"?institution={cast.institution_a.pk}"
    page = client.get(reverse("calendar-clinics") + own)
    assert page.status_code == 200
    assert reverse("calendar-clinic-edit", args=[clinic.pk]) not in page.content.decode()
    assert reverse("calendar-clinic-new") not in client.get(reverse("calendar") + own).content.decode()
    for name in ("edit", "end", "stop"):
        assert client.get(reverse(f"calendar-clinic-{name}", args=[clinic.pk])).status_code == 403
    for name in ("calendar-clinic-new", "calendar-vaccine-new", "livestream-new", "livestream-slot-new"):
        assert client.get(reverse(name) + own).status_code == 403
    assert client.get(reverse("calendar-clinic-new")).status_code == 200  # the hospital's own
    stop = clinic.stops.create(starts_on=TODAY, ends_on=TODAY, reason="检修", entered_by=cast.qian)
    assert client.post(reverse("calendar-clinic-resume", args=[stop.pk])).status_code == 403
    assert ClinicHours.objects.count() and clinic.stops.count() == 1


def test_vaccines_are_seen_and_not_changed(client, cast, feng, vaccine, noon):
    client.force_login(feng)
    address = f"{reverse('calendar-vaccines')}?institution={cast.institution_a.pk}"
    page = client.get(address)
    assert page.status_code == 200
    assert "确认为今天的情况" not in page.content.decode()
    sent = {f"state_{vaccine.pk}": "out", f"note_{vaccine.pk}": ""}
    assert client.post(address, sent).status_code == 403
    assert client.get(reverse("calendar-vaccine-edit", args=[vaccine.pk])).status_code == 403
    assert client.post(reverse("calendar-vaccine-remove", args=[vaccine.pk])).status_code == 403
    assert VaccineSupply.objects.get().state == SupplyState.PLENTY


def test_streams_are_seen_and_not_recorded(client, cast, feng, noon):
    slot = a_slot(cast.institution_a, by=cast.qian, on=TODAY)
    stream = Livestream.objects.order_by("on").first()
    client.force_login(feng)
    listed = client.get(reverse("livestream-list"))
    assert listed.status_code == 200
    assert reverse("livestream-slot-end", args=[slot.pk]) not in listed.content.decode()
    page = client.get(reverse("livestream-detail", args=[stream.pk]))
    assert page.status_code == 200
    assert reverse("livestream-plan", args=[stream.pk]) not in page.content.decode()
    for name in ("livestream-plan", "livestream-record"):
        assert client.get(reverse(name, args=[stream.pk])).status_code == 403
    assert client.post(reverse("livestream-cancel", args=[stream.pk]), {"note": "x"}).status_code == 403
    assert client.get(reverse("livestream-slot-end", args=[slot.pk])).status_code == 403
    assert LivestreamSlot.objects.get().ends_on is None


def test_its_steward_writes_on(client, cast, vaccine, noon):
    client.force_login(cast.qian)
    assert client.get(reverse("calendar-vaccine-edit", args=[vaccine.pk])).status_code == 200
    assert "确认为今天的情况" in client.get(reverse("calendar-vaccines")).content.decode()
