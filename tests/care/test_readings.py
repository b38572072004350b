"""Home readings: the forms' limits, what is abnormal for this person, the follow-up it begins, the course."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from care.actions.readings import CannotRecordReadings, record_readings, void_reading
from care.actions.replanning import replan
from care.choices import TaskState
from care.forms.readings import readings_form
from care.models import Plan, Reading, Task
from care.queries.readings import limits_for, series_of
from care.rules.readings import Limit, curve, in_words, is_abnormal, plain
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory

D = dt.date
ZONE = dt.timezone(dt.timedelta(hours=8))


@pytest.fixture
def signed(cast, resident, today):
    sign_agreement(resident, cast.team_a, cast.li, on=D(2026, 10, 1))
    replan([resident.pk], on=today, now=timezone.now())
    return resident


def measure(cast, resident, typed, *, at=None, token=None, confirmed=()):
    return record_readings(
        by=cast.li, on=D(2026, 11, 22), now=timezone.now(), resident=resident, typed=typed, source="self",
        taken_at=at or dt.datetime(2026, 11, 22, 8, 0, tzinfo=ZONE), client_token=token or uuid.uuid4(),
        confirmed=confirmed,
    )  # fmt: skip


def test_several_at_once_with_other_units(cast, signed):
    rows = measure(
        cast,
        signed,
        {"sbp": "１３８", "dbp": "84", "glucose_fasting": "108", "glucose_fasting__unit": "mg/dL"},
    )
    found = {one.kind: (one.first, one.second) for one in rows}
    assert found == {"blood_pressure": (138, 84), "glucose_fasting": (Decimal("6.0"), None)}
    assert not any(one.is_abnormal for one in rows)


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"sbp": "1400", "dbp": "80"}, "sbp", "reading_impossible"),
        ({"sbp": "140"}, "dbp", "reading_impossible"),
        ({"sbp": "80", "dbp": "90"}, "sbp", "reading_impossible"),
        ({"sbp": "abc", "dbp": "80"}, "sbp", "reading_impossible"),
    ],
)
def test_the_impossible_is_refused_at_its_field(cast, signed, typed, field, code):
    with pytest.raises(CannotRecordReadings) as refusal:
        measure(cast, signed, typed)
    assert refusal.value.code == code and field in refusal.value.filled.problems
    assert not Reading.objects.exists()


def test_the_unlikely_is_asked_about_and_taken_when_confirmed(cast, signed):
    typed = {"sbp": "228", "dbp": "112"}
    with pytest.raises(CannotRecordReadings) as refusal:
        measure(cast, signed, typed)
    assert refusal.value.code == "reading_unlikely" and set(refusal.value.filled.questions) == {"sbp"}
    (row,) = measure(cast, signed, typed, confirmed=["sbp"])
    assert row.is_abnormal


def test_nothing_and_bad_moments(cast, signed):
    later = dt.datetime(2026, 11, 22, 12, 1, tzinfo=ZONE)
    for typed, at, code in (
        ({}, None, "reading_nothing"),
        ({"weight": "60"}, later, "reading_to_come"),
        ({"weight": "60"}, dt.datetime(2026, 8, 1, tzinfo=ZONE), "reading_too_late"),
    ):
        with pytest.raises(CannotRecordReadings) as refusal:
            measure(cast, signed, typed, at=at)
        assert refusal.value.code == code


def test_the_same_form_twice_is_kept_once(cast, signed):
    token = uuid.uuid4()
    typed = {"sbp": "138", "dbp": "84", "weight": "60"}
    assert measure(cast, signed, typed, token=token) == measure(cast, signed, typed, token=token)
    assert Reading.objects.count() == 2


def test_the_goal_follows_the_age(cast, district, today):
    """From 65 on below 150/90, before that below 140/90 (3.1)."""
    old = ResidentFactory(grid=district.grid_a, born_on=D(1961, 11, 22))
    young = ResidentFactory(grid=district.grid_a, born_on=D(1961, 11, 23))
    assert limits_for(old, on=today)["sbp"].most == 149
    assert limits_for(young, on=today)["sbp"].most == 139
    assert limits_for(old, on=today)["dbp"].most == 89


@pytest.mark.parametrize(
    ("sbp", "dbp", "abnormal"), [(149, 89, False), (150, 89, True), (149, 90, True), (89, 60, True)]
)
def test_abnormal_at_the_boundary(cast, signed, sbp, dbp, abnormal, today):
    limits = limits_for(signed, on=today)
    assert is_abnormal("blood_pressure", [Decimal(sbp), Decimal(dbp)], limits) is abnormal


def test_an_abnormal_reading_begins_a_follow_up(cast, signed):
    (row,) = measure(cast, signed, {"sbp": "178", "dbp": "102"})
    plan = Plan.objects.get(resident=signed, rule__code="contract.reading")
    assert "血压 178/102 mmHg" in plan.because
    assert Task.objects.get(resident=signed, rule__code="contract.reading").state == TaskState.DUE
    measure(cast, signed, {"sbp": "182", "dbp": "104"})  # one that waits is enough
    assert Task.objects.filter(resident=signed, rule__code="contract.reading").count() == 1
    void_reading(by=cast.li, on=D(2026, 11, 22), now=timezone.now(), reading=row)
    assert not Task.objects.filter(
        resident=signed, rule__code="contract.reading", state=TaskState.DUE
    ).exists()


def test_a_normal_reading_begins_nothing(cast, signed):
    measure(cast, signed, {"sbp": "128", "dbp": "80"})
    assert not Plan.objects.filter(resident=signed, rule__code="contract.reading").exists()


def test_the_database_wants_both_pressures(cast, signed):
    facts = {"resident": signed, "taken_at": timezone.now(), "client_token": uuid.uuid4(), "first": 120}
    for wrong in ({"kind": "blood_pressure"}, {"kind": "weight", "second": 1}):
        with pytest.raises(IntegrityError, match="reading_second_for_pressure"), transaction.atomic():
            Reading.objects.create(**facts | wrong)


def test_the_course(cast, signed):
    for day, sbp in ((1, 150), (8, 140), (15, 130)):
        measure(
            cast, signed, {"sbp": str(sbp), "dbp": "80"}, at=dt.datetime(2026, 11, day, 8, 0, tzinfo=ZONE)
        )
    (series,) = series_of(signed, on=D(2026, 11, 22))
    assert [words for _, words in series.rows] == ["130/80 mmHg", "140/80 mmHg", "150/80 mmHg"]
    assert len(series.curve.lines) == 2 and series.curve.band_height is not None


def test_two_readings_are_no_course():
    at = dt.datetime(2026, 11, 1, tzinfo=ZONE)
    assert curve([(at, [Decimal(1)]), (at, [Decimal(2)])], Limit()) is None
    flat = curve([(at, [Decimal(5)])] * 3, Limit())
    assert flat is not None and flat.band_height is None


def test_words():
    fields = {one.key: one for one in readings_form().fields}
    assert in_words("glucose_fasting", "空腹血糖", [Decimal("7.10")], fields) == "空腹血糖 7.1 mmol/L"
    assert plain(Decimal("130.00")) == "130" and plain(Decimal(100)) == "100"


def test_the_page_keeps_what_was_typed(sign_in, cast, signed):
    client, url = sign_in(cast.li), reverse("reading-new", args=[signed.pk])
    data = {
        "taken_on": "2026-11-22", "taken_time": "08:00", "source": "self", "client_token": str(uuid.uuid4()),
        "sbp": "1400", "dbp": "84", "weight": "60.5",
    }  # fmt: skip
    page = client.post(url, data).content.decode()
    assert "收缩压 1400 不可能" in page and 'value="60.5"' in page
    asked = client.post(url, data | {"sbp": "228", "dbp": "100"}).content.decode()
    assert "收缩压核对无误" in asked
    assert client.post(url, data | {"sbp": "228", "dbp": "100", "confirmed": "sbp"}).status_code == 302
    assert "228/100" in client.get(url).content.decode()


def test_the_cost_and_the_scope(sign_in, cast, signed, django_assert_max_num_queries):
    (row,) = measure(cast, signed, {"weight": "60"})
    url = reverse("reading-new", args=[signed.pk])
    client = sign_in(cast.li)
    with django_assert_max_num_queries(16):
        assert client.get(url).status_code == 200
    assert client.post(reverse("reading-void", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.voided_by == cast.li
    other = sign_in(cast.zhao)
    assert other.get(url).status_code == 404
    assert other.post(reverse("reading-void", args=[row.pk])).status_code == 404
