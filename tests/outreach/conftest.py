"""A village with everybody who works it."""

from dataclasses import dataclass

import pytest

from grids.models import Posting
from teams.models import User
from tests.factories.community import leader, steward
from tests.factories.grids import MicroGridFactory, PostingFactory


@dataclass
class People:
    """Users and postings of grid A and its village: 孙网格员 of the cast is ``sentinel``; ``other`` has no account and
    works a micro-grid."""

    steward: User
    leader: User
    steward_post: Posting
    leader_post: Posting
    sentinel: Posting
    other: Posting


@pytest.fixture
def people(cast, district) -> People:
    above, led = steward(district.village_a, "郑管家"), leader(district.grid_a, "冯网格长")
    micro = MicroGridFactory(parent=district.grid_a)
    other = PostingFactory(grid=micro, name="韩楼长", origin="building_head")
    return People(above.user, led.user, above, led, Posting.objects.get(user=cast.sun), other)
