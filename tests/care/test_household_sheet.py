"""A household on one sheet: one save for everybody, or nothing, with every mistake shown where it was made."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from care.actions.household_sheets import CannotSaveSheet, MemberVisit, save_household_sheet
from care.actions.recording import Entry
from care.actions.replanning import replan
from care.choices import TaskState
from care.formbook import form_of
from care.models import Contact, ServiceRecord, Task
from care.queries.household_sheets import is_short, members_of, representative_of
from contracts.models import Fulfillment
from residents.choices import Population
from residents.models import Resident
from tests.factories.contracts import family, household_signed
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

D = dt.date
TODAY = D(2026, 11, 22)
HTN = {
    "symptoms": ["none"],
    "sbp": "138",
    "dbp": "82",
    "weight": "66",
    "adherence": "regular",
    "reaction": "no",
    "complication": "none",
}


@pytest.fixture
def home(cast, district, wording, today):
    """王建国 with hypertension, his wife, their son, all in one household agreement since October."""
    found = family(district.grid_a, born_on=D(1970, 3, 1))
    father = found.members.get(name="王建国")
    PopulationFlagFactory(resident=father, kind=Population.HYPERTENSION, starts_on=D(2026, 8, 25))
    household_signed(found, cast.team_a, cast.li, on=D(2026, 10, 1))
    replan(list(found.members.values_list("pk", flat=True)), on=today, now=timezone.now())
    return found


def people(home):
    return {one.name: one for one in Resident.objects.filter(household=home)}


def save(cast, visits, *, token=None):
    return save_household_sheet(
        by=cast.li, on=TODAY, now=timezone.now(), members=visits, done_on=TODAY, mode="home",
        client_token=token or uuid.uuid4(),
    )  # fmt: skip


def test_one_save_for_everybody(cast, home):
    him, her = people(home)["王建国"], people(home)["李秀英"]
    token = uuid.uuid4()
    visits = [MemberVisit(him, [Entry("htn_follow_up", HTN)]), MemberVisit(her, outcome="reached")]
    first, again = save(cast, visits, token=token), save(cast, visits, token=token)
    assert (first.is_new, again.is_new) == (True, False)
    assert ServiceRecord.objects.get().sheet == token
    assert Contact.objects.count() == 2  # his visit is a contact, hers alone
    done = Task.objects.filter(state=TaskState.DONE, rule__code="contract.contact").values_list(
        "resident", flat=True
    )
    assert set(done) == {him.pk, her.pk}
    assert Fulfillment.objects.standing().filter(enrollment__resident=her).exists()


def test_one_mistake_and_nothing_is_kept(cast, home):
    him, her, son = (people(home)[name] for name in ("王建国", "李秀英", "王小明"))
    visits = [
        MemberVisit(him, [Entry("htn_follow_up", HTN | {"sbp": "1400"}), Entry("consultation", {})]),
        MemberVisit(her, outcome="delivered"),
        MemberVisit(son, outcome="reached"),
    ]
    with pytest.raises(CannotSaveSheet) as refusal:
        save(cast, visits)
    troubles = refusal.value.troubles
    assert set(troubles) == {him.pk, her.pk}
    assert [one.form for one in troubles[him.pk].records] == ["htn_follow_up", "consultation"]
    assert "sbp" in troubles[him.pk].records[0].problems and troubles[her.pk].contact
    assert not ServiceRecord.objects.exists() and not Contact.objects.exists()


def test_an_empty_sheet(cast, home):
    with pytest.raises(CannotSaveSheet) as refusal:
        save(cast, [MemberVisit(people(home)["王建国"])])
    assert refusal.value.code == "sheet_empty"


def test_what_stands_on_the_sheet(cast, home):
    members = {one.resident.name: one for one in members_of(cast.li, home, on=TODAY)}
    his = members["王建国"]
    assert "household_assessment" in [one.code for one in his.forms]
    assert "htn_follow_up" in [one.code for one in (*his.forms, *his.offered)]
    assert not is_short(form_of("constitution")) and not is_short(form_of("health_plan"))
    assert representative_of(cast.li, home, on=TODAY).name == "王建国"
    assert representative_of(cast.zhao, home, on=TODAY) is None


def page_data(him, **more):
    prefix = f"r{him.pk}-"
    schema = form_of("htn_follow_up")
    typed = {prefix + schema.name_of(schema.field(key)): value for key, value in HTN.items()}
    return (
        {
            "done_on": "2026-11-22",
            "mode": "home",
            "client_token": str(uuid.uuid4()),
            f"{prefix}with": "htn_follow_up",
        }
        | typed
        | more
    )


def test_the_page(sign_in, cast, home, django_assert_max_num_queries):
    client, url = sign_in(cast.li), reverse("sheet-household", args=[home.pk])
    him, her = people(home)["王建国"], people(home)["李秀英"]
    with django_assert_max_num_queries(40):
        page = client.get(url).content.decode()
    assert "高血压" in page and f"r{him.pk}-household_assessment__members" in page
    data = page_data(him)
    wrong = client.post(
        url, data | {f"r{him.pk}-sbp": "1400", f"r{her.pk}-outcome": "reached"}
    ).content.decode()
    assert "收缩压 1400 不可能" in wrong and 'value="66"' in wrong and not ServiceRecord.objects.exists()
    more = next(one for one in members_of(cast.li, home, on=TODAY) if one.resident == her).offered[0].code
    added = client.post(url, data | {"do": f"add:{her.pk}:{more}"}).content.decode()
    assert f'name="r{her.pk}-with" value="{more}"' in added and 'value="138"' in added
    for _ in range(2):
        assert client.post(url, data | {f"r{her.pk}-outcome": "reached"}).status_code == 302
    assert (ServiceRecord.objects.count(), Contact.objects.count()) == (1, 2)


def test_scope_and_assessment(sign_in, cast, district, home):
    client = sign_in(cast.li)
    answer = client.get(reverse("sheet-assessment", args=[home.pk]))
    him = people(home)["王建国"]
    assert answer.url == reverse("record-new", args=[him.pk, "household_assessment"])
    alone = ResidentFactory(grid=district.grid_a).household
    assert client.get(reverse("sheet-assessment", args=[alone.pk])).url == reverse(
        "household-detail", args=[alone.pk]
    )
    assert sign_in(cast.zhao).get(reverse("sheet-household", args=[home.pk])).status_code == 404


def test_the_plan_on_paper(sign_in, cast, home):
    """Seven parts, the institution at the head, the name in full; of other forms there is no paper."""
    from care.actions import save_record

    him = people(home)["王建国"]
    parts = ("treatment", "medication", "diet", "daily", "exercise", "prevention", "tcm")
    values = {"problems": "高血压", "goal": "血压达标"} | {one: f"{one}要点" for one in parts}
    frame = {
        "by": cast.li,
        "on": TODAY,
        "now": timezone.now(),
        "resident": him,
        "done_on": TODAY,
        "mode": "clinic",
    }
    plan = save_record(form="health_plan", values=values, client_token=uuid.uuid4(), **frame).record
    visit = save_record(form="htn_follow_up", values=HTN, client_token=uuid.uuid4(), **frame).record
    client = sign_in(cast.li)
    paper = client.get(reverse("record-print", args=[plan.pk])).content.decode()
    assert (
        all(f"{one}要点" in paper for one in parts) and "王建国" in paper and cast.institution_a.name in paper
    )
    assert client.get(reverse("record-print", args=[visit.pk])).status_code == 404
    assert sign_in(cast.zhao).get(reverse("record-print", args=[plan.pk])).status_code == 404
