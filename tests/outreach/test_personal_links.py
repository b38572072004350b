"""Links to one resident: who may make one, what opens it, what is done behind it once."""

import datetime as dt
import uuid

import pytest

from contracts.actions import CannotConfirm, CannotDispute, raise_dispute
from contracts.models import Confirmation, Dispute
from contracts.policy import policy_on as contracts_policy_on
from core.models import OutgoingText
from core.refusals import Refusal
from core.tasks import send_texts
from outreach.actions.booking import CannotBook
from outreach.actions.personal_links import (
    open_personal_link,
    revoke_personal_link,
    send_link_code,
    text_link,
)
from outreach.actions.using_links import (
    CannotUseLink,
    answer_behind,
    book_behind,
    confirm_behind,
    dispute_behind,
)
from outreach.choices import LinkPurpose
from outreach.models import Booking, PersonalLink, SurveyAnswer
from outreach.queries.personal_links import link_behind, offers_for, secret_of
from outreach.rules.personal_links import code_of
from residents.choices import LifeStatus, Population
from residents.models import Guardian
from tests.contracts.own_side import family, sign_family, wait_for_resident
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory
from tests.factories.teams import LONG_AGO
from tests.outreach.own_links import HAPPY, NOW, TODAY, a_link, a_survey
from tests.outreach.seats import make_point, make_slot, make_visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
IP = "198.51.100.7"


@pytest.fixture
def resident(cast, district):
    return ResidentFactory(
        name="王建国", born_on=dt.date(1950, 1, 1), phone="13956785678", grid=district.grid_a
    )


@pytest.fixture
def signed(resident, cast):
    made = sign_agreement(resident, cast.team_a, cast.li, on=TODAY)
    resident.refresh_from_db()
    return made


@pytest.fixture
def texts(settings, tmp_path, monkeypatch):
    settings.SMS_SENDER, settings.SMS_FILE = "file", tmp_path / "texts.txt"
    monkeypatch.setattr(send_texts, "apply_async", lambda **options: None)


def code_from(call) -> str:
    with pytest.raises(Refusal) as met:
        call()
    return met.value.code


def opened(link, answer, at=NOW):
    policy = contracts_policy_on(TODAY)
    found = open_personal_link(link=link, answer=answer, address=IP, at=at, policy=policy)
    return found.code if found else "open"


# making


def test_own_teams_residents_only(resident, signed, cast, district):
    for user in (cast.li, cast.wang, cast.qian):
        a_link(user, resident)
    for user in (cast.zhao, cast.wu, cast.zhou):
        assert code_from(lambda user=user: a_link(user, resident)) == "not_own_team"
    unsigned = ResidentFactory(grid=district.grid_b)
    assert a_link(cast.zhao, unsigned).resident == unsigned, "an unsigned one is his grid's team's"
    assert code_from(lambda: a_link(cast.li, unsigned)) == "not_own_team"


def test_asked_for_again_it_is_the_same_link_from_today(resident, cast):
    first = a_link(cast.li, resident)
    assert first.expires_at == dt.datetime(2026, 12, 6, 16, 0, tzinfo=dt.UTC), "the midnight after 14 days"
    later = a_link(cast.wang, resident, on=TODAY + dt.timedelta(days=3), now=NOW + dt.timedelta(days=3))
    assert later.pk == first.pk
    assert later.expires_at - first.expires_at == dt.timedelta(days=3)
    over = NOW + dt.timedelta(days=40)
    assert a_link(cast.li, resident, on=over.date(), now=over).pk != first.pk
    assert len({secret_of(one.pk) for one in PersonalLink.objects.all()}) == 2


def test_only_the_digest_is_kept(resident, cast):
    link = a_link(cast.li, resident)
    kept = str(list(PersonalLink.objects.values()))
    assert secret_of(link.pk) not in kept
    assert link_behind(secret_of(link.pk), at=NOW) == link
    assert link_behind(secret_of(link.pk + 1), at=NOW) is None


def test_a_survey_link_ends_with_its_survey(resident, cast):
    survey = a_survey(cast.zhou, ends_on=TODAY + dt.timedelta(days=2))
    link = a_link(cast.li, resident, LinkPurpose.SURVEY, survey=survey)
    assert link.expires_at == dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)
    late = NOW + dt.timedelta(days=3)
    again = lambda: a_link(cast.li, resident, LinkPurpose.SURVEY, on=late.date(), now=late, survey=survey)  # noqa: E731
    assert code_from(again) == "survey_over"


def test_confirming_and_disputing_are_the_signatorys(cast, district):
    people = family(district.grid_a, None, None)
    agreement = sign_family(people, cast.team_a, cast.li)
    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.DISPUTE):
        assert a_link(cast.li, people[0], purpose, agreement=agreement)
        other = lambda purpose=purpose: a_link(cast.li, people[1], purpose, agreement=agreement)  # noqa: E731
        assert code_from(other) == "not_signatory"
    assert a_link(cast.li, people[1], LinkPurpose.PROGRESS, agreement=agreement)


def test_what_can_be_sent(resident, signed, cast, django_assert_num_queries):
    survey = a_survey(cast.zhou)
    with django_assert_num_queries(2):
        offers = offers_for(resident, type(signed).objects.all(), on=TODAY)
    assert [one.purpose for one in offers] == ["confirm", "progress", "dispute", "book", "survey"]
    assert offers[-1].survey == survey
    assert offers[0].key == f"confirm:{signed.pk}"


def test_the_dead_are_sent_nothing(resident, cast):
    resident.life_status = LifeStatus.DECEASED
    assert code_from(lambda: a_link(cast.li, resident)) == "not_present"


# opening


def test_the_end_of_the_identity_number_opens_it_that_of_the_phone_does_not(resident, cast):
    link = a_link(cast.li, resident)
    assert opened(link, resident.phone[-4:]) == "wrong"
    assert opened(link, resident.id_number[-4:]) == "open"
    link.refresh_from_db()
    assert (link.tries, link.used_at) == (0, None)


def test_five_wrong_answers_lock_it_also_for_the_right_one(resident, cast):
    link = a_link(cast.li, resident)
    assert [opened(link, "zzzz") for _ in range(5)] == ["wrong"] * 4 + ["locked"]
    assert opened(link, resident.id_number[-4:]) == "locked"
    assert opened(link, resident.id_number[-4:], NOW + dt.timedelta(minutes=31)) == "open"


def test_expired_and_revoked(resident, cast):
    link = a_link(cast.li, resident)
    right = resident.id_number[-4:]
    assert opened(link, right, link.expires_at - dt.timedelta(seconds=1)) == "open"
    assert opened(link, right, link.expires_at) == "gone"
    assert (
        code_from(lambda: revoke_personal_link(by=cast.zhao, on=TODAY, now=NOW, link=link)) == "not_own_team"
    )
    revoke_personal_link(by=cast.wang, on=TODAY, now=NOW, link=link)
    revoke_personal_link(by=cast.wang, on=TODAY, now=NOW + dt.timedelta(hours=1), link=link)
    link.refresh_from_db()
    assert link.revoked_at == NOW, "once"
    assert opened(link, right) == "gone"
    assert link_behind(secret_of(link.pk), at=NOW) is None
    assert a_link(cast.li, resident).pk != link.pk


def test_who_was_merged_away_is_nobody(resident, cast):
    link = a_link(cast.li, resident)
    kept = ResidentFactory(grid=resident.grid)
    merged = {"life_status": LifeStatus.MERGED, "merged_into": kept, "life_status_on": TODAY}
    type(resident).objects.filter(pk=resident.pk).update(**merged)
    assert link_behind(secret_of(link.pk), at=NOW) is None


@pytest.mark.usefixtures("texts")
def test_a_code_opens_it_once_one_was_sent(resident, cast):
    link, policy = a_link(cast.li, resident), contracts_policy_on(TODAY)
    code = code_of(link.pk, NOW, minutes=policy.code_minutes)
    assert opened(link, code) == "wrong", "nobody sent it"
    assert send_link_code(link=link, now=NOW, policy=policy) == "13956785678"
    text = OutgoingText.objects.get()
    assert code in text.text
    assert opened(link, code) == "open"
    assert opened(link, code, NOW + dt.timedelta(minutes=20)) == "wrong"
    for _ in range(policy.codes_per_day - 1):
        send_link_code(link=link, now=NOW, policy=policy)
    assert code_from(lambda: send_link_code(link=link, now=NOW, policy=policy)) == "too_many_texts"
    tomorrow = NOW + dt.timedelta(days=1, seconds=1)
    assert send_link_code(link=link, now=tomorrow, policy=policy)


def test_without_a_channel_no_text(resident, cast):
    link, policy = a_link(cast.li, resident), contracts_policy_on(TODAY)
    assert code_from(lambda: send_link_code(link=link, now=NOW, policy=policy)) == "no_channel"


@pytest.mark.usefixtures("texts")
def test_texting_the_address(resident, signed, cast):
    policy = contracts_policy_on(TODAY)
    link = a_link(cast.li, resident, LinkPurpose.PROGRESS, agreement=signed)
    asked = {"on": TODAY, "now": NOW, "link": link, "address": "https://x.example/p/l/abc/", "policy": policy}
    assert text_link(by=cast.li, **asked) == "13956785678"
    text = OutgoingText.objects.get()
    assert text.useless_at == link.expires_at
    assert "https://x.example/p/l/abc/" in text.text
    assert "12月6日前有效" in text.text
    for hidden in (resident.name, resident.masked_name, resident.id_number[-4:], signed.number):
        assert hidden not in text.text
    assert code_from(lambda: text_link(by=cast.zhao, **asked)) == "not_own_team"
    revoke_personal_link(by=cast.li, on=TODAY, now=NOW, link=link)
    assert code_from(lambda: text_link(by=cast.li, **asked)) == "not_open"


@pytest.mark.usefixtures("texts")
def test_a_wards_texts_go_to_the_guardian_a_landline_gets_none(cast, district):
    policy = contracts_policy_on(TODAY)
    child = ResidentFactory(grid=district.grid_a, born_on=dt.date(2020, 5, 1), phone="0631-5200001")
    assert (
        code_from(lambda: send_link_code(link=a_link(cast.li, child), now=NOW, policy=policy)) == "no_mobile"
    )
    Guardian.objects.create(
        resident=child, name="王大力", relation="父亲", phone="13900000099", starts_on=LONG_AGO
    )
    assert send_link_code(link=a_link(cast.li, child), now=NOW, policy=policy) == "13900000099"


# behind it


def test_confirming_once(resident, signed, cast):
    wait_for_resident(signed)
    link = a_link(cast.li, resident, LinkPurpose.CONFIRM, agreement=signed)
    confirm_behind(on=TODAY, now=NOW, link=link, ip=IP)
    signed.refresh_from_db()
    link.refresh_from_db()
    assert (signed.state, link.used_at) == ("active", NOW)
    assert Confirmation.objects.get().way == "link"
    assert code_from(lambda: confirm_behind(on=TODAY, now=NOW, link=link)) == "used"
    new = lambda: a_link(cast.li, resident, LinkPurpose.CONFIRM, agreement=signed)  # noqa: E731
    assert code_from(new) == "confirmed"


def test_a_refused_deed_does_not_use_the_link_up(resident, signed, cast):
    link = a_link(cast.li, resident, LinkPurpose.CONFIRM, agreement=signed)
    signed.state = "expired"
    signed.save(update_fields=["state"])
    with pytest.raises(CannotConfirm):
        confirm_behind(on=TODAY, now=NOW, link=link)
    link.refresh_from_db()
    assert link.used_at is None


def test_each_link_for_its_own_purpose(resident, signed, cast):
    link = a_link(cast.li, resident, LinkPurpose.PROGRESS, agreement=signed)
    assert code_from(lambda: confirm_behind(on=TODAY, now=NOW, link=link)) == "other_purpose"
    assert code_from(lambda: answer_behind(on=TODAY, now=NOW, link=link, answers=HAPPY)) == "other_purpose"
    assert not Confirmation.objects.exists()


def test_looking_may_be_repeated(resident, signed, cast):
    link = a_link(cast.li, resident, LinkPurpose.PROGRESS, agreement=signed)
    later = NOW + dt.timedelta(hours=1)
    assert [opened(link, resident.id_number[-4:], at) for at in (NOW, later)] == ["open", "open"]
    link.refresh_from_db()
    assert link.used_at == NOW, "the first time"


def test_disputing_once(resident, signed, cast):
    link = a_link(cast.li, resident, LinkPurpose.DISPUTE, agreement=signed)
    words = {"complaint": "我没有签过这份协议", "text": "不认识他"}
    dispute_behind(on=TODAY, now=NOW, link=link, **words)
    assert Dispute.objects.get().text == "我没有签过这份协议。不认识他"
    assert code_from(lambda: dispute_behind(on=TODAY, now=NOW, link=link, **words)) == "used"


def test_an_open_dispute_leaves_the_link_good(resident, signed, cast):
    link = a_link(cast.li, resident, LinkPurpose.DISPUTE, agreement=signed)
    raise_dispute(on=TODAY, agreement=signed, complaint="说好的服务没有做", text="")
    with pytest.raises(CannotDispute):
        dispute_behind(on=TODAY, now=NOW, link=link, complaint="说好的服务没有做", text="")
    link.refresh_from_db()
    assert link.used_at is None


def booking(link, slot, **facts):
    facts = {"services": [], "phone": "", "token": uuid.uuid4()} | facts
    return book_behind(on=TODAY, now=NOW, link=link, slot=slot.pk, **facts)


def test_booking_in_his_own_name(resident, cast, district):
    slot = make_slot(make_visit(make_point(district.grid_a), cast.team_a))
    link = a_link(cast.li, resident)
    made = booking(link, slot, services=["pressure"], phone="13000000000")
    assert (made.name, made.phone, made.resident, made.source) == (
        "王建国", "13956785678", resident, "link",
    )  # fmt: skip
    assert code_from(lambda: booking(link, slot)) == "used"
    assert Booking.objects.count() == 1


def test_only_points_of_his_grid_or_team(resident, cast, district):
    other = make_slot(make_visit(make_point(district.grid_b, code="bbbbbbbb"), cast.team_b))
    link = a_link(cast.li, resident)
    assert code_from(lambda: booking(link, other)) == "not_offered"
    full = make_slot(make_visit(make_point(district.grid_a), cast.team_a), seats=1)
    booking(a_link(cast.li, ResidentFactory(grid=district.grid_a)), full)
    with pytest.raises(CannotBook):
        booking(link, full)
    link.refresh_from_db()
    assert link.used_at is None, "he may choose another time"


@pytest.mark.parametrize("registered", ["", "13800000000"])
def test_without_a_phone_that_answers_he_gives_one(cast, district, registered):
    resident = ResidentFactory(grid=district.grid_a, phone=registered)
    slot = make_slot(make_visit(make_point(district.grid_a), cast.team_a))
    made = booking(a_link(cast.li, resident), slot, phone="13000000001")
    assert made.phone == "13000000001"


def test_answering_once(resident, signed, cast):
    survey = a_survey(cast.zhou)
    link = a_link(cast.li, resident, LinkPurpose.SURVEY, survey=survey)
    answer_behind(on=TODAY, now=NOW, link=link, answers=HAPPY)
    kept = SurveyAnswer.objects.get()
    assert (kept.team, kept.link, kept.way, kept.recorded_by) == (cast.team_a, link, "link", None)
    with pytest.raises(CannotUseLink):
        answer_behind(on=TODAY, now=NOW, link=link, answers=HAPPY)
    again = lambda: a_link(cast.li, resident, LinkPurpose.SURVEY, survey=survey)  # noqa: E731
    assert code_from(again) == "answered"


def test_a_childs_link_is_opened_with_the_childs_number(cast, district):
    people = family(district.grid_a, None, Population.CHILD_0_6)
    agreement = sign_family(people, cast.team_a, cast.li)
    link = a_link(cast.li, people[1], LinkPurpose.PROGRESS, agreement=agreement)
    assert opened(link, people[0].id_number[-4:]) == "wrong"
    assert opened(link, people[1].id_number[-4:]) == "open"
