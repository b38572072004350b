"""The wording that ships: complete, in force, and kept as it was signed."""

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalog import load_catalog
from contracts.choices import AgreementKind, PackageKind
from contracts.models import AgreementTemplate, PackageItem, ServicePackage
from contracts.parties import Member, Parties, PartyA, PartyB, loads
from contracts.queries.signing import template_on
from contracts.wording import SHIPPED_FROM, load_wording
from residents.choices import RESTRICTED, Population


@pytest.mark.usefixtures("wording")
def test_the_first_text_says_what_an_agreement_must_say():
    template = template_on(AgreementKind.INDIVIDUAL, on=SHIPPED_FROM)
    for words in (
        "基本医疗服务",
        "基本公共卫生服务",
        "上门",
        "不是急救服务",
        "120",
        "如实提供",
        "个人信息",
        "解约",
        "一式两份",
    ):
        assert words in template.body
    headings = [text for kind, text in template.paragraphs if kind == "heading"]
    assert len(headings) == 8
    assert all("## " not in text for _, text in template.paragraphs)
    assert "".join(text for _, text in template.paragraphs).count("## ") == 0


@pytest.mark.usefixtures("wording")
def test_version_one_had_a_package_for_each_key_population_of_the_first_sources():
    packages = {one.code: one for one in ServicePackage.objects.filter(version=1, contents=None)}
    assert set(packages) == {
        "basic", "elderly", "hypertension", "diabetes", "child", "perinatal", "severe_mental", "tuberculosis", "disabled",
    }  # fmt: skip
    assert packages["basic"].kind == PackageKind.BASIC_FREE
    assert packages["basic"].populations == []
    for one in packages.values():
        assert len(one.item_list) >= 3
        assert all(kind in Population.values for kind in one.populations)
        assert one.source
        assert one.is_restricted == bool(set(one.populations) & set(RESTRICTED))
    assert [one.code for one in packages.values() if one.is_restricted] == ["severe_mental"]


@pytest.mark.usefixtures("wording")
def test_loading_it_again_changes_nothing():
    before = (AgreementTemplate.objects.count(), ServicePackage.objects.count())
    ServicePackage.objects.filter(code="child", version=1).update(source="本区")
    load_wording(AgreementTemplate, ServicePackage)
    load_catalog(lambda name: apps.get_model("contracts", name))
    assert (AgreementTemplate.objects.count(), ServicePackage.objects.count()) == before
    assert ServicePackage.objects.get(code="child", version=1).source == "本区"


words = st.text(max_size=8)
members = st.builds(Member, words, words, words, words, st.booleans())
party_a = st.builds(
    PartyA, words, words, words, words, words, words, words, members, st.lists(members, max_size=3).map(tuple)
)
party_b = st.builds(
    PartyB,
    words,
    words,
    words,
    words,
    words,
    words,
    words,
    st.lists(words, max_size=3).map(tuple),
    words,
    words,
    words,
)


@given(st.builds(Parties, party_a, party_b))
def test_kept_parties_are_read_back(parties):
    assert loads(parties.dumps()) == parties


@pytest.mark.usefixtures("wording")
@pytest.mark.parametrize(
    ("changes", "is_offered"),
    [
        ({}, True),
        ({"version": 4}, False),
        ({"items": "本区自己的"}, False),
        ({"price_yuan": 120, "individual_yuan": 120}, False),
        ({"is_enabled": False}, False),
    ],
)
def test_a_package_that_the_bureau_wrote_itself_gets_ours_as_a_draft(changes, is_offered):
    PackageItem.objects.filter(package__code="child").delete()
    ServicePackage.objects.filter(code="child", version=2).delete()
    ServicePackage.objects.filter(code="child").update(**changes)
    load_catalog(lambda name: apps.get_model("contracts", name))
    made = ServicePackage.objects.filter(code="child").latest("version")
    assert (made.is_enabled, made.valid_from) == ((True, SHIPPED_FROM) if is_offered else (False, None))
    assert made.contents.exists()
