"""Bad input of a signing: each its own code, its sentence at the field, what was typed kept; all codes in docs/errors.md."""

import datetime as dt
import re
from collections import defaultdict
from pathlib import Path

import pytest

from contracts.actions import CannotSign
from contracts.models import Agreement
from core.models import PolicySetting
from residents.actions import record_death
from tests.contracts import test_views_sign, test_views_sign_household
from tests.factories.contracts import (
    family,
    household_signed,
    joining,
    package,
    sign_agreement,
)
from tests.factories.residents import ResidentFactory
from tools.refusal_codes import GAP, everything, page

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "errors.md"


def sentences_of(code: str) -> list[re.Pattern]:
    """How a code's sentences may read; one that is put together elsewhere may be any."""
    found = [one.sentence for one in everything() if _pattern(one.code).fullmatch(code)]
    return [_pattern(one) for one in found]


def _pattern(text: str) -> re.Pattern:
    return re.compile(".+".join(map(re.escape, text.split(GAP))))


def policy(**numbers) -> None:
    PolicySetting.objects.create(room="contracts", payload=numbers, in_force_from=DAY, source="测试")


class TestTable:
    def test_the_page_is_what_the_source_says(self):
        assert DOCS.read_text() == page(), "run: python tools/refusal_codes.py > docs/errors.md"

    def test_no_two_codes_share_a_sentence(self):
        codes = defaultdict(set)
        for one in everything():
            if one.sentence.strip(GAP):
                codes[one.sentence].add(one.code)
        assert {sentence: found for sentence, found in codes.items() if len(found) > 1} == {}

    def test_codes_are_snake_case_and_sentences_end_as_sentences(self):
        for one in everything():
            assert re.fullmatch(rf"[a-z][a-z_{GAP}]*", one.code), one
            assert one.sentence.endswith(("。", GAP)), one


# Each: what is wrong, what is sent instead, the code, the field.
ALONE = [
    ("term outside the policy", {"term_years": 3}, "term_length", "term_years"),
    ("too far back", {"signed_on": DAY - 200 * ONE, "starts_on": DAY}, "backdated_too_far", "signed_on"),
    ("signed tomorrow", {"signed_on": DAY + ONE, "starts_on": DAY + ONE}, "signed_in_future", "signed_on"),
    ("begins before signing", {"starts_on": DAY - ONE}, "starts_before_signing", "starts_on"),
    ("begins too late", {"starts_on": DAY + 60 * ONE}, "starts_too_late", "starts_on"),
    ("no package", {"packages": []}, "no_package", "packages"),
    ("nobody signed", {"signatures": []}, "signature_missing", "resident_signature"),
    ("signed by nobody's doctor", {"doctor": "zhao"}, "doctor_not_in_team", "doctor"),
    ("a nurse as doctor", {"doctor": "wang"}, "doctor_post", "doctor"),
]


@pytest.mark.django_db
class TestAction:
    def refused(self, *args, **changes) -> CannotSign:
        before = Agreement.objects.count()
        with pytest.raises(CannotSign) as met:
            sign_agreement(*args, **{"on": DAY} | changes)
        assert Agreement.objects.count() == before
        patterns = sentences_of(met.value.code)
        assert patterns, f"{met.value.code} is in no table"
        assert any(one.fullmatch(met.value.sentence) for one in patterns), met.value.sentence
        return met.value

    @pytest.mark.parametrize(
        ("changes", "code", "field"), [one[1:] for one in ALONE], ids=[one[0] for one in ALONE]
    )
    def test_alone(self, cast, resident, changes, code, field):
        doctor = getattr(cast, changes.get("doctor", "li"))
        asked = {name: value for name, value in changes.items() if name != "doctor"}
        told = self.refused(resident, cast.team_a, doctor, by=cast.li, **asked)
        assert (told.code, told.field) == (code, field)

    def test_overlap_with_another_team(self, cast, resident):
        sign_agreement(resident, cast.team_b, cast.zhao, on=DAY - ONE)
        assert self.refused(resident, cast.team_a, cast.li).code == "overlap"

    def test_a_minor_without_a_guardian(self, cast, district, wording):
        child = ResidentFactory(grid=district.grid_a, born_on=dt.date(2018, 1, 1))
        told = self.refused(child, cast.team_a, cast.li)
        assert (told.code, told.field) == ("guardian_missing", "guardian_name")

    def test_a_package_for_others(self, cast, district, wording):
        young = ResidentFactory(grid=district.grid_a, born_on=dt.date(1990, 1, 1))
        told = self.refused(young, cast.team_a, cast.li, packages=[package("elderly")])
        assert (told.code, told.field) == ("package_population", "packages")

    def test_over_the_cap(self, cast, district, resident):
        policy(max_residents_per_doctor=1)
        sign_agreement(resident, cast.team_a, cast.li, on=DAY)
        told = self.refused(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li)
        assert (told.code, told.field) == ("panel_full", "doctor")

    def test_the_dead(self, cast, resident):
        record_death(resident=resident, since=DAY, by=cast.li, on=DAY)
        assert self.refused(resident, cast.team_a, cast.li).code == "resident_deceased"

    def test_a_family_where_somebody_did_not_agree(self, cast, district, wording):
        home = family(district.grid_a)
        man, wife, _ = home.members.order_by("relation", "born_on")
        members = [joining(man, DAY), joining(wife, DAY, consent="", signature=b"")]
        with pytest.raises(CannotSign) as met:
            household_signed(home, cast.team_a, cast.li, on=DAY, members=members)
        assert (met.value.code, met.value.field) == ("consent_missing", f"m{wife.pk}-consent")

    def test_a_family_of_one(self, cast, district, wording):
        home = family(district.grid_a)
        man = home.members.get(relation="02")
        with pytest.raises(CannotSign) as met:
            household_signed(home, cast.team_a, cast.li, on=DAY, members=[joining(man, DAY)])
        assert (met.value.code, met.value.field) == ("too_few_members", "members")


@pytest.mark.usefixtures("today")
class TestPage:
    """The same at the form: the sentence at its field, and everything else as it was typed."""

    def check(self, answer, code: str, field: str, kept: dict[str, str]) -> None:
        form = answer.context["form"]
        rows = [form, *getattr(form, "joining_rows", ())]  # a household's members are forms of their own
        told = [
            str(one)
            for row in rows
            for name in row.errors
            if row[name].html_name == field
            for one in row.errors[name]
        ]
        assert any(one.fullmatch(text) for one in sentences_of(code) for text in told), told
        text = answer.content.decode()
        assert told[0] in text or told[0].replace('"', "&quot;") in text
        for name, value in kept.items():
            assert str(form[name].value()) == value
        assert not Agreement.objects.filter(created_by__username="li").exists()

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"signed_on": "2026-05-01"}, "backdated_too_far", "signed_on"),
            ({"signed_on": "2026-11-23", "starts_on": "2026-11-23"}, "signed_in_future", "signed_on"),
            ({"starts_on": "2026-11-21"}, "starts_before_signing", "starts_on"),
            ({"starts_on": "2027-02-01"}, "starts_too_late", "starts_on"),
        ],
    )
    def test_dates(self, cast, resident, sign_in, changes, code, field):
        data = test_views_sign.sent(cast.team_a, cast.li, **changes | {"channel": "checkup_session"})
        answer = sign_in(cast.li).post(test_views_sign.url(resident), data)
        self.check(answer, code, field, changes | {"channel": "checkup_session"})

    def test_over_the_cap(self, cast, district, resident, sign_in):
        policy(max_residents_per_doctor=1)
        sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY, by=cast.qian)
        data = test_views_sign.sent(cast.team_a, cast.li, channel="checkup_session")
        answer = sign_in(cast.li).post(test_views_sign.url(resident), data)
        self.check(answer, "panel_full", "doctor", {"channel": "checkup_session"})

    def test_a_family_where_somebody_did_not_agree(self, cast, district, wording, sign_in):
        home = family(district.grid_a)
        _, wife, _ = test_views_sign_household.people(home)
        asked = {f"m{wife.pk}-consent": None, "channel": "checkup_session"}
        data = test_views_sign_household.sent(home, cast, **asked)
        answer = sign_in(cast.li).post(test_views_sign_household.url(home), data)
        self.check(answer, "consent_missing", f"m{wife.pk}-consent", {"channel": "checkup_session"})

    def test_a_child_without_a_guardian(self, cast, district, wording, sign_in):
        home = family(district.grid_a)
        *_, child = test_views_sign_household.people(home)
        asked = {f"m{child.pk}-guardian_name": "", "channel": "checkup_session"}
        data = test_views_sign_household.sent(home, cast, **asked)
        answer = sign_in(cast.li).post(test_views_sign_household.url(home), data)
        self.check(answer, "guardian_missing", f"m{child.pk}-guardian_name", {"channel": "checkup_session"})
