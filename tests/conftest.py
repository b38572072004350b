"""The named cast and its small district. Team A and team B are mirror images of each other."""

import datetime as dt
import os
import re
import uuid
from dataclasses import dataclass

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connections
from hypothesis import settings
from pytest_django.plugin import blocking_manager_key

from grids.choices import PostingRole
from grids.models import Area, Grid
from teams.choices import InstitutionLevel, InstitutionType, Profession, Role
from teams.models import Institution, Team, User
from tests.factories.grids import AreaFactory, GridFactory, GridResponsibilityFactory, PostingFactory
from tests.factories.teams import (
    InstitutionFactory,
    RoleAssignmentFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)
from tests.shipped import load_shipped

# The machine's pace is no verdict, and a build that was green stays green: the same examples each time.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


def pytest_configure() -> None:
    """Test processes beside each other: each has its own test database (pytest-django), and its own Redis database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if worker:
        cache = django_settings.CACHES["default"]
        cache["LOCATION"] = re.sub(r"\d+$", str(2 + int(worker)), cache["LOCATION"])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """After a test with real transactions, whose end empties every table, the shipped rows are there for the next."""
    yield
    marker = item.get_closest_marker("django_db")
    if nextitem is None:  # the database is gone by now
        return
    if (marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & set(
        getattr(item, "fixturenames", ())
    ):
        with item.config.stash[blocking_manager_key].unblock():
            load_shipped()
            connections.close_all()  # a browser test has one of its own, which nobody would close before the database goes


@pytest.fixture
def noon():
    """The clock stands at noon of 22 November 2026 in Shanghai: a run that begins before midnight may end after it."""
    with time_machine.travel(dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC), tick=False):
        yield dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def pages_counted_anew(monkeypatch):
    """The counter of public pages lives in Redis, which no test empties: each test has one of its own."""
    monkeypatch.setattr("outreach.published._COUNTER", f"published:{uuid.uuid4().hex}")


@dataclass
class District:
    """环翠区 with two townships, one village and one grid each."""

    area: Area
    township_a: Area
    township_b: Area
    village_a: Area
    village_b: Area
    grid_a: Grid
    grid_b: Grid


@dataclass
class Cast:
    """Everybody by name."""

    institution_a: Institution
    institution_b: Institution
    hospital: Institution
    team_a: Team
    team_b: Team
    li: User
    wang: User
    zhao: User
    sun: User
    zhou: User
    qian: User
    wu: User
    he: User
    xu: User
    shen: User


@pytest.fixture
def district(db) -> District:
    area = AreaFactory(code="371002", name="环翠区")
    township_a = AreaFactory(code="371002001", name="环翠楼街道")
    township_b = AreaFactory(code="371002002", name="鲸园街道")
    village_a = AreaFactory(code="371002001001", name="东北村社区")
    village_b = AreaFactory(code="371002002001", name="菊花顶社区")
    return District(
        area,
        township_a,
        township_b,
        village_a,
        village_b,
        GridFactory(village=village_a),
        GridFactory(village=village_b),
    )


def _place(user: User, role: Role, *, institution: Institution | None = None, area_code: str = "") -> User:
    RoleAssignmentFactory(user=user, role=role, institution=institution, area_code=area_code)
    return user


@pytest.fixture
def cast(district: District) -> Cast:
    hospital = InstitutionFactory(
        name="测试区人民医院",
        type=InstitutionType.HOSPITAL,
        level=InstitutionLevel.SECOND,
        area_code="371002",
    )
    a = InstitutionFactory(name="环翠楼街道社区卫生服务中心", area_code="371002001")
    b = InstitutionFactory(name="鲸园街道社区卫生服务中心", area_code="371002002")
    team_a = TeamFactory(institution=a, name="李医生团队")
    team_b = TeamFactory(institution=b, name="赵医生团队")
    li = UserFactory(username="li", name="李医生", institution=a)
    wang = UserFactory(username="wang", name="王护士", institution=a, profession=Profession.NURSE)
    zhao = UserFactory(username="zhao", name="赵医生", institution=b)
    TeamMembershipFactory(team=team_a, user=li, is_leader=True)
    TeamMembershipFactory(team=team_a, user=wang, profession=Profession.NURSE)
    TeamMembershipFactory(team=team_b, user=zhao, is_leader=True)
    GridResponsibilityFactory(grid=district.grid_a, team=team_a)
    GridResponsibilityFactory(grid=district.grid_b, team=team_b)
    sun = UserFactory(username="sun", name="孙网格员", profession=Profession.OTHER)
    role = RoleAssignmentFactory(user=sun, role=Role.SENTINEL, area_code=district.grid_a.code)
    PostingFactory(
        role=PostingRole.SENTINEL, grid=district.grid_a, name="孙网格员", user=sun, role_assignment=role
    )
    return Cast(
        institution_a=a,
        institution_b=b,
        hospital=hospital,
        team_a=team_a,
        team_b=team_b,
        li=li,
        wang=wang,
        zhao=zhao,
        sun=sun,
        zhou=_place(UserFactory(username="zhou", name="周科长"), Role.BUREAU, area_code="371002"),
        qian=_place(
            UserFactory(username="qian", name="钱主任", institution=a),
            Role.INSTITUTION_STEWARD,
            institution=a,
        ),
        wu=_place(
            UserFactory(username="wu", name="吴主任", institution=b), Role.INSTITUTION_STEWARD, institution=b
        ),
        he=_place(UserFactory(username="he", name="何干事"), Role.STREET, area_code="371002001"),
        xu=_place(UserFactory(username="xu", name="徐管理员"), Role.SYSTEM_ADMIN, area_code="371002"),
        shen=_place(UserFactory(username="shen", name="沈审计"), Role.AUDITOR, area_code="371002"),
    )


@pytest.fixture
def sign_in(client):
    """sign_in(user) -> a client with that person's session."""

    def enter(user: User):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter
