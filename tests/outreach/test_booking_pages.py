"""The pages of booking: of the team, and by the code on the poster."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import ReadLog
from outreach.actions.booking import book_slot
from outreach.models import Booking, VisitSlot
from outreach.policy import policy_on
from tests.factories.residents import ResidentFactory
from tests.outreach.seats import make_point, make_slot, make_visit

TODAY = dt.date(2026, 11, 22)
NAME, PHONE = "王小明", "13900000022"


@pytest.fixture
def slot(cast, district, noon):
    return make_slot(make_visit(make_point(district.grid_a, phone="0631-5200001"), cast.team_a))


def booked(slot, **facts):
    facts = {"name": NAME, "phone": PHONE, "source": "link", "token": uuid.uuid4(), "by": None} | facts
    return book_slot(on=TODAY, now=timezone.now(), slot=slot.pk, **facts)


def public(name, *args):
    return reverse(f"public-point-{name}", args=["abcdefgh", *args])


# without an account


def test_from_the_poster_to_the_seat_and_back(client, slot):
    page = client.get(public("book"))
    assert page["Cache-Control"] == "no-store"
    assert public("book-slot", slot.pk) in page.content.decode()
    form = client.get(public("book-slot", slot.pk)).context["form"]
    token = form["token"].value()
    answer = client.post(
        public("book-slot", slot.pk),
        {"name": NAME, "phone": PHONE, "services": ["pressure"], "token": token},
    )
    assert answer.url == public("booking", token)
    page = client.get(answer.url).content.decode()
    assert "王*明" in page
    assert NAME not in page
    assert PHONE not in page
    assert "11月24日" in page
    assert Booking.objects.get().source == "link"
    assert "预约已取消" in client.post(public("booking-cancel", token)).content.decode()
    assert "预约已取消" in client.get(answer.url).content.decode()
    assert VisitSlot.objects.get().taken == 0


def test_sent_twice_it_is_booked_once(client, slot):
    data = {"name": NAME, "phone": PHONE, "token": str(uuid.uuid4())}
    first, second = (client.post(public("book-slot", slot.pk), data) for _ in range(2))
    assert first.url == second.url
    assert Booking.objects.count() == 1


def test_what_is_wrong_is_told_and_what_was_typed_stays(client, slot):
    page = client.post(
        public("book-slot", slot.pk), {"name": NAME, "phone": "123", "token": str(uuid.uuid4())}
    )
    assert page.status_code == 200
    assert NAME in page.content.decode()
    assert "能打通的手机号" in page.content.decode()
    assert client.post(public("book-slot", slot.pk), {}).status_code == 200
    assert not Booking.objects.exists()


def test_a_full_slot_leads_to_others(client, slot):
    for number in range(2):
        booked(slot, phone=f"1390000003{number}")
    assert "已约满" in client.get(public("book")).content.decode()
    page = client.post(
        public("book-slot", slot.pk), {"name": NAME, "phone": PHONE, "token": str(uuid.uuid4())}
    ).content.decode()
    assert "约满" in page


def test_what_is_gone_answers_404(client, slot):
    assert client.get(public("book-slot", slot.pk + 1)).status_code == 404
    assert client.get(public("booking", uuid.uuid4())).status_code == 404
    assert client.post(public("booking-cancel", uuid.uuid4())).status_code == 404
    assert client.get(reverse("public-point-book", args=["zzzzzzzz"])).status_code == 404
    made = booked(slot)
    other = reverse("public-point-booking", args=["zzzzzzzz", made.token])
    assert client.get(other).status_code == 404
    point = slot.visit.point
    point.closed_on = TODAY
    point.save(update_fields=["closed_on"])
    for address in (public("book"), public("book-slot", slot.pk), reverse("public-point", args=[point.code])):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "服务点已于 11月22日 停用" in answer.content.decode()
    assert client.get(public("booking", made.token)).status_code == 200


def test_before_it_opens_the_poster_says_from_when_on(client, slot):
    point = slot.visit.point
    point.opened_on, point.phone = slot.visit.on, "06315200009"
    point.save(update_fields=["opened_on", "phone"])
    told = "服务点将于 11月24日 启用"
    for address in (public("book"), public("book-slot", slot.pk), reverse("public-point", args=[point.code])):
        answer = client.get(address)
        page = answer.content.decode()
        assert (answer.status_code, told in page, "06315200009" in page) == (200, True, True)
        assert public("book-slot", slot.pk) not in page
        assert public("book") not in page
    answer = client.post(
        public("book-slot", slot.pk), {"name": NAME, "phone": PHONE, "token": str(uuid.uuid4())}
    )
    assert told in answer.content.decode()
    assert not Booking.objects.exists()
    point.opened_on = TODAY
    point.save(update_fields=["opened_on"])
    page = client.get(public("book")).content.decode()
    assert "启用" not in page
    assert public("book-slot", slot.pk) in page


def test_no_change_by_a_link(client, slot):
    made = booked(slot)
    assert client.get(public("booking-cancel", made.token)).status_code == 405
    assert client.post(public("book")).status_code == 405


def test_too_many_forms_from_one_place(client, slot):
    for _ in range(policy_on(TODAY).booking_tries):
        client.post(public("book-slot", slot.pk), {"name": "王", "phone": PHONE, "token": str(uuid.uuid4())})
    data = {"name": NAME, "phone": PHONE, "token": str(uuid.uuid4())}
    answer = client.post(public("book-slot", slot.pk), data)
    assert answer.status_code == 429
    assert "次数太多" in answer.content.decode()
    assert not Booking.objects.exists()


def test_a_cancelled_visit_is_told_on_the_link(client, slot):
    made = booked(slot)
    slot.visit.state = "cancelled"
    slot.visit.save(update_fields=["state"])
    assert "这次服务已取消" in client.get(public("booking", made.token)).content.decode()


def test_public_pages_ask_a_bounded_number_of_queries(client, slot, django_assert_max_num_queries):
    for hour in range(10, 14):
        make_slot(slot.visit, begins_at=dt.time(hour))
    with django_assert_max_num_queries(5):
        client.get(public("book"))
    with django_assert_max_num_queries(5):
        client.get(public("book-slot", slot.pk))


# the team


def test_the_list_of_visits_and_who_is_to_be_told(cast, slot, sign_in):
    made = booked(slot)
    client = sign_in(cast.wang)
    page = client.get(reverse("point-bookings")).content.decode()
    assert reverse("point-bookings-visit", args=[slot.visit_id]) in page
    assert "待告知" not in page
    slot.visit.state = "cancelled"
    slot.visit.save(update_fields=["state"])
    page = client.get(reverse("point-bookings")).content.decode()
    assert "待告知 1 人" in page
    assert f"tel:{PHONE}" in page
    assert f">{PHONE}" not in page
    assert ReadLog.objects.get(page="point-bookings").subject_ids == [made.pk]
    answer = client.post(reverse("point-booking-cancel", args=[made.pk]), {"told": "1"})
    assert answer.url == reverse("point-bookings")
    assert "待告知" not in client.get(reverse("point-bookings")).content.decode()


def test_the_sheet_of_a_visit_marks_and_recognizes(cast, district, slot, sign_in):
    made = booked(slot)
    mine = ResidentFactory(grid=district.grid_a, name=NAME, phone=PHONE)
    ResidentFactory(grid=district.grid_b, name=NAME, phone=PHONE)
    client = sign_in(cast.li)
    address = reverse("point-bookings-visit", args=[slot.visit_id])
    page = client.get(address).content.decode()
    assert page.count("是同一人") == 1
    assert "到了预约当天" in page
    client.post(reverse("point-booking-recognize", args=[made.pk]), {"resident": mine.pk})
    page = client.get(address).content.decode()
    assert reverse("resident-detail", args=[mine.pk]) in page
    assert "是同一人" not in page
    slot.visit.on = TODAY
    slot.visit.save(update_fields=["on"])
    client.post(reverse("point-booking-mark", args=[made.pk]), {"state": "attended"})
    made.refresh_from_db()
    assert (made.resident, made.state) == (mine, "attended")
    client.post(reverse("point-booking-mark", args=[made.pk]), {"state": "cancelled"})
    made.refresh_from_db()
    assert made.state == "attended"


def test_by_telephone_for_a_resident_and_instead(cast, district, slot, sign_in):
    other = make_slot(slot.visit, begins_at=dt.time(10))
    resident = ResidentFactory(grid=district.grid_a, name=NAME, phone=PHONE)
    client = sign_in(cast.wang)
    new = reverse("point-booking-new")
    data = {"slot": slot.pk, "source": "staff", "token": str(uuid.uuid4())}
    answer = client.post(f"{new}?resident={resident.pk}", data)
    assert answer.url == reverse("point-bookings-visit", args=[slot.visit_id])
    first = Booking.objects.get()
    assert (first.name, first.phone, first.resident, first.booked_by) == (NAME, PHONE, resident, cast.wang)
    assert "已有预约" in client.get(f"{new}?resident={resident.pk}").content.decode()
    page = client.get(f"{new}?instead={first.pk}").content.decode()
    assert "保存后原预约取消" in page
    data = {"slot": other.pk, "source": "phone", "token": str(uuid.uuid4())}
    client.post(f"{new}?instead={first.pk}", data)
    assert set(Booking.objects.values_list("slot", "state")) == {
        (slot.pk, "cancelled"),
        (other.pk, "booked"),
    }


def test_by_telephone_for_a_stranger(cast, slot, sign_in):
    client = sign_in(cast.wang)
    new = reverse("point-booking-new")
    assert "09:00（余 2）" in client.get(f"{new}?visit={slot.visit_id}").content.decode()
    data = {"slot": slot.pk, "source": "phone", "token": str(uuid.uuid4()), "name": NAME}
    page = client.post(new, data)
    assert "phone" in page.context["form"].errors
    client.post(new, data | {"phone": PHONE})
    assert Booking.objects.get().source == "phone"


def test_another_team_sees_nothing(cast, district, slot, sign_in):
    made = booked(slot)
    resident = ResidentFactory(grid=district.grid_a)
    client = sign_in(cast.zhao)
    assert (
        reverse("point-bookings-visit", args=[slot.visit_id])
        not in client.get(reverse("point-bookings")).content.decode()
    )
    assert client.get(reverse("point-bookings-visit", args=[slot.visit_id])).status_code == 404
    for name in ("mark", "cancel", "recognize"):
        assert client.post(reverse(f"point-booking-{name}", args=[made.pk])).status_code == 404
    new = reverse("point-booking-new")
    assert client.get(f"{new}?resident={resident.pk}").status_code == 404
    assert client.get(f"{new}?instead={made.pk}").status_code == 404
    assert "没有可预约的时段" in client.get(new).content.decode()


@pytest.mark.parametrize("who", ["zhou", "he", "qian", "sun", "shen", "xu"])
def test_only_those_who_go_there(cast, slot, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("point-bookings")).status_code == 403
    assert client.get(reverse("point-bookings-visit", args=[slot.visit_id])).status_code == 403


def test_the_sheet_asks_a_bounded_number_of_queries(
    cast, district, slot, sign_in, django_assert_max_num_queries
):
    slot.seats = 20
    slot.save(update_fields=["seats"])
    for number in range(12):
        booked(slot, phone=f"139000001{number:02d}", name=f"居民{number}")
        ResidentFactory(grid=district.grid_a, name=f"居民{number}", phone=f"139000001{number:02d}")
    client = sign_in(cast.li)
    client.get(reverse("point-bookings-visit", args=[slot.visit_id]))
    with django_assert_max_num_queries(24):
        client.get(reverse("point-bookings-visit", args=[slot.visit_id]))
    with django_assert_max_num_queries(22):
        client.get(reverse("point-bookings"))


def test_the_residents_pages_lead_here(cast, district, slot, sign_in):
    resident = ResidentFactory(grid=district.grid_a)
    client = sign_in(cast.li)
    for name in ("resident-detail", "care-resident"):
        page = client.get(reverse(name, args=[resident.pk])).content.decode()
        assert f"{reverse('point-booking-new')}?resident={resident.pk}" in page
        assert reverse("errand-new", args=[resident.pk]) in page
