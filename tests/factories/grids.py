"""Areas, grids, buildings, postings."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from grids.choices import AreaLevel, GridLevel, PostingRole
from grids.models import Area, Building, Dwelling, Grid, GridResponsibility, Organization, Posting
from tests.factories.teams import LONG_AGO, TeamFactory


class AreaFactory(DjangoModelFactory):
    """A village by default; its township and district are made above it once for each code prefix."""

    class Meta:
        model = Area
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"371002001{n % 1000:03d}")
    name = factory.LazyAttribute(lambda o: f"测试村居{o.code[-3:]}")
    level = factory.LazyAttribute(
        lambda o: {6: AreaLevel.DISTRICT, 9: AreaLevel.TOWNSHIP, 12: AreaLevel.VILLAGE}[len(o.code)]
    )
    valid_from = dt.date(2019, 1, 1)

    @factory.lazy_attribute
    def parent(self):
        if len(self.code) == 6:
            return None
        above = self.code[:-3]
        return AreaFactory(code=above, name=f"测试区划{above}")


class GridFactory(DjangoModelFactory):
    class Meta:
        model = Grid

    village = factory.SubFactory(AreaFactory)
    name = factory.LazyAttribute(lambda o: f"{o.village.name}第{int(o.code[12:14])}网格")
    level = GridLevel.GRID
    opened_on = LONG_AGO

    @factory.lazy_attribute
    def code(self):
        return f"{self.village.code}{self.village.grids.count() + 1:02d}"


class MicroGridFactory(DjangoModelFactory):
    class Meta:
        model = Grid

    parent = factory.SubFactory(GridFactory)
    village = factory.SelfAttribute("parent.village")
    code = factory.LazyAttribute(lambda o: f"{o.parent.code}{o.parent.micro_grids.count() + 1:02d}")
    name = factory.LazyAttribute(lambda o: f"{o.parent.name}微网格{o.code[-2:]}")
    level = GridLevel.MICRO
    opened_on = LONG_AGO


class BuildingFactory(DjangoModelFactory):
    class Meta:
        model = Building

    grid = factory.SubFactory(GridFactory)
    name = factory.Sequence(lambda n: f"{n + 1}号楼")
    units = 2
    floors = 6


class DwellingFactory(DjangoModelFactory):
    class Meta:
        model = Dwelling

    building = factory.SubFactory(BuildingFactory)
    room = factory.Sequence(lambda n: str(101 + n))


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    grid = factory.SubFactory(GridFactory)
    name = factory.Sequence(lambda n: f"测试小学{n}")
    type = "school"


class GridResponsibilityFactory(DjangoModelFactory):
    class Meta:
        model = GridResponsibility

    grid = factory.SubFactory(GridFactory)
    team = factory.SubFactory(TeamFactory)
    starts_on = LONG_AGO


class PostingFactory(DjangoModelFactory):
    class Meta:
        model = Posting

    role = PostingRole.SENTINEL
    grid = factory.SubFactory(GridFactory)
    name = factory.Sequence(lambda n: f"哨兵{n}")
    phone = "13900000001"
    origin = "volunteer"
    starts_on = LONG_AGO
