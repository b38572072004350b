import pytest

from tests.house.world import make_half, people


@pytest.fixture
def half_a(cast, district):
    return make_half(cast, district, "a")


@pytest.fixture
def half_b(cast, district):
    return make_half(cast, district, "b")


@pytest.fixture
def persons(cast, district):
    return people(cast, district)
