"""Pictures that prove a signing."""

import datetime as dt
import hashlib
from decimal import Decimal

import pytest
from django.db import connection, transaction

from contracts.actions import CannotAddEvidence, CannotSign, Proof, add_evidence
from contracts.choices import AgreementState, EventKind, EvidenceKind
from contracts.models import Agreement, SigningEvidence
from contracts.queries.evidence import evidence_of, picture_of
from core.models import PolicySetting
from tests.factories.contracts import NOON, sign_agreement

DAY = dt.date(2026, 11, 22)
NOW = dt.datetime.combine(DAY, NOON)


def proof(number=1, kind=EvidenceKind.PHOTO, **facts):
    return Proof(kind, f"JPEG {number}".encode(), **facts)


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY)


def add(agreement, by, *proofs):
    return add_evidence(by=by, on=DAY, now=NOW, agreement=agreement, proofs=proofs)


def refused(agreement, by, *proofs):
    with pytest.raises(CannotAddEvidence) as caught:
        add(agreement, by, *proofs)
    assert caught.value.sentence.endswith("。")
    return caught.value


def test_a_picture_is_sealed_with_place_and_fingerprint(cast, agreement):
    place = {"latitude": Decimal("37.509100"), "longitude": Decimal("122.116394"), "accuracy_m": 12}
    add(agreement, cast.wang, proof(**place, note="卫康室"))
    kept = SigningEvidence.objects.get()
    assert (kept.latitude, kept.longitude, kept.accuracy_m) == tuple(place.values())
    assert (kept.note, kept.added_by, kept.kind) == ("卫康室", cast.wang, EvidenceKind.PHOTO)
    assert kept.sha256 == hashlib.sha256(b"JPEG 1").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM contracts_signingevidence")
        assert b"JPEG" not in bytes(cursor.fetchone()[0])
    assert picture_of(kept) == b"JPEG 1"


def test_the_story_tells_how_many_of_what(cast, agreement):
    add(agreement, cast.li, proof(1), proof(2), proof(3, EvidenceKind.ID_PHOTO))
    event = agreement.events.get(kind=EventKind.EVIDENCE)
    assert (event.note, event.by) == ("签约现场照片2张、证件照片1张", cast.li)


def test_the_list_leaves_the_pictures_in_the_database(cast, agreement, django_assert_num_queries):
    add(agreement, cast.li, proof(1), proof(2))
    with django_assert_num_queries(1):
        found = [(one.added_by.name, one.sha256) for one in evidence_of(agreement)]
    assert len(found) == 2
    assert "sealed" in evidence_of(agreement)[0].get_deferred_fields()


def test_they_come_with_the_signing(cast, resident):
    made = sign_agreement(resident, cast.team_a, cast.li, on=DAY, evidence=[proof(1), proof(2)])
    assert made.evidence.count() == 2
    assert made.events.get().note == "凭证：签约现场照片2张"


def test_too_many_with_the_signing(cast, resident):
    with pytest.raises(CannotSign) as caught:
        sign_agreement(resident, cast.team_a, cast.li, on=DAY, evidence=[proof(n) for n in range(13)])
    assert (caught.value.code, caught.value.field) == ("evidence_too_many", "evidence")


def test_an_agreement_keeps_so_many_and_no_more(cast, agreement):
    PolicySetting.objects.create(
        room="contracts", payload={"evidence_most": 3}, in_force_from=DAY, source="试点"
    )
    add(agreement, cast.li, proof(1), proof(2))
    no = refused(agreement, cast.li, proof(3), proof(4))
    assert (no.code, no.field) == ("evidence_too_many", "evidence")
    assert "还可以提交1张" in no.sentence
    add(agreement, cast.li, proof(3))
    assert refused(agreement, cast.li, proof(4)).code == "evidence_too_many"


def test_the_same_picture_proves_nothing_twice(cast, agreement):
    add(agreement, cast.li, proof(1))
    assert refused(agreement, cast.li, proof(1)).code == "evidence_repeated"
    assert refused(agreement, cast.li, proof(2), proof(2)).code == "evidence_repeated"


def test_nothing_sent_is_said(cast, agreement):
    no = refused(agreement, cast.li)
    assert (no.code, no.field) == ("evidence_missing", "evidence")


def test_only_the_own_team_adds(cast, agreement):
    assert refused(agreement, cast.zhao, proof()).code == "not_own_team"
    assert refused(agreement, cast.zhou, proof()).code == "not_own_team"
    assert add(agreement, cast.qian, proof())


def test_a_void_agreement_gets_no_more(cast, agreement):
    Agreement.objects.filter(pk=agreement.pk).update(state=AgreementState.VOID)
    assert refused(agreement, cast.li, proof()).code == "void"


def test_a_picture_is_never_changed(cast, agreement):
    add(agreement, cast.li, proof())
    for change in (
        lambda: SigningEvidence.objects.update(note="x"),
        lambda: SigningEvidence.objects.all().delete(),
    ):
        with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
            change()
