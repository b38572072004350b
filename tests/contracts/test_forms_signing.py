"""The fields of the signing forms, beside what their pages' tests show."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils.datastructures import MultiValueDict

from contracts.choices import EvidenceKind
from contracts.forms.deed import DeedForm, year_choices
from contracts.forms.evidence import EvidenceForm, PlaceFields, SigningEvidenceFields
from contracts.policy import ContractsPolicy
from tests.contracts.photos import photo, upload

POLICY = ContractsPolicy()
DAY = dt.date(2026, 11, 22)


def files(**named):
    return MultiValueDict(named)


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({}, (None, None, None)),
        ({"latitude": "37.5", "longitude": "122.1"}, (Decimal("37.5"), Decimal("122.1"), None)),
        (
            {"latitude": "37.5", "longitude": "122.1", "accuracy_m": "30"},
            (Decimal("37.5"), Decimal("122.1"), 30),
        ),
        ({"latitude": "37.5"}, (None, None, None)),
        ({"accuracy_m": "30"}, (None, None, None)),
        ({"latitude": "-90", "longitude": "180"}, (Decimal(-90), Decimal(180), None)),
    ],
)
def test_a_place_is_whole_or_missing(sent, place):
    form = PlaceFields(sent)
    assert form.is_valid()
    assert tuple(form.place().values()) == place


@pytest.mark.parametrize(
    "sent",
    [
        {"latitude": "90.000001"},
        {"longitude": "-180.000001"},
        {"latitude": "NaN"},
        {"latitude": "1e400"},
        {"latitude": "37.1234567"},
        {"accuracy_m": "-1"},
        {"accuracy_m": "1000001"},
    ],
)
def test_no_such_place(sent):
    assert not PlaceFields(sent).is_valid()


def test_photos_and_scans_become_proofs_of_their_kind():
    form = SigningEvidenceFields(
        {"latitude": "37.5", "longitude": "122.1"},
        files(evidence=[upload(), upload(photo(shade=1))], paper_scan=[upload(photo(shade=2))]),
        policy=POLICY,
    )
    assert form.is_valid()
    proofs = form.proofs()
    assert [one.kind for one in proofs] == [EvidenceKind.PHOTO, EvidenceKind.PHOTO, EvidenceKind.PAPER_SCAN]
    assert {one.latitude for one in proofs} == {Decimal("37.5")}
    assert all(one.image.startswith(b"\xff\xd8") for one in proofs)


def test_nothing_sent_is_no_proof():
    form = SigningEvidenceFields({}, files(), policy=POLICY)
    assert form.is_valid()
    assert form.proofs() == []
    assert not form.had_photos()


def test_too_many_at_once():
    form = EvidenceForm({"kind": "photo"}, files(evidence=[upload()] * 13), policy=POLICY)
    assert form.errors["evidence"] == ["一次最多12张，请减少后重新选择。"]


def test_the_bad_one_is_counted_out():
    form = EvidenceForm({"kind": "photo"}, files(evidence=[upload(), upload(b"x"), upload()]), policy=POLICY)
    assert form.errors["evidence"][0].startswith("第2张：")


def test_an_empty_file_is_no_photo():
    form = EvidenceForm({"kind": "photo"}, files(evidence=[upload(b"")]), policy=POLICY)
    assert "请选 JPG 或 PNG" in form.errors["evidence"][0]


def test_files_are_let_through_by_the_widget_as_several():
    field = EvidenceForm(policy=POLICY)["evidence"]
    assert "multiple" in str(field)
    assert 'accept="image/jpeg,image/png"' in str(field)
    assert "capture" not in str(field)


SHEET = SimpleNamespace(doctors=[], packages=[], menu={})


def late_help(**numbers):
    form = DeedForm(sheet=SHEET, policy=ContractsPolicy(**numbers), on=DAY)
    return form.fields["signed_on"].help_text


def test_late_entry_is_explained_with_its_days():
    assert late_help(backdate_days=7, backdate_most_days=90) == (
        "早于2026年11月15日的属于补录，须机构家医管家审批后才生效；最早到2026年8月24日。"
    )
    assert late_help(backdate_days=90, backdate_most_days=90) == ""


def test_only_the_signatories_of_the_policy_are_offered():
    form = DeedForm(sheet=SHEET, policy=ContractsPolicy(signatories=("doctor",)), on=DAY)
    assert form.fields["signatory"].choices == [("doctor", "医生个人")]


def test_terms_up_to_the_longest():
    assert year_choices(3) == [(1, "1 年"), (2, "2 年"), (3, "3 年")]
