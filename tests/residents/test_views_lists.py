import json
import re

import pytest
from django.urls import reverse

from core.models import ReadLog
from residents.choices import LifeStatus, Population
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.residents.helpers import FRAME, assert_no_digits_of, post, text_of

pytestmark = pytest.mark.usefixtures("today")


class TestList:
    def test_masked_and_logged_as_one_row(self, cast, sign_in, person, neighbor):
        other = ResidentFactory(grid=person.grid, name="李桂兰", phone="13700000002")
        response = sign_in(cast.li).get(reverse("resident-list"))
        html = text_of(response)
        assert "王*国" in html
        assert "139****5678" in html
        for hidden in ("王建国", "13912345678", "海波", "赵*波"):
            assert hidden not in html
        assert_no_digits_of(person, html)
        assert response["Cache-Control"] == "no-store"
        log = ReadLog.objects.get()
        assert (log.action, log.subject, log.subject_ids, log.page) == (
            "list", "resident", sorted([person.pk, other.pk]), "resident-list",
        )  # fmt: skip

    def test_restricted_kinds_stand_in_no_list(self, cast, sign_in, person):
        PopulationFlagFactory(resident=person, kind=Population.SMI)
        PopulationFlagFactory(resident=person, kind=Population.HIV)
        client = sign_in(cast.li)
        pages = [reverse("resident-list"), reverse("household-detail", args=[person.household_id])]
        for address in pages:
            html = text_of(client.get(address))
            assert "精神障碍" not in html
            assert "艾滋" not in html
        assert "王*国" not in text_of(client.get(reverse("resident-list"), {"kind": Population.SMI}))

    def test_fifty_rows_take_four_queries_beside_the_frame(
        self, cast, district, sign_in, django_assert_max_num_queries
    ):
        for _ in range(55):
            PopulationFlagFactory(resident__grid=district.grid_a)
        client = sign_in(cast.li)
        client.get(reverse("resident-list"))  # the session is written once
        with django_assert_max_num_queries(FRAME + 4):
            html = text_of(client.get(reverse("resident-list")))
        assert html.count('data-label="性别、年龄"') == 50
        after = re.search(r'href="\?after=(\d+)"', html).group(1)
        assert (
            text_of(client.get(reverse("resident-list"), {"after": after})).count('data-label="性别、年龄"')
            == 5
        )

    def test_a_search_by_post_leaves_no_digit_in_any_address(self, cast, sign_in, person, neighbor):
        client = sign_in(cast.li)
        for typed in (person.id_number, person.phone, person.phone[-4:], "建国", "wjg"):
            response = post(client, "resident-search", q=typed)
            assert response.status_code == 302
            assert typed not in response["Location"]
            page = client.get(response["Location"])
            assert "王*国" in text_of(page)
            assert client.get(response["Location"]).status_code == 200  # may be reloaded
        assert ReadLog.objects.count() == 10

    def test_the_typed_text_is_sealed_in_the_session(self, cast, sign_in, person):
        client = sign_in(cast.li)
        post(client, "resident-search", q=person.id_number)
        stored = json.dumps(client.session["searches"])
        assert person.id_number not in stored
        assert person.id_number[6:14] not in stored

    def test_another_persons_search_word_finds_nothing(self, cast, client, sign_in, person):
        where = post(sign_in(cast.li), "resident-search", q="建国")["Location"]
        html = text_of(sign_in(cast.wang).get(where))
        assert "已过期" in html

    def test_filters_stay_with_the_search(self, cast, sign_in, person):
        where = post(
            sign_in(cast.li),
            "resident-search",
            q="建国",
            status=LifeStatus.DECEASED,
            kind="",
            grid=person.grid_id,
        )["Location"]
        assert "status=deceased" in where
        assert f"grid={person.grid_id}" in where
        assert "没有找到居民" in text_of(sign_in(cast.li).get(where))

    def test_what_cannot_be_understood_says_what_can(self, cast, sign_in):
        client = sign_in(cast.li)
        html = text_of(client.get(post(client, "resident-search", q="123")["Location"]))
        assert "看不懂查找内容" in html
        assert "末 4 至 6 位" in html

    def test_an_empty_registry_says_where_to_begin(self, cast, sign_in):
        assert "还没有登记居民" in text_of(sign_in(cast.li).get(reverse("resident-list")))

    @pytest.mark.parametrize(
        "query", ["grid=abc", "grid=99999999", "kind=hiv", "status=x", "after=abc", "after=9" * 30, "s=no"]
    )
    def test_odd_addresses_are_answered(self, cast, sign_in, person, query):
        assert sign_in(cast.li).get(reverse("resident-list") + "?" + query).status_code == 200

    def test_households_are_listed_masked_and_logged(
        self, cast, sign_in, person, neighbor, django_assert_max_num_queries
    ):
        client = sign_in(cast.li)
        client.get(reverse("household-list"))
        with django_assert_max_num_queries(FRAME + 4):
            html = text_of(client.get(reverse("household-list")))
        assert person.household.number in html
        assert neighbor.household.number not in html
        assert "王*国" in html
        assert [one.subject_ids for one in ReadLog.objects.all()] == [[person.pk]] * 2
