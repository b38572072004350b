"""The demonstration district: the same again for the same seed, refused where it must not be; its parts."""

import datetime as dt
import hashlib
import re
from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from config.demo.chance import stream
from config.demo.copying import copy_in, reserve_ids
from config.demo.households import households
from config.demo.places import short_name
from config.management.commands.demo_accounts import columns
from config.profiles.loading import read
from contracts.models import Agreement, Enrollment
from grids.models import Area, Grid, GridResponsibility, Posting
from residents.choices import Relation
from residents.models import Guardian, Household, PopulationFlag, Resident
from teams.models import Institution, TeamMembership, User

ON = dt.date(2026, 11, 22)
RESIDENTS = 1500


def seed(**options) -> str:
    out = StringIO()
    call_command("seed_district", stdout=out, **{"residents": RESIDENTS, "seed": 1, "on": ON} | options)
    return out.getvalue()


TABLES = (
    (Area, ("code", "name")),
    (Grid, ("code", "name", "parent__code")),
    (Institution, ("code", "name", "serial", "area_code", "phone")),
    (User, ("username", "name", "phone", "title", "institution__code", "is_active")),
    (TeamMembership, ("team__name", "user__username", "is_leader", "tier", "starts_on")),
    (GridResponsibility, ("grid__code", "team__name", "starts_on", "ends_on")),
    (Posting, ("role", "grid__code", "village__code", "name", "phone", "origin")),
    (Household, ("number", "grid__code", "address", "dwelling__room", "registered_on")),
    (
        Resident,
        ("name", "sex", "born_on", "id_number", "phone", "household__number", "relation", "grid__code", "life_status",
         "life_status_on", "managing_team__name", "confirmed_on", "registration", "initials"),
    ),
    (Guardian, ("resident__id_index", "guardian__id_index", "name", "relation", "phone")),
    (PopulationFlag, ("resident__id_index", "kind", "evidence", "starts_on")),
    (Agreement, ("number", "state", "team__name", "doctor__username", "signed_on", "starts_on", "ends_on", "channel",
                 "client_token", "previous__number", "as_signed")),
    (Enrollment, ("agreement__number", "resident__id_index", "state", "ends_on", "end_reason")),
)  # fmt: skip


def fingerprint() -> dict[str, str]:
    """A hash of each table's rows in clear, in order, without ids and moments."""
    return {
        model.__name__: hashlib.sha256(
            re.sub(
                '"resident_id":\\d+', "", "\n".join(sorted(map(str, model.objects.values_list(*columns))))
            ).encode()
        ).hexdigest()
        for model, columns in TABLES
    }


@pytest.mark.django_db(transaction=False)
def test_the_same_seed_gives_the_same_district():
    found = []
    for number in (7, 7, 8):
        with transaction.atomic():
            seed(residents=400, seed=number)
            found.append(fingerprint())
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert found[0]["Area"] == found[2]["Area"]
    assert found[0]["Resident"] != found[2]["Resident"]


@pytest.mark.django_db
@pytest.mark.parametrize("profile", ["hunan_urban", "shandong", "taihao", "yubei"])
def test_every_profile_has_its_district(profile):
    said = seed(profile=profile, residents=300)
    assert "300 人" in said
    assert Resident.objects.count() == 300
    assert Institution.objects.filter(name=read(profile).hospital).exists()


@pytest.mark.django_db
def test_production_refuses(settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="正式环境不载入演示数据"):
        seed()
    with pytest.raises(CommandError, match="正式环境没有演示账号"):
        call_command("demo_accounts")
    assert not Institution.objects.exists()


def test_if_empty_leaves_existing_data_alone(cast):
    before = Institution.objects.count()
    assert "未载入演示数据" in seed(if_empty=True)
    with pytest.raises(CommandError, match="数据库里已有机构"):
        seed()
    assert Institution.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize("residents", [0, -5, 199, 2_000_001])
def test_numbers_out_of_bounds_are_refused(residents):
    with pytest.raises(CommandError, match="居民人数应在"):
        seed(residents=residents)
    assert not Area.objects.exists()


@pytest.mark.django_db
def test_an_unknown_profile_is_refused():
    with pytest.raises(CommandError, match="没有名为 nowhere 的参数文件"):
        seed(profile="nowhere")


@pytest.mark.django_db
def test_without_a_district_the_table_says_what_to_do():
    with pytest.raises(CommandError, match="seed_district"):
        call_command("demo_accounts")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("竹岛路居委会", "竹岛路社区"), ("西南村社区居委会", "西南村社区"), ("竹园村委会", "竹园村"),
        ("滨河社区居民委员会", "滨河社区"), ("荣华村村民委员会", "荣华村"), ("毛楼居民委员会", "毛楼社区"),
    ],
)  # fmt: skip
def test_short_names_of_villages(name, short):
    assert short_name(name) == short


@pytest.mark.parametrize("count", [1, 2, 3, 7, 500])
def test_households_hold_exactly_the_people_wanted(count):
    made = list(households(stream(1, "x"), count, is_urban=True, on=ON))
    assert sum(map(len, made)) == count
    assert all(people[0].relation == Relation.HEAD for people in made)


def test_ages_look_like_an_aging_district():
    people = [
        one
        for is_urban, count in ((True, 14_000), (False, 6_000))
        for family in households(stream(1, "ages"), count, is_urban=is_urban, on=ON)
        for one in family
    ]

    def share(low: int, high: int) -> float:
        return sum(low <= one.age <= high for one in people) / len(people)

    assert 0.11 < share(0, 14) < 0.16
    assert 0.56 < share(15, 59) < 0.64
    assert 0.24 < share(60, 120) < 0.30
    assert 0.17 < share(65, 120) < 0.23
    assert 0.46 < sum(one.is_man for one in people) / len(people) < 0.54


@pytest.mark.django_db
def test_copy_keeps_awkward_text_and_takes_defaults():
    pk = reserve_ids(Area, 1)[0]
    awkward = "甲\t乙\\N\n丙\\"
    copy_in(Area, ("id", "code", "name", "level", "valid_from"), [(pk, "371002", awkward, 1, ON)])
    found = Area.objects.get(pk=pk)
    assert (found.name, found.parent, found.valid_to) == (awkward, None, None)
    assert Area.objects.create(code="371003", name="下一个", level=1, valid_from=ON).pk == pk + 1
    with pytest.raises(psycopg2.Error, match="no COPY form for object"), transaction.atomic():
        copy_in(Area, ("id",), [(object(),)])


def test_columns_stand_straight():
    lines = list(columns([("登录名", "x"), ("li", "李建明"), ("abcdefgh", "")]))
    assert lines == ["登录名    x", "li        李建明", "abcdefgh"]
