"""The nightly sums: equal to what stands on the pages of the single agreements."""

import datetime as dt
from collections import Counter
from random import Random

import pytest

from care.actions.figures import refresh_fulfilment
from care.models import AgreementFigure, ItemFigure, Sweep
from contracts.actions import Done, fulfill, terminate, withdraw
from contracts.choices import PackageKind, ProofKind
from contracts.models import Agreement, ServiceItem, ServicePackage
from contracts.queries.promised import promised_in_agreements, team_sees
from residents.choices import Population
from tests.factories.contracts import NOON, household_signed, package, sign_agreement
from tests.factories.contracts import family as a_family
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 22)
NOW = dt.datetime.combine(ON, NOON)
ONE = dt.timedelta(days=1)
DAY = ON - ONE
FLAGS = (None, Population.HYPERTENSION, Population.DIABETES_T2, Population.SMI, Population.ELDERLY_65)
PACKAGES = {
    Population.HYPERTENSION: "hypertension",
    Population.DIABETES_T2: "diabetes",
    Population.SMI: "severe_mental",
    Population.ELDERLY_65: "elderly",
}


def some_agreements(cast, district, chance):
    """Single persons and families of both teams, of every age of the term, some ended early, some not yet begun."""
    for number in range(14):
        team, doctor, grid = (
            (cast.team_a, cast.li, district.grid_a)
            if number % 3
            else (cast.team_b, cast.zhao, district.grid_b)
        )
        on = ON - chance.randrange(-2, 500) * ONE
        if number % 4 == 0:
            home = a_family(grid)
            menu = ServicePackage.objects.offered_on(on).get(kind=PackageKind.FAMILY_MENU, owner=None)
            chosen = list(menu.contents.filter(is_required=False)[:2])
            household_signed(home, team, doctor, on=on, packages=[package(on=on), menu], chosen=chosen)
            continue
        flag = chance.choice(FLAGS)
        resident = ResidentFactory(grid=grid)
        if flag:
            PopulationFlagFactory(resident=resident, kind=flag)
        packages = [package(on=on)] + ([package(PACKAGES[flag], on)] if flag else [])
        sign_agreement(resident, team, doctor, on=on, packages=packages, term_years=1)
    for agreement in Agreement.objects.all():
        _serve(agreement, chance)
    ended = Agreement.objects.filter(team=cast.team_a, starts_on__lt=ON - 40 * ONE, ends_on__gt=ON).first()
    last = ON - 3 * ONE
    terminate(
        by=cast.li, on=last, now=NOW, agreement=ended, reason="resident_request", last_day=last, note=""
    )


def _serve(agreement, chance):
    for part in promises([agreement.pk])[0].parts:
        for line in part.lines:
            for time in range(chance.randrange(0, 4)):
                day = agreement.starts_on + time * ONE
                if day <= min(ON, agreement.ends_on):
                    who = part.enrollment.pk if part.enrollment else None
                    key = f"record:{agreement.pk}-{who}-{line.item.pk}-{time}"
                    done = Done(agreement.pk, who, line.item.pk, day, ProofKind.MANUAL, key)
                    fulfill(by=agreement.doctor, on=ON, facts=[done])


def promises(ids, *, sees=True):
    return promised_in_agreements(ids, on=DAY, sees=team_sees(sees_restricted=sees))


def expected(*, sees):
    """From the pages of the single agreements."""
    items, heads = {}, {}
    held = [
        one.pk
        for one in Agreement.objects.filter(starts_on__lte=DAY).exclude(
            state__in=["void", "draft", "pending_confirm"]
        )
        if max(one.enrollments.values_list("ends_on", flat=True)) >= DAY
    ]
    for one in promises(held, sees=sees):
        key = (one.agreement.team_id, one.agreement.doctor_id)
        head = heads.setdefault(key, Counter())
        lines = [line for part in one.parts for line in part.lines if line.packages]
        counted = [line for line in lines if line.term is not None]
        owing = any(line.due for line in counted)
        head += Counter(agreements=1)
        head["owing"] += owing
        head["met"] += owing and all(line.done >= line.due for line in counted)
        for line in lines:
            item = items.setdefault((*key, line.item.pk), Counter())
            if line.term is None:
                item["on_demand"] += line.done
            else:
                item.update(
                    lines=1, promised=line.term, due=line.due, kept=min(line.done, line.due), done=line.done,
                    remaining=line.left,
                )  # fmt: skip
    return items, heads


def stored(*, sees):
    numbers = ("lines", "promised", "due", "kept", "done", "remaining", "on_demand")
    items = {
        (one.team_id, one.doctor_id, one.item_id): Counter({name: getattr(one, name) for name in numbers})
        for one in ItemFigure.objects.filter(with_restricted=sees)
    }
    heads = {
        (one.team_id, one.doctor_id): Counter(agreements=one.agreements, owing=one.owing, met=one.met)
        for one in AgreementFigure.objects.filter(with_restricted=sees)
    }
    return items, heads


@pytest.mark.parametrize("seed", range(4))
def test_the_sums_are_those_of_the_single_agreements(
    cast, district, wording, seed, django_assert_max_num_queries
):
    some_agreements(cast, district, Random(seed))
    with django_assert_max_num_queries(60):
        changed = refresh_fulfilment(on=ON, now=NOW)
    assert changed["items"] > 10
    for sees in (True, False):
        wanted, found = expected(sees=sees), stored(sees=sees)
        assert found[0].keys() == wanted[0].keys()
        assert {key: +one for key, one in found[0].items()} == {key: +one for key, one in wanted[0].items()}
        assert {key: +one for key, one in found[1].items()} == {key: +one for key, one in wanted[1].items()}
    assert refresh_fulfilment(on=ON, now=NOW) == {"items": 0, "agreements": 0, "tasks": 0}
    sweep = Sweep.objects.get(name="fulfilment")
    assert (sweep.through_on, sweep.through_at) == (DAY, NOW)


def test_only_what_changed_is_written(cast, district, wording):
    agreement = sign_agreement(
        ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=ON - 100 * ONE, packages=[package()]
    )
    refresh_fulfilment(on=ON, now=NOW)
    item = ServiceItem.objects.get(code="regular_contact", owner=None)
    who = agreement.enrollments.get().pk
    done = Done(agreement.pk, who, item.pk, ON - ONE, ProofKind.CONTACT, "contact:1")
    fulfill(by=cast.li, on=ON, facts=[done])
    assert refresh_fulfilment(on=ON, now=NOW) == {"items": 2, "agreements": 0, "tasks": 0}
    assert ItemFigure.objects.get(item=item, with_restricted=True).done == 1
    withdraw(by=cast.li, now=NOW, keys=["contact:1"], note="记错了人")
    refresh_fulfilment(on=ON, now=NOW)
    assert ItemFigure.objects.get(item=item, with_restricted=True).done == 0
    Agreement.objects.filter(pk=agreement.pk).update(state="void")
    agreement.enrollments.update(state="void")
    refresh_fulfilment(on=ON, now=NOW)
    assert not ItemFigure.objects.exists()
    assert not AgreementFigure.objects.exists()
