"""The demonstration district is consistent in itself, has its gaps, and somebody for each role."""

import datetime as dt
from collections import Counter
from io import StringIO

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, F, Q

from assessment.choices import Level
from assessment.queries import coverage
from config.demo.accounts import ACCOUNTS, PASSWORD
from config.management.commands.demo_accounts import width
from contracts.actions import write_promises
from contracts.models import Agreement, AgreementEvent, ChosenItem, EnrolledPackage, Enrollment
from contracts.parties import loads
from contracts.rules.numbers import read_number
from core.dates import term_end
from grids.models import Area, Dwelling, Grid, GridResponsibility
from residents.actions.ages import refresh_age_flags
from residents.choices import Relation
from residents.models import Guardian, Household, PopulationFlag, Resident
from residents.policy import policy_on
from residents.rules.identity import Identity, disagreement, read_identity
from residents.rules.phones import is_placeholder, normal_phone
from teams.access import Permission, may, roles_of
from teams.choices import Role
from teams.models import Team, TeamMembership, User
from teams.policy import policy_on as teams_policy_on
from teams.queries import team_states

ON = dt.date(2026, 11, 22)
RESIDENTS = 1500


def seed(**options) -> str:
    out = StringIO()
    call_command("seed_district", stdout=out, **{"residents": RESIDENTS, "seed": 1, "on": ON} | options)
    return out.getvalue()


@pytest.fixture(scope="module")
def district_once(django_db_setup, django_db_blocker):
    """One district for the whole module, undone at its end; each test runs in a savepoint inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(district_once, db):
    """The district as built."""


def test_people_are_who_their_numbers_say(seeded):
    people = list(Resident.objects.all())
    assert len(people) == RESIDENTS
    for one in people:
        read = read_identity(one.id_number, on=ON)
        assert isinstance(read, Identity)
        assert one.id_number.startswith("371099")
        assert disagreement(read, sex=one.sex, born_on=one.born_on) is None
        assert not one.phone or (normal_phone(one.phone) == one.phone and one.phone.startswith("19900"))
        assert not one.phone or not is_placeholder(one.phone)


def test_people_are_found_by_name_number_and_phone(seeded):
    one = Resident.objects.exclude(phone=b"").order_by("?").first()
    assert one in Resident.objects.with_number(one.id_number)
    assert one in Resident.objects.with_number_tail(one.id_number[-4:])
    assert one in Resident.objects.with_phone(one.phone)
    assert one in Resident.objects.with_phone_tail(one.phone[-4:])
    assert one in Resident.objects.named(one.name)


def test_households_hold_together(seeded):
    homes = Household.objects.annotate(
        heads=Count("members", filter=Q(members__relation=Relation.HEAD)),
        elsewhere=Count("members", filter=~Q(members__grid=F("grid"))),
    )
    assert set(homes.values_list("heads", "elsewhere")) == {(1, 0)}
    assert not Household.objects.exclude(number__startswith=F("grid__village__code")).exists()
    assert not Household.objects.exclude(dwelling__building__grid=F("grid")).exists()
    for ward in Guardian.objects.select_related("resident", "guardian"):
        assert ward.resident.household_id == ward.guardian.household_id
        assert ward.guardian.born_on.year + 18 <= ward.resident.born_on.year
    minors = Resident.objects.filter(born_on__gt=dt.date(ON.year - 17, 1, 1))
    assert not minors.filter(guardians__isnull=True).exists()


def test_age_flags_are_what_the_nightly_run_would_leave(seeded):
    done = refresh_age_flags(policy=policy_on(ON), on=ON, dry_run=True)
    assert (done.begun, done.ended) == (0, 0)
    assert PopulationFlag.objects.filter(kind="hypertension").exists()
    assert not PopulationFlag.objects.filter(kind="hiv").exists()
    assert not PopulationFlag.objects.filter(starts_on__gt=ON).exists()


def test_agreements_obey_their_rules(seeded):
    found = list(
        Agreement.objects.select_related(
            "team__institution", "previous", "doctor", "parent"
        ).prefetch_related("packages")
    )
    assert len(found) > RESIDENTS / 3
    for one in found:
        assert one.signed_on <= one.starts_on
        if one.kind == "supplementary":
            assert one.number.startswith(f"{one.parent.number}-S")
            assert one.parent.starts_on <= one.starts_on <= one.ends_on <= one.parent.ends_on
            continue
        number = read_number(one.number)
        assert number is not None
        assert number.institution == one.team.institution.serial
        assert one.ends_on == term_end(one.starts_on, one.term_years)
        assert "basic" in {package.code for package in one.packages.all()}
        if one.previous:
            assert one.previous.ends_on < one.starts_on
    assert {"active", "expired", "renewed", "terminated", "pending_confirm"} <= {one.state for one in found}
    assert not Enrollment.objects.filter(state="active", ends_on__lt=ON).exists()
    assert not Enrollment.objects.filter(state="expired", ends_on__gte=ON).exists()
    assert not Agreement.objects.exclude(signatures__party="doctor").exists()
    kinds = Counter(AgreementEvent.objects.values_list("kind", flat=True))
    assert kinds["signed"] + kinds["submitted"] == len(found)
    assert kinds["submitted"] == Agreement.objects.filter(waits_for="approval").count()
    assert kinds["terminated"] == Agreement.objects.filter(state="terminated").count()


def test_households_sign_together(seeded):
    together = Agreement.objects.filter(kind="household").prefetch_related("enrollments__resident")
    assert together.count() > 20
    for one in together:
        rows = sorted(one.enrollments.all(), key=lambda row: row.position)
        assert len(rows) > 1
        assert {row.resident.household_id for row in rows} == {one.household_id}
        assert rows[0].resident_id == one.representative_id
        assert rows[0].resident.relation == Relation.HEAD
        assert len(loads(one.as_signed).members) == len(rows)
    wards = Enrollment.objects.filter(consent="guardian")
    assert wards.exists()
    assert not wards.filter(guardian_name="").exists()
    assert ChosenItem.objects.exclude(content__package__kind="family_menu").count() == 0
    assert ChosenItem.objects.exists()


def test_everybody_under_an_agreement_is_promised_something(seeded):
    assert not Enrollment.objects.filter(own_packages__isnull=True).exists()
    assert not EnrolledPackage.objects.filter(package__kind="family_menu").exists()
    before = EnrolledPackage.objects.count()
    write_promises(list(Agreement.objects.values_list("pk", flat=True)))
    assert EnrolledPackage.objects.count() == before
    courses = Enrollment.objects.filter(is_supplementary=True)
    assert courses.exists()
    assert not courses.exclude(own_packages__package__kind="disease_course").exists()


def test_who_has_a_running_agreement_is_in_that_teams_care(seeded):
    running = Enrollment.objects.in_force_on(ON).filter(state="active", is_supplementary=False)
    assert running.exists()
    assert not running.exclude(resident__managing_team=F("agreement__team")).exists()


def test_about_half_are_covered_and_all_levels_agree(seeded):
    bureau = User.objects.get(username="zhou")
    before = ON - dt.timedelta(days=30)
    found = [coverage(bureau, one, area=None, on=ON, before=before, policy=policy_on(ON)) for one in Level]
    assert len({(one.total.now, one.total.before) for one in found}) == 1
    assert 0.35 < found[0].total.rate < 0.6
    assert found[0].total.key_rate > found[0].total.rate
    rates = [line.rate for line in found[-1].lines if line.rate is not None and line.now.residents > 30]
    assert max(rates) - min(rates) > 0.1


def test_gaps_are_there_to_be_found(seeded):
    standing = GridResponsibility.objects.active_on(ON)
    villages = Area.objects.villages()
    assert villages.count() == 218
    assert villages.exclude(pk__in=standing.values("grid__village")).count() == 2
    assert Grid.objects.filter(level=1).exclude(postings__role="sentinel").exists()
    assert Grid.objects.filter(level=1).exclude(postings__role="grid_leader").count() == 3
    states = team_states(Team.objects.all(), on=ON, policy=teams_policy_on(ON))
    assert [finding.code for one in states for finding in one.findings] == ["too_few_dispatched"]
    assert standing.filter(starts_on__gt=ON - dt.timedelta(days=30)).exists()


def test_specialists_work_in_several_teams(seeded):
    sent = TeamMembership.objects.filter(is_dispatched=True).values("user").annotate(n=Count("team"))
    assert max(one["n"] for one in sent) > 1
    assert not TeamMembership.objects.filter(
        is_dispatched=True, home_institution=F("team__institution")
    ).exists()


def test_every_door_is_in_a_building_of_its_grid(seeded):
    assert not Dwelling.objects.filter(floor__gt=F("building__floors")).exists()
    assert not Dwelling.objects.filter(unit__gt=F("building__units")).exists()


def test_there_is_one_account_for_each_role(seeded):
    assert [one.role for one in ACCOUNTS] and {one.role for one in ACCOUNTS} == set(Role)
    for account in ACCOUNTS:
        user = User.objects.get(username=account.login)
        if not account.start:
            assert not user.is_active
            assert not user.has_usable_password()
            continue
        assert user.check_password(PASSWORD)
        assert not user.must_change_password
        assert user.password_changed_at is not None
        assert roles_of(user) == {account.role}
        assert User.objects.filter(is_active=True).count() == len(ACCOUNTS) - 1
    leader = User.objects.get(username="li")
    assert may(leader, Permission.AGREEMENT_SIGN)
    assert Resident.objects.visible_to(leader).exists()


def test_the_password_obeys_the_house_rules(seeded):
    validate_password(PASSWORD, User(username="li", name="李建明"))


def test_the_table_of_accounts_tells_a_changed_password(seeded):
    changed = User.objects.get(username="li")
    changed.set_password("Another@2026word")
    changed.save(update_fields=["password"])
    out = StringIO()
    call_command("demo_accounts", stdout=out)
    lines = out.getvalue().splitlines()
    by_login = {line.split()[0]: line for line in lines}
    assert "（密码已修改）" in by_login["li"]
    assert PASSWORD in by_login["zhou"]
    assert "（不登录）" in by_login["api"]
    starts = {
        width(line[: line.index(role.label)])
        for line in lines[1:]
        for role in Role
        if f" {role.label} " in f"{line} "
    }
    assert len(starts) == 1
