"""The bureau's list of findings, one finding and its outcome, the download, the agreement page."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
from django.utils import timezone

from contracts.actions.reviewing import CannotReview, raise_flag, record_review
from contracts.choices import EventKind, ReviewKind, ReviewState
from contracts.models import AgreementEvent, ReviewFlag
from core.models import ReadLog
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)
pytestmark = pytest.mark.django_db


@pytest.fixture
def agreement(cast, resident, today):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY)


def flagged(agreement, kind=ReviewKind.NIGHT, on=DAY, **facts) -> ReviewFlag:
    raise_flag(agreement=agreement, kind=kind, key=kind.value, on=on, facts=facts or {"at": "23:10"})
    return ReviewFlag.objects.get(agreement=agreement, kind=kind)


class TestOutcome:
    def asked(self, cast, flag, **changes):
        asked = {
            "by": cast.zhou, "on": DAY, "now": timezone.now(), "flag": flag, "outcome": ReviewState.CLEARED,
            "note": "电话回访，本人知情同意",
        }  # fmt: skip
        return record_review(**asked | changes)

    def test_is_kept_with_who_and_when_and_stands_in_the_story(self, cast, agreement):
        flag = self.asked(cast, flagged(agreement))
        assert (flag.state, flag.reviewed_by, flag.note) == ("cleared", cast.zhou, "电话回访，本人知情同意")
        event = AgreementEvent.objects.get(agreement=agreement, kind=EventKind.REVIEWED)
        assert (event.by, event.on, event.note) == (cast.zhou, DAY, "夜间签约：核查无误")

    def test_asks_for_a_word(self, cast, agreement):
        with pytest.raises(CannotReview) as refused:
            self.asked(cast, flagged(agreement), note="  ")
        assert (refused.value.code, refused.value.field) == ("note_missing", "note")

    def test_once(self, cast, agreement):
        flag = flagged(agreement)
        self.asked(cast, flag, outcome=ReviewState.CONFIRMED)
        with pytest.raises(CannotReview) as refused:
            self.asked(cast, flag)
        assert refused.value.code == "already_reviewed"
        assert "属实" in refused.value.sentence
        assert AgreementEvent.objects.filter(kind=EventKind.REVIEWED).count() == 1


class TestList:
    def test_open_ones_first_and_by_filter(self, cast, district, agreement, sign_in):
        other = sign_agreement(ResidentFactory(grid=district.grid_b), cast.team_b, cast.zhao, on=DAY)
        mine, burst = flagged(agreement), flagged(other, ReviewKind.BURST, count=6, minutes=10)
        done = flagged(agreement, ReviewKind.FAR_AWAY, km=9.5, others=6)
        ReviewFlag.objects.filter(pk=done.pk).update(state="cleared")
        browser = sign_in(cast.zhou)

        def listed(query=""):
            return {one.flag for one in browser.get(f"/reviews/{query}").context["page"].lines}

        assert listed() == {mine, burst}
        assert listed("?state=all") == {mine, burst, done}
        assert listed("?state=cleared") == {done}
        assert listed("?kind=burst") == {burst}
        assert listed(f"?team={cast.team_a.pk}") == {mine}
        assert listed("?kind=nonsense&state=x") == {mine, burst}

    def test_says_why_and_masks(self, cast, agreement, sign_in):
        flagged(agreement)
        text = sign_in(cast.zhou).get("/reviews/").content.decode()
        assert "协议在夜间23:10电子签署。" in text and "王*国" in text and "王建国" not in text
        assert ReadLog.objects.filter(page="review-list", user_id=cast.zhou.pk).exists()

    def test_pages_follow_each_other(self, cast, agreement, sign_in):
        for at in range(60):
            raise_flag(
                agreement=agreement, kind=ReviewKind.NIGHT, key=f"k{at}", on=DAY - dt.timedelta(days=at % 7),
                facts={"at": "23:10"},
            )  # fmt: skip
        browser = sign_in(cast.zhou)
        first = browser.get("/reviews/?kind=night")
        second = browser.get(f"/reviews/?{first.context['next_address']}")
        shown = [one.flag.pk for page in (first, second) for one in page.context["page"].lines]
        assert len(shown) == len(set(shown)) == 60
        assert "next_address" not in second.context

    def test_queries_do_not_grow_with_the_rows(
        self, cast, district, agreement, sign_in, django_assert_max_num_queries
    ):
        flagged(agreement)
        for _ in range(4):
            flagged(sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY))
        browser = sign_in(cast.zhou)
        with django_assert_max_num_queries(14):
            browser.get("/reviews/")

    @pytest.mark.parametrize("who", ["qian", "li", "wang", "he", "shen", "xu"])
    def test_only_for_whoever_reviews(self, cast, agreement, sign_in, who):
        flag = flagged(agreement)
        browser = sign_in(getattr(cast, who))
        for address in ("/reviews/", "/reviews/export/", f"/reviews/{flag.pk}/"):
            assert browser.get(address).status_code == 403


class TestExport:
    def test_what_the_list_shows_masked(self, cast, agreement, sign_in):
        flagged(agreement)
        answer = sign_in(cast.zhou).get("/reviews/export/")
        rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.values)
        assert rows[3][0] == "夜间签约" and rows[3][3] == agreement.number and rows[3][4] == "王*国"
        assert "王建国" not in str(rows)
        assert ReadLog.objects.filter(page="review-export", action="export").exists()

    def test_too_many_is_said(self, cast, agreement, sign_in, monkeypatch):
        monkeypatch.setattr("contracts.views.reviews.MAX_ROWS", 1)
        monkeypatch.setattr("core.sheets.MAX_ROWS", 1)
        flagged(agreement), flagged(agreement, ReviewKind.BURST, count=6, minutes=10)
        answer = sign_in(cast.zhou).get("/reviews/export/", follow=True)
        assert "请先用筛选条件缩小范围" in answer.content.decode()


class TestFinding:
    def test_is_settled_on_its_page(self, cast, agreement, sign_in):
        flag = flagged(agreement)
        browser = sign_in(cast.zhou)
        assert "电话核实居民本人是否知情" in browser.get(f"/reviews/{flag.pk}/").content.decode()
        sent = browser.post(
            f"/reviews/{flag.pk}/", {"outcome": "confirmed", "note": "本人不知情，已联系机构"}
        )
        assert sent.url == "/reviews/"
        shown = browser.get(f"/reviews/{flag.pk}/").content.decode()
        assert "属实，已处理" in shown and "本人不知情" in shown and 'name="outcome"' not in shown

    def test_what_was_typed_stays(self, cast, agreement, sign_in):
        flag = flagged(agreement)
        answer = sign_in(cast.zhou).post(f"/reviews/{flag.pk}/", {"outcome": "", "note": "已电话回访"})
        assert answer.status_code == 422
        assert "请选择核查结果。" in answer.content.decode() and "已电话回访" in answer.content.decode()

    def test_settled_by_a_colleague_in_the_meantime(self, cast, agreement, sign_in):
        flag = flagged(agreement)
        ReviewFlag.objects.update(
            state="cleared", note="已核", reviewed_by=cast.zhou, reviewed_at=timezone.now()
        )
        answer = sign_in(cast.zhou).post(f"/reviews/{flag.pk}/", {"outcome": "confirmed", "note": "不对"})
        assert answer.status_code == 422 and "已由他人核查为“核查无误”" in answer.content.decode()

    def test_outside_one_s_area(self, cast, district, agreement, sign_in):
        cast.zhou.role_assignments.update(area_code="371099")
        assert sign_in(cast.zhou).get(f"/reviews/{flagged(agreement).pk}/").status_code == 404


class TestAgreementPage:
    def test_findings_stand_there_for_whoever_reviews(self, cast, agreement, sign_in):
        flagged(agreement)
        page = f"/agreements/{agreement.pk}/"
        told = sign_in(cast.zhou).get(page).content.decode()
        assert "核查线索" in told and "协议在夜间23:10电子签署。" in told
        for user in (cast.li, cast.qian, cast.wang):
            assert "核查线索" not in sign_in(user).get(page).content.decode()

    def test_nothing_found_shows_nothing(self, cast, agreement, sign_in):
        assert "核查线索" not in sign_in(cast.zhou).get(f"/agreements/{agreement.pk}/").content.decode()
