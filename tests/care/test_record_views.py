"""The record page, one record, correcting, voiding, the care page: nothing typed is lost, nobody sees too much."""

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from care.actions import replan
from care.formbook import current_forms
from care.models import RecordDraft, ServiceRecord
from core.models import ReadLog
from residents.choices import Population
from residents.models import Resident
from tests.care.conftest import TODAY
from tests.factories.care import HTN, record_visit
from tests.factories.contracts import package, sign_agreement
from tests.factories.residents import PopulationFlagFactory

pytestmark = pytest.mark.django_db


def address(resident, form="htn_follow_up", **query) -> str:
    found = reverse("record-new", args=[resident.pk, form])
    return found + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def sent(**changes) -> dict[str, object]:
    own = ("symptoms", "adherence", "reaction", "complication")
    typed = {f"htn_follow_up__{key}" if key in own else key: value for key, value in HTN.items()}
    frame = {"done_on": "2026-11-22", "mode": "clinic", "client_token": str(uuid.uuid4()), "do": "save"}
    return frame | typed | changes


def page(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("form", sorted(current_forms()))
def test_every_form_opens_and_tells_what_is_missing(sign_in, cast, hypertensive, form):
    client = sign_in(cast.li)
    opened = client.get(address(hypertensive, form))
    assert opened.status_code == 200
    assert current_forms()[form].name in page(opened)
    answer = client.post(
        address(hypertensive, form), {"done_on": "2026-11-22", "mode": "clinic", "client_token": uuid.uuid4()}
    )
    assert answer.status_code == 200
    for one in current_forms()[form].asked:
        if one.is_required and one.when is None:
            assert f"请填写{one.label}。" in page(answer)


def test_a_visit_is_saved_and_told(sign_in, cast, hypertensive):
    client = sign_in(cast.li)
    answer = client.post(address(hypertensive), sent(), follow=True)
    record = ServiceRecord.objects.get()
    assert answer.redirect_chain == [(reverse("record-detail", args=[record.pk]), 302)]
    assert "高血压随访已保存" in page(answer)
    assert "下次应于" in page(answer)
    assert "控制满意" in page(answer)
    assert "健康积分" in page(answer)


def test_the_same_page_sent_twice_is_one_record(sign_in, cast, hypertensive):
    client, typed = sign_in(cast.li), sent()
    client.post(address(hypertensive), typed)
    answer = client.post(address(hypertensive), typed, follow=True)
    assert "没有重复登记" in page(answer)
    assert ServiceRecord.objects.count() == 1


def test_wrong_values_are_told_at_the_field_and_nothing_is_lost(sign_in, cast, hypertensive):
    typed = sent(sbp="1400", dbp="135", htn_follow_up__guidance="少盐", next_on__htn_follow_up="2026-12-30")
    typed |= {
        "htn_follow_up__drugs-rows": "2",
        "htn_follow_up__drugs-0-name": "氨氯地平",
        "htn_follow_up__drugs-1-times": "99",
    }
    text = page(sign_in(cast.li).post(address(hypertensive), typed))
    assert "收缩压 1400 不可能，请核对（50～300 mmHg）。" in text
    for kept in (
        'value="1400"',
        'value="135"',
        "少盐",
        'value="2026-12-30"',
        'value="氨氯地平"',
        'value="99"',
    ):
        assert kept in text
    assert 'name="ok__dbp"' in text
    assert "请填写药名，或清空这一行。" in text
    assert not ServiceRecord.objects.exists()


def test_the_unlikely_is_saved_once_ticked(sign_in, cast, hypertensive):
    sign_in(cast.li).post(address(hypertensive), sent(sbp="200", dbp="135", ok__dbp="1"))
    assert ServiceRecord.objects.get().values["dbp"] == 135


@pytest.mark.parametrize(
    "wrong",
    [{"done_on": "2026-11-23"}, {"done_on": "明天"}, {"mode": ""}, {"next_on__htn_follow_up": "下月"}],
)
def test_the_frame_is_checked(sign_in, cast, hypertensive, wrong):
    answer = sign_in(cast.li).post(address(hypertensive), sent(**wrong))
    assert answer.status_code == 200
    assert 'class="field-error"' in page(answer)
    assert not ServiceRecord.objects.exists()


def test_trying_out_judges_and_saves_nothing(sign_in, cast, hypertensive):
    text = page(sign_in(cast.li).post(address(hypertensive), sent(sbp="165", do="preview")))
    assert "控制不满意" in text
    assert "下次建议 2026-12-06" in text
    assert not ServiceRecord.objects.exists()


def test_one_more_row_keeps_everything(sign_in, cast, hypertensive):
    typed = sent(do="rows:htn_follow_up__drugs", sbp="141")
    typed |= {"htn_follow_up__drugs-rows": "2", "htn_follow_up__drugs-1-name": "缬沙坦"}
    text = page(sign_in(cast.li).post(address(hypertensive), typed))
    assert 'name="htn_follow_up__drugs-2-name"' in text
    assert 'value="缬沙坦"' in text
    assert 'value="141"' in text


def test_a_second_programme_joins_the_page_and_shared_values_are_typed_once(sign_in, cast, hypertensive):
    client = sign_in(cast.li)
    text = page(client.post(address(hypertensive), sent(do="with:dm_follow_up", sbp="141")))
    assert "2型糖尿病患者随访服务记录" in text
    assert text.count('name="sbp"') == 1
    assert "收缩压：同“高血压随访”所填" in text
    assert 'value="141"' in text
    both = sent(**{
        "with": "dm_follow_up", "glucose_fasting": "126", "glucose_fasting__unit": "mg/dL",
        "dm_follow_up__symptoms": "none", "dm_follow_up__hypo": "none", "dm_follow_up__adherence": "regular",
        "dm_follow_up__reaction": "no", "dm_follow_up__complication": "none",
    })  # fmt: skip
    client.post(address(hypertensive), both)
    found = {one.form: one for one in ServiceRecord.objects.all()}
    assert found["dm_follow_up"].values["sbp"] == 128
    assert found["dm_follow_up"].values["glucose_fasting"] == 7.0
    assert found["htn_follow_up"].sheet == found["dm_follow_up"].sheet


def test_both_forms_tell_what_is_wrong_at_once(sign_in, cast, hypertensive):
    text = page(sign_in(cast.li).post(address(hypertensive), sent(**{"with": "dm_follow_up", "sbp": ""})))
    assert "请填写空腹血糖。" in text
    assert "请填写收缩压。" in text


def test_last_values_stand_beside_the_fields_the_abnormal_in_red(sign_in, cast, hypertensive):
    record_visit(hypertensive, cast.li, on=TODAY, done_on=dt.date(2026, 11, 2), values={
        "sbp": "165", "height": "170", "drugs": [{"name": "氨氯地平", "times": "1", "dose": "5mg"}],
    })  # fmt: skip
    text = page(sign_in(cast.li).get(address(hypertensive)))
    assert re.search(r'上次 <span class="abnormal">165 mmHg</span> <span class="nowrap">2026-11-02', text)
    assert 'value="170.0"' in text
    assert 'value="氨氯地平"' in text


def test_what_is_typed_is_kept_sealed_and_dropped_when_saved(sign_in, cast, hypertensive):
    client = sign_in(cast.li)
    kept = client.post(reverse("record-draft", args=[hypertensive.pk, "htn_follow_up"]), sent(sbp="147"))
    assert re.fullmatch(r"\d\d:\d\d", kept.json()["saved"])
    text = page(client.get(address(hypertensive)))
    assert 'value="147"' in text
    assert "保存的草稿" in text
    assert 'value="147"' not in page(sign_in(cast.wang).get(address(hypertensive)))
    sign_in(cast.li).post(address(hypertensive), sent())
    assert not RecordDraft.objects.exists()


def test_a_draft_can_be_given_up(sign_in, cast, hypertensive):
    client = sign_in(cast.li)
    client.post(reverse("record-draft", args=[hypertensive.pk, "htn_follow_up"]), sent(sbp="147"))
    answer = client.post(reverse("record-draft-drop", args=[hypertensive.pk, "htn_follow_up"]), follow=True)
    assert "草稿已放弃" in page(answer)
    assert 'value="147"' not in page(answer)


def test_a_draft_after_saving_is_not_kept(sign_in, cast, hypertensive):
    client, typed = sign_in(cast.li), sent()
    client.post(address(hypertensive), typed)
    answer = client.post(reverse("record-draft", args=[hypertensive.pk, "htn_follow_up"]), typed)
    assert answer.json()["saved"] == ""
    assert not RecordDraft.objects.exists()


def test_a_huge_draft_is_refused(sign_in, cast, hypertensive):
    typed = sent() | {f"x{number}": "长" * 900 for number in range(80)}
    assert (
        sign_in(cast.li)
        .post(reverse("record-draft", args=[hypertensive.pk, "htn_follow_up"]), typed)
        .status_code
        == 413
    )


def test_a_correction_shows_what_was_changed(sign_in, cast, hypertensive):
    record = record_visit(hypertensive, cast.li, on=TODAY).record
    client = sign_in(cast.li)
    correcting = reverse("record-correct", args=[record.pk])
    assert 'value="128"' in page(client.get(correcting))
    wrong = page(client.post(correcting, sent(sbp="1400", note="抄错")))
    assert "不可能" in wrong
    assert 'value="抄错"' in wrong
    text = page(client.post(correcting, sent(sbp="138", note="抄错"), follow=True))
    assert "<del>128 mmHg</del> → <ins>138 mmHg</ins>" in text
    assert "抄错" in text
    old = page(client.get(reverse("record-detail", args=[record.pk])))
    assert "138" in old  # the address of the first version shows the newest
    assert client.get(correcting).status_code == 302


def test_voiding_asks_why(sign_in, cast, hypertensive):
    record = record_visit(hypertensive, cast.li, on=TODAY).record
    client, voiding = sign_in(cast.li), reverse("record-void", args=[record.pk])
    assert "作废原因" in page(client.get(voiding))
    assert "必填" in page(client.post(voiding, {"note": ""})) or "请" in page(
        client.post(voiding, {"note": ""})
    )
    text = page(client.post(voiding, {"note": "登记到别人名下"}, follow=True))
    assert "已作废" in text
    assert "登记到别人名下" in text


def test_the_care_page_tells_who_what_is_due_and_what_was_done(sign_in, cast, hypertensive):
    record_visit(
        hypertensive, cast.li, on=TODAY, done_on=dt.date(2026, 11, 2), values={"sbp": "165", "weight": "66"}
    )
    text = page(sign_in(cast.li).get(reverse("care-resident", args=[hypertensive.pk])))
    assert hypertensive.name not in text
    assert "王*国" in text
    for words in ("高血压再随访", "控制不满意", "165", "66.0", "签约至"):
        assert words in text
    assert address(hypertensive) in text


@pytest.mark.parametrize("name", ["record-detail", "record-correct", "record-void"])
def test_out_of_scope_there_is_no_record(sign_in, cast, hypertensive, name):
    record = record_visit(hypertensive, cast.li, on=TODAY).record
    assert sign_in(cast.zhao).get(reverse(name, args=[record.pk])).status_code == 404


def test_out_of_scope_there_is_no_person(sign_in, cast, hypertensive):
    client = sign_in(cast.zhao)
    assert client.get(address(hypertensive)).status_code == 404
    assert client.get(reverse("care-resident", args=[hypertensive.pk])).status_code == 404


def test_who_may_only_look_does_not_write(sign_in, cast, hypertensive):
    record = record_visit(hypertensive, cast.li, on=TODAY).record
    client = sign_in(cast.qian)
    assert client.get(reverse("record-detail", args=[record.pk])).status_code == 200
    assert client.get(address(hypertensive)).status_code == 403
    assert client.get(reverse("record-void", args=[record.pk])).status_code == 403


def test_restricted_forms_and_records_do_not_exist_for_others(sign_in, cast, hypertensive):
    record = record_visit(hypertensive, cast.li, on=TODAY, form="smi_follow_up").record
    PopulationFlagFactory(resident=hypertensive, kind=Population.SMI)
    client = sign_in(cast.qian)
    assert client.get(reverse("record-detail", args=[record.pk])).status_code == 404
    assert "精神" not in page(client.get(reverse("care-resident", args=[hypertensive.pk])))
    assert "精神" in page(sign_in(cast.li).get(reverse("care-resident", args=[hypertensive.pk])))
    assert sign_in(cast.li).get(address(hypertensive, "no_such_form")).status_code == 404


@pytest.mark.parametrize(
    "name", ["record-new", "care-resident", "record-detail", "record-correct", "record-void"]
)
def test_each_view_is_logged(sign_in, cast, hypertensive, name):
    record = record_visit(hypertensive, cast.li, on=TODAY).record
    own = {"record-new": [hypertensive.pk, "htn_follow_up"], "care-resident": [hypertensive.pk]}
    sign_in(cast.li).get(reverse(name, args=own.get(name, [record.pk])))
    row = ReadLog.objects.latest("pk")
    assert (row.page, row.subject_ids) == (name, [hypertensive.pk])


def test_queries_do_not_grow_with_what_was_done(sign_in, cast, hypertensive, django_assert_max_num_queries):
    for day in range(1, 13):
        record_visit(hypertensive, cast.li, on=TODAY, done_on=dt.date(2026, 11, day))
    record = ServiceRecord.objects.latest("pk")
    client = sign_in(cast.li)
    for path, most in (
        (reverse("care-resident", args=[hypertensive.pk]), 34),
        (address(hypertensive), 30),
        (reverse("record-detail", args=[record.pk]), 24),
    ):
        client.get(path)
        with django_assert_max_num_queries(most):
            client.get(path)


def test_a_check_up_does_not_tell_that_it_was_one_of_a_restricted_programme(sign_in, cast, resident, today):
    day = dt.date(2026, 6, 1)
    PopulationFlagFactory(resident=resident, kind=Population.SMI, starts_on=day)
    sign_agreement(
        resident,
        cast.team_a,
        cast.li,
        on=day,
        packages=[package("basic", day), package("severe_mental", day)],
    )
    replan([resident.pk], on=TODAY, now=timezone.now())
    values = {
        "symptoms": ["none"], "sbp": "128", "dbp": "78", "height": "170", "weight": "60", "abnormal": "no",
    }  # fmt: skip
    record = record_visit(resident, cast.li, on=TODAY, form="check_up", values=values).record
    told = [
        page(sign_in(who).get(reverse("record-detail", args=[record.pk]))) for who in (cast.li, cast.qian)
    ]
    assert ["精神障碍" in text for text in told] == [True, False]


@pytest.mark.parametrize(("age", "red"), [(65, False), (64, True)])
def test_the_pressure_of_elders_is_red_above_their_own_goal(
    sign_in, cast, resident, wording, today, age, red
):
    Resident.objects.filter(pk=resident.pk).update(born_on=dt.date(2026 - age, 11, 1))
    resident.refresh_from_db()
    sign_agreement(resident, cast.team_a, cast.li, on=dt.date(2026, 6, 1))
    record = record_visit(resident, cast.li, on=TODAY, values={"sbp": "145"}).record
    client = sign_in(cast.li)
    for path in (
        reverse("record-detail", args=[record.pk]),
        address(resident),
        reverse("care-resident", args=[resident.pk]),
    ):
        assert (re.search(r'class="[^"]*abnormal[^"]*">\s*145', page(client.get(path))) is not None) == red, (
            path
        )
