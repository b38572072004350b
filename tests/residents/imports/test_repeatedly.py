"""Small made-up lists, twice over: the second time changes nothing, whatever stands in them; and an undo gives all back."""

import string

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from residents.models import ContactPhone, Household, PopulationFlag, Resident
from tests.residents.imports.runs import bring_in
from tests.residents.imports.sheets import number, row

NUMBERS = [number(one) for one in range(6)]
lines = st.fixed_dictionaries(
    {
        "name": st.sampled_from(("甲", "乙", "丙", "林桂芳")),
        "number_": st.sampled_from((*NUMBERS, "123", "新生儿")),
        "出生日期": st.sampled_from(("", "1960-01-01", "2026-11-01")),
        "与户主关系": st.sampled_from(("", "户主", "妻子", "长子", "其他亲属")),
        "户主姓名": st.sampled_from(("", "甲", "乙")),
        "户号": st.sampled_from(("", "", "1", "2")),
        "详细地址": st.sampled_from(("", "一号", "二号")),
        "联系电话": st.sampled_from(("", "13812340001", "13812340002/13812340003")),
        "人群类型": st.sampled_from(("", "高血压", "高血压、糖尿病")),
        "备注": st.text(string.ascii_letters + "\\\t'\"{},%|", max_size=5),
    }
)
rosters = st.lists(lines, min_size=1, max_size=7)


def registry() -> list:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Household, Resident, PopulationFlag, ContactPhone)
    ]


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=rosters, second=rosters)
def test_a_list_applied_twice_is_applied_once(cast, first, second):
    with transaction.atomic():
        for roster in (first, second):
            rows = [row(**one) for one in roster]
            done = bring_in(cast.li, *rows)
            before = registry()
            again = bring_in(cast.li, *rows)
            assert (again.created_residents, again.updated_residents, again.created_households) == (0, 0, 0)
            assert (
                again.unchanged_residents
                == done.created_residents + done.updated_residents + done.unchanged_residents
            )
            assert registry() == before
        heads = Resident.objects.filter(relation="02", household__isnull=False).values_list(
            "household", flat=True
        )
        assert len(heads) == len(set(heads))
        transaction.set_rollback(True)
