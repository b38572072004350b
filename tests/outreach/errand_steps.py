"""Steps of an errand that several test files walk."""

import datetime as dt
import io
import uuid

import pytest
from django.utils import timezone
from PIL import Image

from grids.choices import PostingRole
from outreach.actions.errands import finish_errand, order_errand, take_errand
from teams.choices import Role
from tests.factories.grids import PostingFactory
from tests.factories.residents import ResidentFactory
from tests.factories.teams import RoleAssignmentFactory, UserFactory

TODAY = dt.date(2026, 11, 22)  # a Sunday
NAME, PHONE = "刘桂兰", "13900000022"


def person_in(grid):
    return ResidentFactory(grid=grid, name=NAME, phone=PHONE, address="和平路8号2单元101")


def worker(grid, **facts):
    user = UserFactory(name="吴哨兵")
    role = RoleAssignmentFactory(user=user, role=Role.SENTINEL, area_code=grid.code)
    return PostingFactory(
        role=PostingRole.SENTINEL, grid=grid, name=user.name, user=user, role_assignment=role, **facts
    )


def order(by, resident, **facts):
    facts = {"kind": "delivery", "medicines": "氨氯地平 1 盒", "client_token": uuid.uuid4()} | facts
    return order_errand(by=by, on=TODAY, now=timezone.now(), resident=resident, **facts)


def take(errand, posting):
    return take_errand(by=posting.user, on=TODAY, now=timezone.now(), errand=errand, posting=posting)


def finish(errand, by, **facts):
    return finish_errand(by=by, now=timezone.now(), errand=errand, **{"received_by": "本人"} | facts)


def code_of(refused, call) -> str:
    with pytest.raises(refused) as refusal:
        call()
    assert refusal.value.sentence.endswith("。")
    return refusal.value.code


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(made, "JPEG")
    return made.getvalue()
