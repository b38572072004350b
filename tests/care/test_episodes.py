"""Episodes: a pregnancy to its end, a newborn's discharge, a course of tuberculosis treatment."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from care.actions import save_record
from care.actions.episodes import CannotKeepEpisode
from care.actions.pregnancies import (
    change_pregnancy,
    end_pregnancy,
    record_delivery,
    register_discharge,
    register_pregnancy,
)
from care.actions.replanning import replan
from care.actions.tuberculosis import change_course, close_course, receive_notice, stop_course
from care.choices import PlanState
from care.models import Episode, Plan
from care.queries.episodes import cards_of, newborns_of
from care.rules.pregnancy import counted_from, due_date, gestation, object_to_correction, object_to_lmp
from care.rules.tuberculosis import first_visit, is_regular
from residents.choices import Relation, Sex
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory

D = dt.date
ZONE = dt.timezone(dt.timedelta(hours=8))
LMP = D(2026, 8, 1)


def clock(cast):
    return {"by": cast.li, "on": D(2026, 11, 22), "now": timezone.now()}


@pytest.fixture
def mother(cast, district, resident, today):
    """李秀英, of the household of 王建国, with an agreement of her own."""
    found = ResidentFactory(
        name="李秀英", sex=Sex.FEMALE, born_on=D(1995, 3, 1), grid=district.grid_a, household=resident.household,
        relation=Relation.WIFE,
    )  # fmt: skip
    sign_agreement(found, cast.team_a, cast.li, on=D(2026, 10, 1))
    replan([found.pk], on=today, now=timezone.now())
    return found


def pregnant(cast, mother, **facts):
    return register_pregnancy(resident=mother, **({"lmp": LMP} | facts), **clock(cast))


def plans(resident):
    found = Plan.objects.filter(resident=resident, state=PlanState.RUNNING).select_related("rule")
    return {one.rule.code: one for one in found}


# rules


def test_days_of_a_pregnancy():
    assert due_date(D(2026, 1, 1)) == D(2026, 10, 8)
    assert counted_from(LMP, D(2027, 5, 15)) == D(2026, 8, 8)
    assert counted_from(LMP, None) == LMP
    assert str(gestation(LMP, D(2026, 11, 22))) == "孕16周+1天"


def test_what_cannot_be_a_last_period():
    assert not object_to_lmp(D(2026, 11, 22), on=D(2026, 11, 22))
    assert object_to_lmp(D(2026, 11, 23), on=D(2026, 11, 22))
    assert not object_to_lmp(D(2026, 1, 25), on=D(2026, 11, 22))  # 301 days
    assert object_to_lmp(D(2026, 1, 24), on=D(2026, 11, 22))
    assert not object_to_correction(LMP, due_date(LMP) + dt.timedelta(days=42))
    assert object_to_correction(LMP, due_date(LMP) + dt.timedelta(days=43))


def test_the_clock_of_the_first_visit():
    """Example 15: notice on Monday at nine, the visit by Thursday at nine."""
    notice = dt.datetime(2026, 11, 16, 9, 0, tzinfo=ZONE)
    assert first_visit(notice, notice).due_at == dt.datetime(2026, 11, 19, 9, 0, tzinfo=ZONE)
    assert not first_visit(notice, notice + dt.timedelta(hours=72)).is_over
    assert first_visit(notice, notice + dt.timedelta(hours=72, minutes=1)).is_over
    assert is_regular(90) and not is_regular(89)


# pregnancy


def test_registering_plans_the_checks_and_sets_the_flag(cast, mother):
    episode = pregnant(cast, mother)
    assert episode.facts == {"lmp": "2026-08-01", "edd": "2027-05-08", "risk": "green"}
    assert mother.flags.get(kind="perinatal").ends_on is None
    assert any(code.startswith("perinatal.") for code in plans(mother))


def test_an_ultrasound_moves_the_schedule(cast, mother):
    episode = pregnant(cast, mother)
    before = next(one.due_on for code, one in plans(mother).items() if code.startswith("perinatal."))
    change_pregnancy(episode=episode, lmp=LMP, corrected_edd=D(2027, 5, 15), color="yellow", **clock(cast))
    episode.refresh_from_db()
    after = next(one.due_on for code, one in plans(mother).items() if code.startswith("perinatal."))
    assert (episode.starts_on, episode.facts["risk"]) == (D(2026, 8, 8), "yellow")
    assert after - before == dt.timedelta(days=7)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"lmp": D(2026, 11, 23)}, "lmp_impossible"),
        ({"corrected_edd": D(2027, 8, 1)}, "edd_far_from_lmp"),
        ({"color": "pink"}, "risk_unknown"),
    ],
)
def test_refused_days(cast, mother, facts, code):
    with pytest.raises(CannotKeepEpisode) as refusal:
        pregnant(cast, mother, **facts)
    assert refusal.value.code == code and not Episode.objects.exists()


def test_one_pregnancy_at_a_time_and_no_man(cast, mother, resident):
    pregnant(cast, mother)
    with pytest.raises(CannotKeepEpisode) as refusal:
        pregnant(cast, mother)
    assert refusal.value.code == "one_running_episode_per_program"
    with pytest.raises(CannotKeepEpisode) as refusal:
        pregnant(cast, resident)
    assert refusal.value.code == "pregnant_man"


def test_a_delivery_ends_the_checks_and_begins_the_visits(cast, mother, district):
    episode = pregnant(cast, mother, lmp=D(2026, 2, 10))
    child = ResidentFactory(
        name="王小宝",
        born_on=D(2026, 11, 15),
        grid=district.grid_a,
        household=mother.household,
        relation=Relation.SON,
    )
    assert newborns_of(cast.li, mother, D(2026, 11, 15)) == [child]
    record_delivery(
        episode=episode,
        delivered_on=D(2026, 11, 15),
        discharged_on=D(2026, 11, 18),
        child=child,
        **clock(cast),
    )
    running = plans(mother)
    assert not any("antenatal" in code for code in running)
    assert running["perinatal.postpartum"].closes_on == D(2026, 11, 25)
    assert running["perinatal.day42"].due_on >= D(2026, 12, 27)
    assert Episode.objects.get(resident=child).starts_on == D(2026, 11, 18)


def test_delivery_days_that_cannot_be(cast, mother):
    episode = pregnant(cast, mother)
    for facts, code in (
        ({"delivered_on": D(2026, 11, 23), "discharged_on": None}, "delivery_impossible"),
        ({"delivered_on": LMP, "discharged_on": None}, "delivery_impossible"),
        ({"delivered_on": D(2026, 11, 20), "discharged_on": D(2026, 11, 19)}, "discharge_impossible"),
    ):
        with pytest.raises(CannotKeepEpisode) as refusal:
            record_delivery(episode=episode, **facts, **clock(cast))
        assert refusal.value.code == code


def test_a_miscarriage_ends_everything(cast, mother):
    episode = pregnant(cast, mother)
    end_pregnancy(episode=episode, ends_on=D(2026, 11, 20), reason="自然流产", **clock(cast))
    assert not any("antenatal" in code for code in plans(mother))
    with pytest.raises(CannotKeepEpisode) as refusal:
        end_pregnancy(episode=episode, ends_on=D(2026, 11, 20), reason="自然流产", **clock(cast))
    assert refusal.value.code == "episode_closed"


def test_a_discharge_told_again_is_put_right(cast, district, today):
    child = ResidentFactory(born_on=D(2026, 11, 15), grid=district.grid_a, managing_team=cast.team_a)
    register_discharge(child=child, discharged_on=D(2026, 11, 18), **clock(cast))
    again = register_discharge(child=child, discharged_on=D(2026, 11, 19), **clock(cast))
    assert Episode.objects.get() == again and again.facts["discharged_on"] == "2026-11-19"
    with pytest.raises(CannotKeepEpisode) as refusal:
        register_discharge(child=child, discharged_on=D(2026, 11, 14), **clock(cast))
    assert refusal.value.code == "child_discharge_impossible"


# tuberculosis


def test_a_course_from_notice_to_closing(cast, mother):
    notice = dt.datetime(2026, 11, 20, 9, 0, tzinfo=ZONE)
    episode = receive_notice(resident=mother, notice_at=notice, case="new", **clock(cast))
    assert plans(mother)["tb.first_visit"].closes_on == D(2026, 11, 23)
    (card,) = cards_of(cast.li, mother, on=D(2026, 11, 22), now=timezone.now())
    assert card.clock.hours_left == 21
    change_course(
        episode=episode, phase="intensive", phase_from=D(2026, 11, 21), supervisor="family", supervisor_name="丈夫",
        **clock(cast),
    )  # fmt: skip
    stop_course(episode=episode, stopped_on=D(2026, 11, 22), reason="completed", **clock(cast))
    assert "tb.closing" in plans(mother) and "tb.routine" not in plans(mother)
    with pytest.raises(CannotKeepEpisode) as refusal:
        close_course(episode=episode, **clock(cast))
    assert refusal.value.code == "no_closing_record"
    values = {
        "stopped_on": "2026-11-22", "ending": "completed", "visits_due": "7", "visits_done": "7", "doses_due": "180",
        "doses_taken": "170",
    }  # fmt: skip
    save_record(
        resident=mother, form="tb_closing", done_on=D(2026, 11, 22), mode="clinic", values=values,
        client_token=uuid.uuid4(), **clock(cast),
    )  # fmt: skip
    closed = close_course(episode=episode, **clock(cast))
    assert (closed.end_reason, closed.ends_on) == ("完成疗程", D(2026, 11, 22))
    assert (closed.facts["regular_rate"], closed.facts["is_regular"]) == (94.4, True)


def test_a_notice_to_come(cast, mother):
    later = timezone.now() + dt.timedelta(minutes=1)
    with pytest.raises(CannotKeepEpisode) as refusal:
        receive_notice(resident=mother, notice_at=later, case="new", **clock(cast))
    assert refusal.value.code == "notice_to_come"


# pages


def test_pages_from_registration_to_delivery(sign_in, cast, mother):
    client = sign_in(cast.li)
    bad = client.post(
        reverse("episode-pregnancy-new", args=[mother.pk]), {"lmp": "2026-12-01", "color": "green"}
    )
    assert "末次月经不能晚于今天" in bad.content.decode() and "2026-12-01" in bad.content.decode()
    data = {"lmp": "2026-02-10", "color": "orange"}
    assert client.post(reverse("episode-pregnancy-new", args=[mother.pk]), data).status_code == 302
    page = client.get(reverse("episode-list", args=[mother.pk])).content.decode()
    assert "孕40周+5天" in page and "县级及以上危重孕产妇救治中心" in page
    episode = Episode.objects.get()
    for name in ("episode-pregnancy-edit", "episode-delivery", "episode-pregnancy-end"):
        assert client.get(reverse(name, args=[episode.pk])).status_code == 200
    data = {"delivered_on": "2026-11-15", "discharged_on": "2026-11-18"}
    assert client.post(reverse("episode-delivery", args=[episode.pk]), data).status_code == 302
    assert "登记新生儿" in client.get(reverse("episode-list", args=[mother.pk])).content.decode()


def test_pages_of_tuberculosis(sign_in, cast, mother):
    client = sign_in(cast.li)
    data = {"notice_on": "2026-11-20", "notice_time": "09:00", "case": "new"}
    assert client.post(reverse("episode-tb-new", args=[mother.pk]), data).status_code == 302
    assert "还有 21 小时" in client.get(reverse("episode-list", args=[mother.pk])).content.decode()
    episode = Episode.objects.get()
    for name in ("episode-tb-edit", "episode-tb-stop", "episode-tb-close"):
        assert client.get(reverse(name, args=[episode.pk])).status_code == 200
    refused = client.post(reverse("episode-tb-close", args=[episode.pk])).content.decode()
    assert "请先登记肺结核结案记录" in refused


def test_out_of_scope_is_not_there(sign_in, cast, mother, django_assert_max_num_queries):
    episode = pregnant(cast, mother)
    client = sign_in(cast.li)
    with django_assert_max_num_queries(13):
        assert client.get(reverse("episode-list", args=[mother.pk])).status_code == 200
    client = sign_in(cast.zhao)
    for name in ("episode-list", "episode-pregnancy-new", "episode-tb-new", "episode-discharge"):
        assert client.get(reverse(name, args=[mother.pk])).status_code == 404
    for name in ("episode-pregnancy-edit", "episode-delivery", "episode-pregnancy-end"):
        assert client.get(reverse(name, args=[episode.pk])).status_code == 404
