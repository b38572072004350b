"""Whatever way the telephones deliver what was typed in a week, the district ends with the same reports."""

import datetime as dt
from uuid import UUID

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grids.choices import PostingRole
from outreach.models import GridReport, ReportEvent
from teams.choices import Role
from tests.factories.grids import PostingFactory
from tests.factories.teams import RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
DOORS = {
    "person": {"populations": ["hypertension", "elderly_65"]},
    "change": {"change": "moved_out"},
    "need": {"needs": ["visit", "medicine"]},
    "symptom": {"symptom": "fever", "count": "2"},
    "urgent": {"behaviors": ["unstable"]},
}


@pytest.fixture
def phones(cast, district):
    """Two sentinels of one grid, each signed in on his own telephone."""
    jiang = UserFactory(username="jiang", name="蒋网格员")
    role = RoleAssignmentFactory(user=jiang, role=Role.SENTINEL, area_code=district.grid_a.code)
    PostingFactory(
        role=PostingRole.SENTINEL,
        grid=district.grid_a,
        name=jiang.name,
        user=jiang,
        role_assignment=role,
        origin="",
    )
    clients = []
    for user in (cast.sun, jiang):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        clients.append((user, client))
    return clients


def deliver(owner, client, number: int, kind: str, grid, skew: int):
    """One entry on its way: number says which, skew how many days the telephone's clock is wrong."""
    typed_at = MONDAY - 7 * DAY + number * dt.timedelta(hours=9) + skew * DAY
    fields = DOORS[kind] | {
        "client_token": str(UUID(int=number + 1)),
        "typed_at": typed_at.isoformat(),
        "person_name": f"居民{number}",
        "address": f"{number}号楼",
        "grid": str(grid.pk),
        "is_training": str(number % 5 == 4),
    }
    headers = {"X-Outbox": "1", "X-Outbox-Owner": str(owner.pk), "Accept": "application/json"}
    return client.post(reverse(f"grid-report-{kind}"), fields, headers=headers)


def final_state() -> list[tuple]:
    rows = GridReport.objects.order_by("client_token").values_list(
        "client_token", "reporter", "kind", "person_name", "address", "typed_at", "is_training", "state"
    )
    return [*rows, ReportEvent.objects.count()]


ENTRIES = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.sampled_from(sorted(DOORS)), st.integers(-3, 3)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_shuffled_and_doubled_it_ends_as_in_order_and_once(phones, district, data):
    entries = list(enumerate(data.draw(ENTRIES)))
    sent = data.draw(
        st.lists(st.sampled_from(entries), max_size=6).flatmap(lambda more: st.permutations(entries + more))
    )
    states = []
    for deliveries in (entries, sent):
        with transaction.atomic(), time_machine.travel(MONDAY, tick=False):
            for number, (who, kind, skew) in deliveries:
                answer = deliver(*phones[who], number, kind, district.grid_a, skew)
                assert answer.status_code == 200, answer.content
                assert answer.json()["state"] == "saved"
            states.append(final_state())
            transaction.set_rollback(True)
    assert states[0] == states[1]
    assert len(states[0]) == len(entries) + 1


def test_the_token_of_another_account_brings_nothing_in_and_nothing_out(phones, district):
    (sun, sun_client), (jiang, jiang_client) = phones
    assert deliver(sun, sun_client, 1, "need", district.grid_a, 0).json()["state"] == "saved"
    stolen = deliver(jiang, jiang_client, 1, "need", district.grid_a, 0)
    assert stolen.status_code == 422
    assert "别的账号" in str(stolen.json()["errors"])
    assert deliver(sun, jiang_client, 2, "need", district.grid_a, 0).status_code == 409
    assert GridReport.objects.get().reporter == sun


def test_a_broken_entry_names_its_fields_and_leaves_nothing(phones, district):
    sun, client = phones[0]
    headers = {"X-Outbox": "1", "X-Outbox-Owner": str(sun.pk), "Accept": "application/json"}
    answer = client.post(
        reverse("grid-report-need"),
        {"client_token": str(UUID(int=1)), "grid": str(district.grid_a.pk), "phone": "12"},
        headers=headers,
    )
    assert answer.status_code == 422
    assert {"needs"} <= set(answer.json()["errors"])
    assert not GridReport.objects.exists()
