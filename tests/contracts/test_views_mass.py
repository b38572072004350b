"""Pages of operations on many agreements: choose, look, confirm, undo."""

import datetime as dt

import pytest
from django.urls import reverse

from contracts.actions import confirm_mass, terminate
from contracts.choices import AgreementState, MassState
from contracts.models import Agreement, AgreementEvent, MassOperation
from core.models import ReadLog
from tests.factories.contracts import NOON, sign_agreement
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.usefixtures("today")

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


@pytest.fixture
def village(cast, district, wording):
    people = ResidentFactory.create_batch(3, name="赵大海", grid=district.grid_a)
    return [sign_agreement(one, cast.team_a, cast.li, on=DAY - 340 * ONE) for one in people]


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def new_address(cast, kind="renew"):
    return f"{reverse('mass-new')}?kind={kind}&team={cast.team_a.pk}"


TYPED = {
    "place": "", "from_doctor": "", "ends_until": "2027-01-21", "signed_on": "2026-11-22", "term_years": "1",
    "reason": "集中续签", "is_archived": "on",
}  # fmt: skip


def previewed(client, cast, **changes):
    client.post(new_address(cast), TYPED | changes)
    return MassOperation.objects.latest("pk")


def do(client, verb, operation):
    return client.post(reverse(f"mass-{verb}", args=[operation.pk]), follow=True)


def show(client, operation, **asked):
    return client.get(reverse("mass-detail", args=[operation.pk]), asked)


def test_choosing_the_team_comes_first(cast, village, sign_in):
    client = sign_in(cast.qian)
    assert "李医生团队" in text_of(client.get(reverse("mass-list")))
    for asked in ("", f"?kind=renew&team={cast.team_b.pk}", f"?kind=nothing&team={cast.team_a.pk}"):
        answer = client.get(reverse("mass-new") + asked)
        assert (answer.status_code, answer.url) == (302, reverse("mass-list"))


def test_what_is_missing_is_told_at_its_field(cast, village, sign_in):
    client = sign_in(cast.qian)
    text = text_of(client.post(new_address(cast), TYPED | {"reason": "", "is_archived": ""}))
    assert "请写明事由" in text
    text = text_of(client.post(new_address(cast), TYPED | {"is_archived": "", "reason": "按通知办理"}))
    assert "请先收齐并归档" in text
    assert "按通知办理" in text
    assert not MassOperation.objects.exists()


def test_the_preview_shows_numbers_reasons_and_people_masked(
    cast, village, sign_in, django_assert_max_num_queries
):
    terminated = village[0].enrollments.get().resident
    type(terminated).objects.filter(pk=terminated.pk).update(life_status="lost", life_status_on=DAY)
    client = sign_in(cast.qian)
    operation = previewed(client, cast)
    ReadLog.objects.all().delete()
    with django_assert_max_num_queries(32):
        text = text_of(show(client, operation))
    assert "确认办理 2 份" in text
    assert "居民已死亡、迁出或失访" in text
    assert "赵大海" not in text
    assert text.count("赵*海") == 2
    left = text_of(show(client, operation, show="nobody_present"))
    assert "协议里的居民已死亡、迁出或失访，不续签" in left
    assert ReadLog.objects.count() == 2
    assert not Agreement.objects.filter(previous__isnull=False).exists()


def test_confirmed_shown_undone(cast, village, sign_in):
    client = sign_in(cast.qian)
    operation = previewed(client, cast)
    text = text_of(do(client, "confirm", operation))
    assert "已办理 3 份协议" in text
    assert Agreement.objects.filter(previous__isnull=False).first().number in text
    assert "已撤销" in text_of(do(client, "undo", operation))
    assert set(Agreement.objects.filter(previous__isnull=False).values_list("state", flat=True)) == {
        AgreementState.VOID
    }
    assert "这次批量办理已经撤销，不能撤销" in text_of(do(client, "undo", operation))


def test_what_changed_meanwhile_is_listed_anew(cast, village, sign_in):
    client = sign_in(cast.qian)
    operation = previewed(client, cast)
    terminate(
        by=cast.li, on=DAY, now=dt.datetime.combine(DAY, NOON), agreement=village[0], reason="resident_request",
        last_day=DAY,
    )  # fmt: skip
    stale = text_of(show(client, operation))
    assert "重新列出" in stale
    assert "确认办理" not in stale.split("重新列出</button>")[1].split("</div>")[0]
    assert "预览之后有协议发生了变化" in text_of(do(client, "confirm", operation))
    operation.refresh_from_db()
    assert (operation.state, operation.counts) == (MassState.PREVIEWED, {"todo": 2})
    assert "已办理 2 份协议" in text_of(do(client, "confirm", operation))


def test_what_was_built_upon_cannot_be_undone_and_says_so(cast, village, sign_in):
    client = sign_in(cast.qian)
    operation = previewed(client, cast)
    confirm_mass(by=cast.qian, on=DAY, now=dt.datetime.combine(DAY, NOON), operation=operation)
    AgreementEvent.objects.create(agreement=village[0].successors.get(), kind="amended", on=DAY)
    text = text_of(show(client, operation))
    assert "1 份之后又有新的办理" in text
    assert "撤销</button>" not in text
    assert "不能整批撤销" in text_of(do(client, "undo", operation))


def test_dropped_and_refreshed(cast, village, sign_in):
    client = sign_in(cast.qian)
    operation = previewed(client, cast)
    assert "已按现在的情况重新列出" in text_of(do(client, "refresh", operation))
    assert "已放弃" in text_of(do(client, "drop", operation))
    assert "已放弃" in text_of(client.get(reverse("mass-list")))


def test_a_hand_over_of_many(cast, village, sign_in):
    client = sign_in(cast.qian)
    address = new_address(cast, "reassign")
    assert "请选择接收的团队和医生" in text_of(client.post(address, {"reason": "医生调离"}))
    post = cast.team_a.memberships.get(user=cast.li)
    client.post(address, {"doctor": post.pk, "reason": "医生调离"})
    operation = MassOperation.objects.get()
    text = text_of(show(client, operation))
    assert "已由接收医生负责" in text
    assert "没有可以办理的协议" in text_of(do(client, "confirm", operation))


def test_only_stewards_and_only_their_own(cast, village, sign_in):
    operation = previewed(sign_in(cast.qian), cast)
    verbs = ("confirm", "refresh", "drop", "undo")
    for person, status in ((cast.li, 403), (cast.zhou, 403), (cast.wu, 404)):
        client = sign_in(person)
        assert show(client, operation).status_code == status
        assert {do(client, verb, operation).status_code for verb in verbs} == {status}
    text = text_of(sign_in(cast.wu).get(reverse("mass-list")))
    assert "集中续签" not in text
    assert "李医生团队" not in text


def test_the_list_costs_the_same_for_many(cast, village, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.qian)
    for _ in range(4):
        previewed(client, cast)
    with django_assert_max_num_queries(14):
        text = text_of(client.get(reverse("mass-list")))
    assert text.count("集中续签") == 4
