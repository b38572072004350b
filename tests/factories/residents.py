"""Households and residents with well-formed synthetic identity numbers (county code 371099)."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory
from stdnum.cn.ric import calc_check_digit

from core.crypto import blind_index, blind_tail
from core.text import bigrams, initials
from residents.choices import Evidence, IdKind, Population, Relation, Sex
from residents.models import Household, PopulationFlag, Resident
from tests.factories.grids import GridFactory
from tests.factories.teams import LONG_AGO


def id_number(born_on: dt.date, serial: int, sex: int = Sex.MALE) -> str:
    """A synthetic number: odd sequence for men, even for women."""
    sequence = serial * 2 % 998 + (1 if sex == Sex.MALE else 2)
    body = f"371099{born_on:%Y%m%d}{sequence:03d}"
    return body + calc_check_digit(body)


class HouseholdFactory(DjangoModelFactory):
    class Meta:
        model = Household

    grid = factory.SubFactory(GridFactory)
    number = factory.LazyAttributeSequence(lambda o, n: f"{o.grid.village.code}F{n:05d}")
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
    name_grams = factory.LazyAttribute(lambda o: bigrams(o.name))
    initials = factory.LazyAttribute(lambda o: initials(o.name))
    id_index = factory.LazyAttribute(
        lambda o: blind_index(o.id_number, purpose="resident.id_number") if o.id_number else None
    )
    id_tail = factory.LazyAttribute(
        lambda o: blind_tail(o.id_number[-4:], purpose="resident.id_tail") if o.id_number else None
    )
    phone_index = factory.LazyAttribute(
        lambda o: blind_index(o.phone, purpose="resident.phone") if o.phone else None
    )
    phone_tail = factory.LazyAttribute(
        lambda o: blind_tail(o.phone[-4:], purpose="resident.phone_tail") if o.phone else None
    )


class PopulationFlagFactory(DjangoModelFactory):
    class Meta:
        model = PopulationFlag

    resident = factory.SubFactory(ResidentFactory)
    kind = Population.HYPERTENSION
    evidence = Evidence.MEDICAL_RECORD
    starts_on = LONG_AGO
