"""Merging and taking apart over whatever hangs on two entries, and two people who do it at once."""

import datetime as dt
import itertools
import threading

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models import Enrollment
from residents.actions import (
    CannotMergeResidents,
    CannotUndoMerge,
    merge_residents,
    preview_merge,
    undo_merge,
)
from residents.choices import Evidence, LifeStatus, Population, Relation
from residents.models import (
    ContactPhone,
    DuplicatePair,
    Guardian,
    Household,
    PastIdentifier,
    PopulationFlag,
    Resident,
    ResidentMerge,
    StewardTraining,
)
from residents.rules.merging import Part
from residents.searchable import number_index, phone_index, phone_tail
from tests.factories.contracts import ensure_wording, sign_agreement
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.rowbook import rowbook

AT = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
KINDS = (Population.HYPERTENSION, Population.TUMOR, Population.ELDERLY_65)
RELATIONS = (Relation.HEAD, Relation.SON, Relation.NON_RELATIVE)

hanging_st = st.fixed_dictionaries(
    {
        "flags": st.lists(
            st.tuples(st.sampled_from(KINDS), st.sampled_from(Evidence), st.booleans()),
            max_size=3,
            unique_by=lambda x: x[0],
        ),
        "phones": st.sets(st.sampled_from(("13911110001", "13911110002")), max_size=2),
        "former": st.booleans(),
        "guardian": st.sampled_from(("", "王小明", "李小红")),
        "ward": st.booleans(),
        "signed": st.booleans(),
        "home": st.integers(0, 2),
        "relation": st.sampled_from(RELATIONS),
        "steward": st.booleans(),
        "status": st.sampled_from((LifeStatus.PRESENT, LifeStatus.PRESENT, LifeStatus.LOST)),
        "confirmed": st.booleans(),
    }
)


class Undo(Exception):
    """Takes a drawn family back."""


def hang(drawn, cast, district, homes, serial):
    home = homes[drawn["home"]]
    head_taken = home is not None and home.members.present().filter(relation=Relation.HEAD).exists()
    relation = Relation.NON_RELATIVE if home is None or head_taken else drawn["relation"]
    one = ResidentFactory(
        name="王建国", born_on=dt.date(1950, 1, 1 + serial), phone=f"1391234000{serial}", grid=district.grid_a,
        household=home, relation=relation, confirmed_on=TODAY if drawn["confirmed"] else None,
    )  # fmt: skip
    if drawn["signed"] and drawn["status"] == LifeStatus.PRESENT:
        sign_agreement(one, cast.team_a, cast.li, on=TODAY)
    for kind, evidence, is_running in drawn["flags"]:
        PopulationFlag.objects.create(
            resident=one, kind=kind, evidence=evidence, starts_on=dt.date(2020, 1, 1 + serial),
            ends_on=None if is_running else TODAY,
        )  # fmt: skip
    for phone in drawn["phones"]:
        ContactPhone.objects.create(
            resident=one, phone=phone, phone_index=phone_index(phone), phone_tail=phone_tail(phone[-4:])
        )
    if drawn["former"]:
        PastIdentifier.objects.create(
            resident=one, id_kind="01", id_number="E1234567", id_index=number_index("E1234567"), replaced_on=TODAY,
            reason="更正", replaced_by=cast.li,
        )  # fmt: skip
    if drawn["guardian"]:
        Guardian.objects.create(
            resident=one, name=drawn["guardian"], relation="子", phone="", starts_on=TODAY
        )
    if drawn["ward"]:
        ward = ResidentFactory(grid=district.grid_a)
        Guardian.objects.create(
            resident=ward, guardian=one, name="王建国", relation="祖父", phone="", starts_on=TODAY
        )
    if drawn["steward"] and home is not None:
        Household.objects.filter(pk=home.pk).update(steward=one)
        StewardTraining.objects.create(
            household=home, steward=one, trained_on=TODAY, topic="用药", recorded_by=cast.li
        )
    if drawn["status"] != LifeStatus.PRESENT:
        Resident.objects.filter(pk=one.pk).update(life_status=drawn["status"], life_status_on=TODAY)
    return one


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(mine=hanging_st, theirs=hanging_st, take=st.sets(st.sampled_from(Part)), others=st.booleans())
def test_taken_apart_everything_is_as_it_was(mine, theirs, take, others, cast, district):
    try:
        with transaction.atomic():
            homes = [None, HouseholdFactory(grid=district.grid_a), HouseholdFactory(grid=district.grid_a)]
            kept = hang(mine, cast, district, homes, 0)
            dropped = hang(theirs, cast, district, homes, 1)
            if others:
                ResidentFactory(grid=district.grid_a, household=homes[1], relation=Relation.SON)
            DuplicatePair.objects.create(first=kept, second=dropped, score=90, reasons=[], found_on=TODAY)
            before, stories = rowbook(), rowbook(with_stories=True)
            facts = {
                "kept": kept,
                "dropped": dropped,
                "take": take,
                "policy": POLICY,
                "by": cast.li,
                "at": AT,
                "on": TODAY,
            }
            seen = preview_merge(**facts)
            assert rowbook(with_stories=True) == stories
            try:
                done = merge_residents(**facts, reason="核实")
            except CannotMergeResidents as refusal:
                assert refusal.sentence == "".join(seen.obstacles)
                assert rowbook() == before
            else:
                assert seen.obstacles == []
                check_shell(dropped, kept)
                undo_merge(merge=done, by=cast.li, at=AT)
                assert rowbook() == before
            raise Undo
    except Undo:
        pass


def check_shell(dropped, kept):
    """Nothing that counts hangs on a merged entry."""
    shell = Resident.objects.get(pk=dropped.pk)
    assert (shell.merged_into_id, shell.id_index, shell.household_id) == (kept.pk, None, None)
    assert not Enrollment.objects.filter(resident=dropped).exists()
    assert not PastIdentifier.objects.filter(resident=dropped).exists()
    mine = set(PopulationFlag.objects.running().filter(resident=kept).values_list("kind", flat=True))
    left = set(PopulationFlag.objects.running().filter(resident=dropped).values_list("kind", flat=True))
    assert left <= mine


def together(*tasks):
    """Run the tasks at the same moment, each on its own connection; their results or refusals, in order."""
    barrier = threading.Barrier(len(tasks))
    results = [None] * len(tasks)

    def run(place, task):
        try:
            barrier.wait(10)
            results[place] = task()
        except (CannotMergeResidents, CannotUndoMerge) as refusal:
            results[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(tasks)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return results


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_people_merge_the_same_pair(cast, district):
    ensure_wording()

    def merge(kept, dropped, by):
        return lambda: merge_residents(
            kept=kept, dropped=dropped, take=(), reason="核实", policy=POLICY, by=by, at=AT, on=TODAY
        )

    for serial in range(3):
        one = ResidentFactory(name="王建国", grid=district.grid_a)
        other = ResidentFactory(name="王建国", grid=district.grid_a)
        people = (one, other) if serial % 2 else (other, one)
        results = together(merge(one, other, cast.li), merge(*people, cast.zhou))
        won = [done for done in results if isinstance(done, ResidentMerge)]
        lost = [done for done in results if isinstance(done, CannotMergeResidents)]
        assert (len(won), len(lost)) == (1, 1)
        assert lost[0].code in ("merged_already", "moved_meanwhile")
        assert ResidentMerge.objects.filter(dropped__in=[one, other]).count() == 1
        undone = together(*itertools.repeat(lambda one=won[0]: undo_merge(merge=one, by=cast.li, at=AT), 2))
        assert sum(isinstance(done, CannotUndoMerge) for done in undone) == 1
