"""Households and residents with well-formed synthetic identity numbers (county code 371099)."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory
from stdnum.cn.ric import calc_check_digit

from residents.choices import Evidence, IdKind, Population, Relation, Sex
from residents.models import Household, PopulationFlag, Resident
from residents.searchable import searchable_columns
from tests.factories.grids import GridFactory
from tests.factories.teams import LONG_AGO


def id_number(born_on: dt.date, serial: int, sex: int = Sex.MALE) -> str:
    """A synthetic number: odd sequence for men, even for women."""
    sequence = serial * 2 % 998 + (1 if sex == Sex.MALE else 2)
    body = f"371099{born_on:%Y%m%d}{sequence:03d}"
    return body + calc_check_digit(body + "0")


class HouseholdFactory(DjangoModelFactory):
    class Meta:
        model = Household

    grid = factory.SubFactory(GridFactory)
    # Above the serials that actions give out within one test.
    number = factory.LazyAttributeSequence(lambda o, n: f"{o.grid.village.code}F{50_000 + n % 50_000:05d}")
    address = "和平路1号1单元101"
    registered_on = LONG_AGO


class ResidentFactory(DjangoModelFactory):
    class Meta:
        model = Resident

    class Params:
        serial = factory.Sequence(lambda n: n)

    name = factory.Sequence(lambda n: f"王建{'国华民强伟军明春'[n % 8]}")
    sex = Sex.MALE
    born_on = factory.LazyAttribute(lambda o: dt.date(1950, 1, 1) + dt.timedelta(days=o.serial))
    id_kind = IdKind.ID_CARD
    id_number = factory.LazyAttribute(lambda o: id_number(o.born_on, o.serial, o.sex))
    phone = factory.LazyAttribute(lambda o: f"1990037{o.serial % 10000:04d}")
    grid = factory.SubFactory(GridFactory)
    household = factory.SubFactory(HouseholdFactory, grid=factory.SelfAttribute("..grid"))
    relation = Relation.HEAD
    address = "和平路1号1单元101"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        searchable = searchable_columns(kwargs["name"], kwargs["id_number"], kwargs["phone"])
        return super()._create(model_class, *args, **searchable | kwargs)


class PopulationFlagFactory(DjangoModelFactory):
    class Meta:
        model = PopulationFlag

    resident = factory.SubFactory(ResidentFactory)
    kind = Population.HYPERTENSION
    evidence = Evidence.MEDICAL_RECORD
    starts_on = LONG_AGO
