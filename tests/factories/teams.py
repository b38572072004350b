"""Institutions, people, teams."""

import datetime as dt
from functools import cache

import factory
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from teams.choices import InstitutionLevel, InstitutionType, Profession, Role
from teams.models import Department, Institution, RoleAssignment, Team, TeamMembership, User

PASSWORD = "Ceshi@2026koling"
LONG_AGO = dt.date(2020, 1, 1)


@cache
def _hashed(password: str) -> str:
    """Hashing is slow on purpose; the whole cast shares one hash."""
    return make_password(password)


class InstitutionFactory(DjangoModelFactory):
    class Meta:
        model = Institution

    code = factory.Sequence(lambda n: f"JG{n:05d}")
    name = factory.Sequence(lambda n: f"测试社区卫生服务中心{n}")
    type = InstitutionType.CHC
    level = InstitutionLevel.FIRST
    serial = factory.Sequence(lambda n: n % 999 + 1)
    area_code = "371002001"
    phone = "06315200001"
    complaint_phone = "06315200002"


class DepartmentFactory(DjangoModelFactory):
    class Meta:
        model = Department

    institution = factory.SubFactory(InstitutionFactory)
    name = factory.Sequence(lambda n: f"全科{n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(lambda n: f"职工{n}")
    phone = "13900000000"
    profession = Profession.GP
    must_change_password = False
    password_changed_at = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC))

    @factory.post_generation
    def password(self, create, extracted, **kwargs):
        self.password = _hashed(extracted or PASSWORD)
        if create:
            self.save(update_fields=["password"])


class RoleAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = RoleAssignment

    user = factory.SubFactory(UserFactory)
    role = Role.BUREAU
    area_code = "371002"
    starts_on = LONG_AGO


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = Team

    institution = factory.SubFactory(InstitutionFactory)
    name = factory.Sequence(lambda n: f"家庭医生团队{n}")
    phone = "06315200003"
    starts_on = LONG_AGO


class TeamMembershipFactory(DjangoModelFactory):
    class Meta:
        model = TeamMembership

    team = factory.SubFactory(TeamFactory)
    user = factory.SubFactory(UserFactory)
    profession = Profession.GP
    home_institution = factory.SelfAttribute("team.institution")
    starts_on = LONG_AGO
