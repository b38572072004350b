"""Links to one resident: the pure part."""

import datetime as dt

import pytest

from outreach.choices import LinkPurpose
from outreach.rules.personal_links import (
    INVITATIONS,
    SignedFacts,
    code_of,
    codes_good_at,
    last_day,
    object_to_link,
    opening_answers,
    standing_of,
)

NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
SIGNED = SignedFacts(state="active", is_signatory=True, is_confirmed=False)
C, PR, D = LinkPurpose.CONFIRM, LinkPurpose.PROGRESS, LinkPurpose.DISPUTE


def code(purpose, *, life_status="present", **facts):
    found = object_to_link(purpose, life_status=life_status, **facts)
    return found.code if found else None


@pytest.mark.parametrize("purpose", LinkPurpose.values)
def test_nobody_who_is_gone_is_sent_a_link(purpose):
    for status in ("moved_out", "deceased", "merged"):
        assert code(purpose, life_status=status, signed=SIGNED) == "not_present"
    assert code(purpose, life_status="lost", signed=SIGNED) is None


@pytest.mark.parametrize(
    ("purpose", "signed", "expected"),
    [
        (C, SIGNED, None),
        (C, SignedFacts("pending_confirm", True, False), None),
        (C, SignedFacts("expired", True, False), "not_running"),
        (C, SignedFacts("active", True, True), "confirmed"),
        (C, SignedFacts("active", False, False), "not_signatory"),
        (PR, SignedFacts("active", False, True), None),
        (PR, SignedFacts("expired", True, True), None),
        (PR, SignedFacts("void", True, True), "no_agreement"),
        (D, SignedFacts("draft", True, False), "no_agreement"),
        (D, SignedFacts("terminated", True, False), None),
        (D, SignedFacts("terminated", False, False), "not_signatory"),
        (D, None, "no_agreement"),
    ],
)
def test_links_about_an_agreement(purpose, signed, expected):
    assert code(purpose, signed=signed) == expected


def test_every_purpose_invites():
    assert set(INVITATIONS) == set(LinkPurpose.values)


def test_the_last_day():
    on = dt.date(2026, 12, 25)
    assert last_day(on, days=14) == dt.date(2027, 1, 8)
    assert last_day(on, days=14, survey_ends_on=dt.date(2026, 12, 31)) == dt.date(2026, 12, 31)
    assert last_day(on, days=1, survey_ends_on=dt.date(2026, 12, 31)) == dt.date(2026, 12, 26)


def test_the_end_of_the_phone_opens_only_where_there_is_no_identity_number():
    facts = {"phones": ["13912345678"], "born_on": dt.date(1950, 1, 1), "codes": []}
    assert opening_answers(id_number="37109919500101001X", **facts) == ["001X"]
    assert opening_answers(id_number="", **facts) == ["5678"]
    assert opening_answers(id_number="", **facts | {"phones": []}) == ["19500101"]
    assert opening_answers(id_number="", phones=[], born_on=None, codes=[]) == []
    assert opening_answers(id_number="", phones=[], born_on=None, codes=["123456"]) == ["123456"]


def test_a_code_is_good_for_its_minutes_at_least_and_for_twice_at_most():
    sent = code_of(7, NOW, minutes=10)
    assert len(sent) == 6
    assert sent.isdigit()
    for minutes in (0, 5, 9):
        assert sent in codes_good_at(7, NOW + dt.timedelta(minutes=minutes), minutes=10)
    late = NOW + dt.timedelta(minutes=9, seconds=59)
    assert code_of(7, late, minutes=10) in codes_good_at(7, late + dt.timedelta(minutes=10), minutes=10)
    assert sent not in codes_good_at(7, NOW + dt.timedelta(minutes=20), minutes=10)
    assert sent not in codes_good_at(8, NOW, minutes=10), "of another link it is another code"


@pytest.mark.parametrize(
    ("purpose", "used", "revoked", "expires", "expected"),
    [
        ("confirm", None, None, 1, "open"),
        ("confirm", None, None, 0, "expired"),
        ("confirm", NOW, None, 1, "used"),
        ("confirm", NOW, NOW, 1, "revoked"),
        ("progress", NOW, None, 1, "open"),
        ("progress", NOW, None, 0, "expired"),
    ],
)
def test_what_became_of_it(purpose, used, revoked, expires, expected):
    expires_at = NOW + dt.timedelta(seconds=expires)
    found = standing_of(purpose=purpose, now=NOW, expires_at=expires_at, used_at=used, revoked_at=revoked)
    assert found == expected
