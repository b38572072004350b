import datetime as dt

import pytest
from django.urls import reverse

from core.models import ReadLog
from residents.actions import find_duplicates
from residents.choices import DuplicateState, LifeStatus, Relation
from residents.models import DuplicatePair, Resident, ResidentMerge
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory, id_number
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import FRAME, assert_no_digits_of, text_of

pytestmark = pytest.mark.usefixtures("today")

BORN = dt.date(1950, 1, 1)


def double(grid, serial=1, **more):
    """Two entries of one person in a grid, and their pair."""
    facts = {"name": "王建国", "born_on": BORN, "phone": f"139123400{serial:02d}", "grid": grid} | more
    numbers = id_number(BORN, serial), id_number(BORN, serial + 55)
    first, second = (ResidentFactory(id_number=one, **facts) for one in numbers)
    return first, second


def search() -> None:
    find_duplicates(policy=POLICY, on=TODAY)


@pytest.fixture
def pair(cast, district):
    double(district.grid_a)
    search()
    return DuplicatePair.objects.get()


def url(name, *args):
    return reverse(name, args=args)


class TestQueue:
    def test_masked_logged_with_reasons_and_counts(self, cast, sign_in, pair):
        html = text_of(sign_in(cast.li).get(url("duplicate-list")))
        for shown in ("王*国 与 王*国", "姓名、生日、电话相同（1）", "全部依据（1）", "共 1 对待核实"):
            assert shown in html
        assert "王建国" not in html and "1950-01-01" not in html
        assert_no_digits_of(pair.first, html)
        log = ReadLog.objects.get()
        assert (log.action, log.subject_ids) == ("list", [pair.first_id, pair.second_id])

    def test_both_entries_must_be_in_scope(self, cast, district, sign_in, pair):
        mirror = double(district.grid_b, 9)
        ResidentFactory(
            name="王建国", born_on=BORN, phone=mirror[0].phone, grid=district.grid_a, address="别处",
            id_number=id_number(BORN, 300),
        )  # fmt: skip
        search()
        seen = text_of(sign_in(cast.li).get(url("duplicate-list")))
        assert "共 1 对待核实" in seen
        assert "共 4 对待核实" in text_of(sign_in(cast.zhou).get(url("duplicate-list")))
        hidden = DuplicatePair.objects.exclude(pk=pair.pk)
        assert hidden.count() == 3
        client = sign_in(cast.li)
        for one in hidden:
            for name in ("duplicate-detail", "duplicate-merge"):
                assert client.get(url(name, one.pk)).status_code == 404
            for name in ("duplicate-different", "duplicate-merge"):
                assert client.post(url(name, one.pk), {"note": "x"}).status_code == 404
        assert set(DuplicatePair.objects.values_list("state", flat=True)) == {"open"}

    @pytest.mark.parametrize("who", ["wang", "he", "sun", "shen"])
    def test_only_who_may_merge(self, cast, sign_in, pair, who):
        client = sign_in(getattr(cast, who))
        for name, args in (
            ("duplicate-list", ()),
            ("duplicate-detail", (pair.pk,)),
            ("duplicate-merge", (pair.pk,)),
        ):
            assert client.get(url(name, *args)).status_code == 403

    def test_filter_by_reason(self, cast, sign_in, pair):
        client = sign_in(cast.li)
        assert "王*国 与" in text_of(client.get(url("duplicate-list") + "?reason=name_birth_phone"))
        assert "没有待核实的疑似重复" in text_of(client.get(url("duplicate-list") + "?reason=same_number"))
        assert "王*国 与" in text_of(client.get(url("duplicate-list") + "?reason=nonsense"))

    def test_pages_by_key_likeliest_first_with_a_bounded_number_of_queries(
        self, cast, district, sign_in, django_assert_max_num_queries
    ):
        people = [ResidentFactory(name="王建国", grid=district.grid_a) for _ in range(12)]
        pairs = [(one, other) for at, one in enumerate(people) for other in people[at + 1 :]]
        DuplicatePair.objects.bulk_create(
            DuplicatePair(
                first=one, second=other, score=50 + at % 50, reasons=["name_birth_phone"], found_on=TODAY
            )
            for at, (one, other) in enumerate(pairs)
        )
        client = sign_in(cast.li)
        client.get(url("duplicate-list"))
        with django_assert_max_num_queries(FRAME + 4):
            first = client.get(url("duplicate-list"))
        second = client.get(url("duplicate-list") + first.context["next_address"])
        shown = [line for page in (first, second) for line in page.context["lines"]]
        assert len(shown) == len({line.id for line in shown}) == 66
        assert [line.score for line in shown] == sorted((line.score for line in shown), reverse=True)
        assert second.context["next_address"] == ""
        assert len(client.get(url("duplicate-list") + "?after=nonsense").context["lines"]) == 50


class TestPair:
    def test_side_by_side_masked(self, cast, sign_in, pair):
        response = sign_in(cast.li).get(url("duplicate-detail", pair.pk))
        html = text_of(response)
        for shown in (
            "两个号码不同",
            "姓名完全相同",
            "两个电话相同",
            "出生日期相同",
            "姓名、出生日期和电话都相同。",
        ):
            assert shown in html
        for person in (pair.first, pair.second):
            assert_no_digits_of(person, html)
            assert person.phone not in html and person.name not in html
        assert sorted(ReadLog.objects.get().subject_ids) == [pair.first_id, pair.second_id]

    def test_restricted_kinds_only_for_named_roles(self, cast, sign_in, pair):
        pair.first.flags.create(kind="smi", evidence=4, starts_on=TODAY)
        assert "严重精神障碍" in text_of(sign_in(cast.li).get(url("duplicate-detail", pair.pk)))
        assert "严重精神障碍" not in text_of(sign_in(cast.qian).get(url("duplicate-detail", pair.pk)))

    def test_twins_are_to_be_untangled(self, cast, sign_in, pair):
        DuplicatePair.objects.update(reasons=["twins_crossed"])
        assert "号码可能填串，请先更正号码，不要合并" in text_of(
            sign_in(cast.li).get(url("duplicate-detail", pair.pk))
        )

    def test_another_person(self, cast, sign_in, pair):
        client = sign_in(cast.li)
        refused = client.post(url("duplicate-different", pair.pk), {"note": " "})
        assert refused.status_code == 422 and "请写明怎样核实的" in text_of(refused)
        client.post(url("duplicate-different", pair.pk), {"note": "电话核实，两人"})
        pair.refresh_from_db()
        assert (pair.state, pair.decided_by, pair.note) == (
            DuplicateState.DIFFERENT,
            cast.li,
            "电话核实，两人",
        )
        assert client.get(url("duplicate-detail", pair.pk)).status_code == 404

    def test_a_bounded_number_of_queries(self, cast, sign_in, pair, django_assert_max_num_queries):
        client = sign_in(cast.li)
        client.get(url("duplicate-list"))
        with django_assert_max_num_queries(FRAME + 7):
            client.get(url("duplicate-detail", pair.pk))


class TestMerging:
    def test_preview_then_merge_then_undo(self, cast, sign_in, pair):
        sign_agreement(pair.second, cast.team_a, cast.li, on=TODAY)
        client = sign_in(cast.li)
        page = client.get(url("duplicate-merge", pair.pk))
        assert page.context["preview"].moving["签约人"] == 1
        assert_no_digits_of(pair.first, text_of(page))
        choice = {name: one.value() for name, one in ((f.name, f) for f in page.context["form"])} | {
            "keep": "first"
        }
        looked = client.post(url("duplicate-merge", pair.pk), choice | {"preview": "1", "reason": "看看"})
        assert looked.status_code == 200 and not ResidentMerge.objects.exists()
        refused = client.post(url("duplicate-merge", pair.pk), choice | {"reason": ""})
        assert "请写明合并理由" in text_of(refused)
        done = client.post(url("duplicate-merge", pair.pk), choice | {"reason": "电话核实"})
        assert done.url == url("resident-detail", pair.first_id)
        merge = ResidentMerge.objects.get()
        shown = text_of(client.get(done.url))
        assert "合并记录" in shown and url("merge-undo", merge.pk) in shown
        assert shown.count("合并重复登记") == 3  # the stories of both entries, and the former number
        assert client.get(url("resident-detail", pair.second_id)).url == done.url
        assert client.get(url("duplicate-detail", pair.pk)).url == done.url
        assert client.get(url("merge-undo", merge.pk)).status_code == 200
        assert client.post(url("merge-undo", merge.pk)).url == url("resident-detail", pair.second_id)
        assert Resident.objects.get(pk=pair.second_id).life_status == LifeStatus.PRESENT
        assert client.get(url("merge-undo", merge.pk)).status_code == 404

    def test_what_stands_in_the_way_is_told_before(self, cast, sign_in, pair):
        for one in (pair.first, pair.second):
            sign_agreement(one, cast.team_a, cast.li, on=TODAY)
        html = text_of(sign_in(cast.li).get(url("duplicate-merge", pair.pk)))
        assert "现在不能合并" in html and "“签约人”有冲突" in html

    def test_a_merge_out_of_scope_is_not_there(self, cast, district, sign_in, pair):
        client = sign_in(cast.zhou)
        page = client.get(url("duplicate-merge", pair.pk))
        choice = {one.name: one.value() for one in page.context["form"]}
        client.post(url("duplicate-merge", pair.pk), choice | {"reason": "电话核实"})
        merge = ResidentMerge.objects.get()
        other = sign_in(cast.zhao)
        assert other.get(url("merge-undo", merge.pk)).status_code == 404
        assert other.get(url("resident-detail", pair.second_id)).status_code == 404


class TestWhileTyping:
    def typed(self, **more):
        return {"name": "王建国", "born_on": "1950-01-01", "phone": "13912340001"} | more

    def test_names_who_may_be_meant_masked_and_logged(self, cast, sign_in, pair):
        response = sign_in(cast.li).post(url("resident-duplicates"), self.typed())
        html = text_of(response)
        assert "可能已经登记过" in html and "王*国" in html and url("resident-detail", pair.first_id) in html
        assert "王建国" not in html
        assert_no_digits_of(pair.first, html)
        assert ReadLog.objects.get().subject_ids == [pair.first_id, pair.second_id]

    def test_says_nothing_of_a_name_alone_or_of_nonsense(self, cast, sign_in, pair):
        client = sign_in(cast.li)
        for typed in (
            {"name": "王建国"},
            {},
            {"id_number": "abc", "born_on": "x", "phone": "1", "household": "y", "mode": "join"},
        ):
            assert "notice" not in text_of(client.post(url("resident-duplicates"), typed))
        assert not ReadLog.objects.exists()

    def test_of_others_only_that_the_number_is_taken(self, cast, district, sign_in):
        first, _ = double(district.grid_b)
        client = sign_in(cast.li)
        html = text_of(
            client.post(url("resident-duplicates"), self.typed(id_kind="01", id_number=first.id_number))
        )
        assert "其他辖区有同号登记" in html and "王*国" not in html and "菊花顶" not in html
        assert "notice" not in text_of(client.post(url("resident-duplicates"), self.typed()))
        assert not ReadLog.objects.exists()

    def test_an_entry_that_is_changed_does_not_meet_itself(self, cast, district, sign_in, person):
        client = sign_in(cast.li)
        assert "notice" not in text_of(
            client.post(url("resident-duplicates"), {"name": person.name, "resident": person.pk})
        )
        stranger = ResidentFactory(grid=district.grid_b)
        assert client.post(url("resident-duplicates"), {"resident": stranger.pk}).status_code == 404

    def test_a_bounded_number_of_queries(self, cast, district, sign_in, pair, django_assert_max_num_queries):
        for serial in range(2, 8):
            double(district.grid_a, serial, phone="13912340001")
        client = sign_in(cast.li)
        client.post(url("resident-duplicates"), self.typed())
        with django_assert_max_num_queries(FRAME + 14):
            html = text_of(client.post(url("resident-duplicates"), self.typed(id_number=id_number(BORN, 1))))
        assert html.count("<li>") == 5


class TestWithoutJavaScript:
    def facts(self, grid, **more):
        return {
            "name": "王建国", "id_kind": "01", "id_number": id_number(BORN, 300), "phone": "13912340001",
            "grid": grid.pk, "address": "", "mode": "none", "registration": "1",
        } | more  # fmt: skip

    def test_asks_first_and_registers_after_the_answer(self, cast, district, sign_in, pair):
        client = sign_in(cast.li)
        asked = client.post(url("resident-create"), self.facts(district.grid_a))
        assert asked.status_code == 200 and "仍要登记" in text_of(asked)
        assert Resident.objects.count() == 2
        answer = f"{pair.first_id}.{pair.second_id}"
        done = client.post(url("resident-create"), self.facts(district.grid_a, not_same=answer))
        assert done.status_code == 302 and Resident.objects.count() == 3

    def test_an_answer_about_others_does_not_count(self, cast, district, sign_in, pair):
        client = sign_in(cast.li)
        client.post(url("resident-create"), self.facts(district.grid_a, not_same=str(pair.first_id)))
        assert Resident.objects.count() == 2

    def test_a_number_that_is_taken_is_refused_and_not_asked(self, cast, district, sign_in, pair):
        facts = self.facts(district.grid_a, id_number=pair.first.id_number)
        html = text_of(sign_in(cast.li).post(url("resident-create"), facts))
        assert "不要重复登记" in html and "仍要登记" not in html

    def test_changing_a_name_into_somebody_elses_asks(self, cast, district, sign_in, pair):
        other = ResidentFactory(
            name="王建设", born_on=BORN, phone="13912340001", grid=district.grid_a, relation=Relation.HEAD
        )
        facts = {
            "name": "王建国", "grid": district.grid_a.pk, "address": other.address, "registration": "1",
            "relation": Relation.HEAD, "resident": other.pk,
        }  # fmt: skip
        client = sign_in(cast.li)
        asked = client.post(url("resident-edit", other.pk), facts)
        assert asked.status_code == 200 and "仍要登记" in text_of(asked)
        client.post(url("resident-edit", other.pk), facts | {"not_same": f"{pair.first_id}.{pair.second_id}"})
        other.refresh_from_db()
        assert other.name == "王建国"
