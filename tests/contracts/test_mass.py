"""Many agreements at once: previewed, confirmed as shown, undone to the last row."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.actions import (
    CannotRunMass,
    confirm_mass,
    drop_mass,
    open_transfer,
    preview_again,
    preview_mass,
    terminate,
    undo_mass,
)
from contracts.choices import AgreementState as S
from contracts.choices import EventKind, MassKind, MassState, RenewalKind, SignMode, TerminationReason
from contracts.models import Agreement, AgreementEvent, Enrollment, MassLine, MassOperation, Signature
from contracts.queries.mass import Asked, asked_of, mass_options, meant_by
from core.models import PolicySetting
from residents.models import Resident
from tests.factories.contracts import NOON, ensure_wording, sign_agreement
from tests.factories.grids import GridFactory
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamMembershipFactory, UserFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
BEGUN = DAY - 340 * ONE  # ends in 24 days


def at(day, hour=12):
    return dt.datetime.combine(day, NOON.replace(hour=hour))


def signed(cast, grid, many, *, on=BEGUN):
    return [
        sign_agreement(one, cast.team_a, cast.li, on=on)
        for one in ResidentFactory.create_batch(many, grid=grid)
    ]


def renewing(**changes):
    asked = {"ends_until": DAY + 60 * ONE, "signed_on": DAY, "years": 1, "is_archived": True}
    return Asked(**asked | changes)


def preview(cast, asked, *, kind=MassKind.RENEW, by=None, team=None, reason="2026年集中续签", on=DAY):
    return preview_mass(
        by=by or cast.qian, on=on, kind=kind, team=team or cast.team_a, asked=asked, reason=reason
    )


def confirm(cast, operation, *, on=DAY, by=None, hour=12):
    return confirm_mass(by=by or cast.qian, on=on, now=at(on, hour), operation=operation)


def undo(cast, operation, *, on=DAY, by=None):
    return undo_mass(by=by or cast.qian, on=on, now=at(on, 13), operation=operation)


def refused(act, *arguments, **more):
    with pytest.raises(CannotRunMass) as caught:
        act(*arguments, **more)
    return caught.value


def rows():
    """Every row that an operation may touch, as it stands."""
    return {
        "agreements": list(Agreement.objects.order_by("pk").values()),
        "enrollments": list(Enrollment.objects.order_by("pk").values()),
        "residents": list(Resident.objects.order_by("pk").values("pk", "managing_team", "updated_at")),
        "signatures": list(Signature.objects.order_by("pk").values("pk")),
    }


@pytest.fixture
def village(cast, district, wording):
    return signed(cast, district.grid_a, 3)


@pytest.fixture
def receiving(cast):
    """陈医生 of team A takes over."""
    chen = UserFactory(name="陈医生")
    TeamMembershipFactory(team=cast.team_a, user=chen)
    return chen


# --- choosing ---------------------------------------------------------------------------------------------------


def test_a_preview_touches_nothing(cast, village):
    before = rows()
    operation = preview(cast, renewing())
    assert rows() == before
    assert (operation.state, operation.counts) == (MassState.PREVIEWED, {"todo": 3})
    assert asked_of(operation) == renewing()


def test_what_was_chosen_narrows_it(cast, district, village):
    other = GridFactory(village=district.village_a)
    far = sign_agreement(ResidentFactory(grid=other), cast.team_a, cast.li, on=BEGUN)
    late = sign_agreement(ResidentFactory(grid=other), cast.team_a, cast.li, on=DAY - 100 * ONE)

    def meant(kind=MassKind.RENEW, **changes):
        return set(meant_by(kind, cast.team_a, renewing(**changes), on=DAY).values_list("pk", flat=True))

    everybody = {one.pk for one in village} | {far.pk}
    assert meant() == everybody
    assert meant(grid=other.pk) == {far.pk}
    assert meant(village=district.village_a.pk) == everybody
    assert meant(village=district.village_b.pk) == set()
    assert meant(ends_until=DAY + 400 * ONE) == everybody | {late.pk}
    assert meant(kind=MassKind.REASSIGN) == everybody | {late.pk}
    assert meant(from_doctor=cast.zhao.pk) == set()
    options = mass_options(cast.team_a, on=DAY)
    assert [code for code, _ in options.places] == [
        f"v{district.village_a.pk}", f"g{district.grid_a.pk}", f"g{other.pk}",
    ]  # fmt: skip
    assert options.doctors == [cast.li]


def test_who_may_and_what_must_be_said(cast, village):
    for stranger in (cast.wu, cast.wang, cast.zhao):
        assert refused(preview, cast, renewing(), by=stranger).code == "not_own_team"
    assert refused(preview, cast, renewing(), reason=" ").field == "reason"
    assert refused(preview, cast, renewing(is_archived=False)).field == "is_archived"
    assert refused(preview, cast, renewing(years=4)).field == "term_years"
    assert refused(preview, cast, renewing(ends_until=DAY + 61 * ONE)).field == "ends_until"
    receiver = (cast.team_a.pk, cast.wang.pk)
    assert refused(preview, cast, Asked(receiver=receiver), kind=MassKind.REASSIGN).field == "doctor"
    assert not MassOperation.objects.exists()


def test_it_says_what_it_leaves_out_and_why(cast, district, village):
    moving, renewed, lost = village
    open_transfer(
        by=cast.zhao, on=DAY, resident=moving.enrollments.get().resident, to_team=cast.team_b, reason="搬家"
    )
    Resident.objects.filter(enrollments__agreement=lost).update(life_status="lost", life_status_on=DAY)
    first = preview(cast, renewing(grid=district.grid_a.pk))
    assert first.counts == {"todo": 1, "nobody_present": 1, "transfer_open": 1}
    confirm(cast, first)
    assert preview(cast, renewing()).counts == {
        "todo": 0, "nobody_present": 1, "renewed_already": 1, "transfer_open": 1,
    }  # fmt: skip
    assert renewed.successors.exists()


# --- renewing ---------------------------------------------------------------------------------------------------


def test_renewals_begin_the_day_after_and_the_old_one_is_owed_until_then(cast, village):
    operation = confirm(cast, preview(cast, renewing(years=2)))
    assert (operation.state, operation.done_at) == (MassState.DONE, at(DAY))
    for old in village:
        made = old.successors.get()
        old.refresh_from_db()
        assert old.state == S.ACTIVE
        assert (made.starts_on, made.term_years, made.state) == (old.ends_on + ONE, 2, S.ACTIVE)
        assert (made.renewal_kind, made.mode, made.created_by) == (
            RenewalKind.EXPLICIT, SignMode.PAPER, cast.qian,
        )  # fmt: skip
        assert made.signatures.filter(image=b"").count() == 2
        assert "2026年集中续签" in made.events.get(kind=EventKind.SIGNED).note
        assert MassLine.objects.get(agreement=old).successor == made


def test_where_renewal_is_automatic_only_the_reached_are_renewed(cast, village):
    PolicySetting.objects.create(
        room="contracts",
        payload={"renewal_mode": "AUTO_UNLESS_TERMINATED"},
        in_force_from=BEGUN,
        source="测试",
    )
    Enrollment.objects.filter(agreement=village[0]).update(last_reached_on=DAY - ONE)
    operation = preview(cast, renewing(is_archived=False))
    assert operation.counts == {"todo": 1, "not_reached": 2}
    confirm(cast, operation)
    made = village[0].successors.get()
    assert (made.renewal_kind, made.signatures.count()) == (RenewalKind.AUTO, 0)


def test_undoing_renewals_restores_every_row(cast, village):
    before = rows()
    operation = undo(cast, confirm(cast, preview(cast, renewing())))
    made = set(MassLine.objects.values_list("successor", flat=True))
    after = rows()
    assert [one for one in after["agreements"] if one["id"] not in made] == before["agreements"]
    assert [one for one in after["enrollments"] if one["agreement_id"] not in made] == before["enrollments"]
    assert after["residents"] == before["residents"]
    assert set(Agreement.objects.filter(pk__in=made).values_list("state", flat=True)) == {S.VOID}
    assert set(Enrollment.objects.filter(agreement__in=made).values_list("state", flat=True)) == {S.VOID}
    assert (operation.state, operation.undone_by) == (MassState.UNDONE, cast.qian)
    told = AgreementEvent.objects.filter(kind=EventKind.UNDONE)
    assert set(told.values_list("agreement", flat=True)) == made | {one.pk for one in village}
    assert preview(cast, renewing()).counts == {"todo": 3}


# --- handing over -----------------------------------------------------------------------------------------------


def test_a_doctors_agreements_go_to_another_and_back(cast, village, receiving):
    strayed = village[2].enrollments.get().resident
    Resident.objects.filter(pk=strayed.pk).update(managing_team=None)
    before = rows()
    asked = Asked(receiver=(cast.team_a.pk, receiving.pk), from_doctor=cast.li.pk)
    operation = confirm(cast, preview(cast, asked, kind=MassKind.REASSIGN))
    assert {one.doctor for one in Agreement.objects.all()} == {receiving}
    assert {one.managing_team for one in Resident.objects.all()} == {cast.team_a}
    assert AgreementEvent.objects.filter(kind=EventKind.REASSIGNED).count() == 3
    undo(cast, operation)
    assert rows() == before


def test_a_grid_goes_to_another_team_and_back(cast, village):
    before = rows()
    asked = Asked(receiver=(cast.team_b.pk, cast.zhao.pk))
    operation = confirm(cast, preview(cast, asked, kind=MassKind.REASSIGN))
    assert {(one.team, one.doctor) for one in Agreement.objects.all()} == {(cast.team_b, cast.zhao)}
    assert {one.managing_team for one in Resident.objects.all()} == {cast.team_b}
    line = operation.lines.first()
    assert (line.before["team"], line.before["doctor"]) == (cast.team_a.pk, cast.li.pk)
    undo(cast, operation)
    assert rows() == before


def test_who_has_gone_into_other_care_since_stays_there(cast, village):
    asked = Asked(receiver=(cast.team_b.pk, cast.zhao.pk))
    operation = confirm(cast, preview(cast, asked, kind=MassKind.REASSIGN))
    person = village[0].enrollments.get().resident
    Resident.objects.filter(pk=person.pk).update(managing_team=None)
    undo(cast, operation)
    person.refresh_from_db()
    assert person.managing_team is None


def test_a_doctor_without_places_takes_nobody(cast, village):
    PolicySetting.objects.create(
        room="contracts", payload={"max_residents_per_doctor": 2}, in_force_from=BEGUN, source="测试"
    )
    asked = Asked(receiver=(cast.team_b.pk, cast.zhao.pk))
    operation = preview(cast, asked, kind=MassKind.REASSIGN)
    before = rows()
    assert refused(confirm, cast, operation).code == "panel_full"
    assert rows() == before


# --- confirming and undoing -------------------------------------------------------------------------------------


def test_what_changed_since_the_preview_is_shown_again_first(cast, village):
    operation = preview(cast, renewing())
    terminate(
        by=cast.li, on=DAY, now=at(DAY), agreement=village[0], reason=TerminationReason.RESIDENT_REQUEST, last_day=DAY,
    )  # fmt: skip
    before = rows()
    assert refused(confirm, cast, operation).code == "changed_meanwhile"
    assert rows() == before
    assert preview_again(by=cast.qian, on=DAY, operation=operation).counts == {"todo": 2}
    assert confirm(cast, operation).counts["todo"] == 2


def test_each_step_is_taken_once(cast, village):
    operation = preview(cast, renewing())
    assert refused(undo, cast, operation).code == "wrong_state"
    confirm(cast, operation)
    assert refused(confirm, cast, operation).code == "wrong_state"
    assert refused(drop_mass, by=cast.qian, on=DAY, operation=operation).code == "wrong_state"
    undo(cast, operation)
    assert refused(undo, cast, operation).code == "wrong_state"
    assert Agreement.objects.count() == 6


def test_what_was_dropped_is_not_confirmed(cast, village):
    operation = preview(cast, renewing())
    drop_mass(by=cast.qian, on=DAY, operation=operation)
    assert refused(confirm, cast, operation).code == "wrong_state"
    assert Agreement.objects.count() == 3


def test_the_days_of_undoing(cast, village):
    operation = confirm(cast, preview(cast, renewing()))
    assert refused(undo, cast, operation, on=DAY + 8 * ONE).code == "undo_late"
    assert refused(undo, cast, operation, by=cast.wu).code == "not_own_team"
    undo(cast, operation, on=DAY + 7 * ONE)


def test_nothing_is_taken_back_from_under_what_was_built_upon_it(cast, village):
    operation = confirm(cast, preview(cast, renewing()))
    made = village[0].successors.get()
    AgreementEvent.objects.create(agreement=made, kind=EventKind.AMENDED, on=DAY, by=cast.li)
    before = rows()
    no = refused(undo, cast, operation)
    assert no.code == "built_upon"
    assert "1份" in no.sentence
    assert rows() == before


def test_an_agreement_that_was_handed_on_is_not_taken_back(cast, village, receiving):
    asked = Asked(receiver=(cast.team_a.pk, receiving.pk))
    operation = confirm(cast, preview(cast, asked, kind=MassKind.REASSIGN))
    Agreement.objects.filter(pk=village[0].pk).update(doctor=cast.li)
    assert refused(undo, cast, operation).code == "built_upon"


# --- size -------------------------------------------------------------------------------------------------------


def statements(act, *arguments, **more):
    with CaptureQueriesContext(connection) as queries:
        result = act(*arguments, **more)
    return result, len(queries)


@pytest.mark.parametrize("kind", list(MassKind))
def test_the_number_of_statements_does_not_grow(cast, district, wording, kind, receiving):
    ensure_wording()
    asked = renewing() if kind == MassKind.RENEW else Asked(receiver=(cast.team_b.pk, cast.zhao.pk))
    counts = []
    for many in (1, 12):
        signed(cast, district.grid_a, many)
        operation, previewed = statements(preview, cast, asked, kind=kind)
        _, confirmed = statements(confirm, cast, operation)
        _, undone = statements(undo, cast, operation)
        counts.append((previewed, confirmed, undone))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 60
