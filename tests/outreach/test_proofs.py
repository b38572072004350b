"""Recording where an issue was posted; pictures that were seen before; judging and taking back."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection

from core.crypto import unseal_bytes
from core.models import PolicySetting
from outreach.actions.proofs import (
    CannotDecideProof,
    CannotRecordProof,
    CannotWithdrawProof,
    decide_proof,
    withdraw_proof,
)
from outreach.choices import DisclosureChannel, ProofState
from outreach.models import DisclosureProof, PhotoTwin, ProofPhoto
from outreach.policy import policy_on
from outreach.queries.proofs import PURPOSE, places_before, twins_of
from tests.outreach.posting import BOARD, GROUP, POLICY, confirmed, picture, post, published, ten

pytestmark = pytest.mark.django_db
D = dt.date
THIRD, FOURTH = D(2026, 11, 3), D(2026, 11, 4)
LIFT = DisclosureChannel.LIFT_SCREEN


@pytest.fixture
def issue(cast):
    return published(cast.team_a, THIRD, by=cast.li, steward=cast.qian)


@pytest.fixture
def other(cast):
    return published(cast.team_b, THIRD, by=cast.zhao, steward=cast.wu)


@pytest.fixture
def october(cast):
    return published(cast.team_a, D(2026, 10, 3), by=cast.li, steward=cast.qian)


def code_of(refused) -> str:
    return refused.value.code


class TestRecording:
    def test_the_picture_is_sealed_kept_once_and_counts(self, cast, issue):
        proof = post(issue, by=cast.wang, day=FOURTH, place=" 东门  公示栏 ", photos=[picture(1), picture(1)])
        assert (proof.state, proof.place, proof.recorded_by) == (ProofState.COUNTED, "东门 公示栏", cast.wang)
        (kept,) = ProofPhoto.objects.filter(proof=proof)
        assert picture(1)[:200] not in bytes(kept.sealed)
        assert unseal_bytes(kept.sealed, purpose=PURPOSE) == picture(1)

    def test_the_form_sent_twice_is_one_proof_and_nobody_elses(self, cast, issue, other):
        token = uuid.uuid4()
        first = post(issue, by=cast.wang, day=FOURTH, client_token=token)
        assert post(issue, by=cast.wang, day=FOURTH, client_token=token, place="别处").pk == first.pk
        assert DisclosureProof.objects.count() == 1
        for by, what in ((cast.li, issue), (cast.wang, other)):
            with pytest.raises(CannotRecordProof) as refused:
                post(what, by=by, day=FOURTH, client_token=token)
            assert code_of(refused) == "token_of_other"

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"place": " \u200b "}, "no_place"),
            ({"photos": []}, "no_photo"),
            ({"day": D(2026, 11, 2), "on": FOURTH}, "posted_before"),
            ({"day": D(2026, 11, 5), "on": FOURTH}, "posted_ahead"),
        ],
    )
    def test_refused(self, cast, issue, given, code):
        with pytest.raises(CannotRecordProof) as refused:
            post(issue, **{"by": cast.wang, "day": FOURTH} | given)
        assert code_of(refused) == code
        assert not DisclosureProof.objects.exists()

    def test_not_before_it_is_published(self, cast):
        waiting = confirmed(cast.team_a, THIRD, by=cast.li)
        with pytest.raises(CannotRecordProof) as refused:
            post(waiting, by=cast.wang, day=FOURTH)
        assert code_of(refused) == "not_published"

    def test_published_late_in_the_evening_counts_as_of_that_day_here(self, cast, issue):
        type(issue).objects.filter(pk=issue.pk).update(
            published_at=dt.datetime(
                2026, 11, 3, 16, 30, tzinfo=dt.UTC
            )  # half past midnight of the 4th in Shanghai
        )
        with pytest.raises(CannotRecordProof) as refused:
            post(issue, by=cast.wang, day=THIRD, on=FOURTH)
        assert code_of(refused) == "posted_before"
        assert post(issue, by=cast.wang, day=FOURTH).pk

    def test_places_are_offered_again_without_what_was_withdrawn(self, cast, issue, october, other):
        post(october, by=cast.wang, day=D(2026, 10, 5), place="东门公示栏", photos=[picture(1)])
        post(issue, by=cast.wang, day=FOURTH, channel=GROUP, place="第一网格群", photos=[picture(2)])
        gone = post(issue, by=cast.wang, day=FOURTH, place="打错的地方", photos=[picture(3)])
        withdraw_proof(by=cast.wang, now=ten(FOURTH), proof=gone, words="打错了")
        post(other, by=cast.zhao, day=FOURTH, place="别队的公示栏", photos=[picture(4)])
        found = [(one.channel, one.name) for one in places_before(issue)]
        assert found == [(BOARD, "东门公示栏"), (GROUP, "第一网格群")]


class TestTwins:
    def near(self, seed):
        return [picture(seed, size=(1200, 900), quality=45)]

    def test_last_months_picture_is_flagged_and_waits(self, cast, issue, october):
        before = post(october, by=cast.wang, day=D(2026, 10, 5), photos=[picture(1)])
        proof = post(issue, by=cast.wang, day=FOURTH, photos=self.near(1))
        assert proof.state == ProofState.FLAGGED
        (twin,) = twins_of(proof)
        assert (twin.proof, twin.is_same) == (before, False)
        assert twin.distance <= POLICY.photo_twin_bits
        before.refresh_from_db()
        assert before.state == ProofState.COUNTED

    def test_another_teams_picture_is_flagged(self, cast, issue, other):
        post(other, by=cast.zhao, day=FOURTH, photos=[picture(1)])
        assert post(issue, by=cast.wang, day=FOURTH, photos=self.near(1)).state == ProofState.FLAGGED

    def test_one_picture_for_two_kinds_of_channel_is_flagged(self, cast, issue):
        post(issue, by=cast.wang, day=FOURTH, photos=[picture(1)])
        proof = post(issue, by=cast.wang, day=FOURTH, channel=LIFT, place="2号楼", photos=self.near(1))
        assert proof.state == ProofState.FLAGGED

    def test_two_groups_may_look_alike_but_one_file_is_one_place(self, cast, issue):
        post(issue, by=cast.wang, day=FOURTH, channel=GROUP, place="一群", photos=[picture(1)])
        alike = post(issue, by=cast.wang, day=FOURTH, channel=GROUP, place="二群", photos=self.near(1))
        assert alike.state == ProofState.COUNTED
        same = post(issue, by=cast.wang, day=FOURTH, channel=GROUP, place="三群", photos=[picture(1)])
        assert same.state == ProofState.FLAGGED
        assert twins_of(same)[0].is_same

    def test_the_same_place_posted_again_is_no_twin(self, cast, issue):
        post(issue, by=cast.wang, day=FOURTH, photos=[picture(1)])
        assert post(issue, by=cast.wang, day=D(2026, 11, 9), photos=[picture(1)]).state == ProofState.COUNTED

    def test_what_was_withdrawn_was_never_used(self, cast, issue, october):
        first = post(issue, by=cast.wang, day=FOURTH, channel=LIFT, photos=[picture(1)])
        withdraw_proof(by=cast.wang, now=ten(FOURTH), proof=first, words="形式选错了")
        assert post(issue, by=cast.wang, day=FOURTH, photos=[picture(1)]).state == ProofState.COUNTED

    def test_what_was_rejected_stays_known(self, cast, issue, october):
        first = post(october, by=cast.wang, day=D(2026, 10, 5), photos=[picture(1)])
        decide_proof(by=cast.qian, now=ten(FOURTH), proof=first, verdict=ProofState.REJECTED, words="看不清")
        assert post(issue, by=cast.wang, day=FOURTH, photos=[picture(1)]).state == ProofState.FLAGGED

    def test_the_bits_are_policy(self, cast, issue, october):
        post(october, by=cast.wang, day=D(2026, 10, 5), photos=[picture(1)])
        PolicySetting.objects.create(
            room="outreach", payload={"photo_twin_bits": 0}, in_force_from=D(2026, 11, 1), source="通知"
        )
        bits = PhotoTwin.objects.count()
        near = self.near(1)
        strict = policy_on(FOURTH)
        assert strict.photo_twin_bits == 0
        proof = post(issue, by=cast.wang, day=FOURTH, photos=near, policy=strict)
        distance = proof.photos.get().fingerprint ^ ProofPhoto.objects.exclude(proof=proof).get().fingerprint
        assert (proof.state == ProofState.FLAGGED) is (distance == 0)
        assert PhotoTwin.objects.count() == bits + (distance == 0)

    def test_an_empty_page_brings_few_twins(self, cast, issue, october):
        blank = b""
        for number in range(25):
            blank = picture(0, size=(640 + number, 480))
            post(october, by=cast.wang, day=D(2026, 10, 5), place=f"{number}号", photos=[blank])
        proof = post(issue, by=cast.wang, day=FOURTH, photos=[blank])
        assert len(twins_of(proof)) == 20
        assert twins_of(proof)[0].is_same

    def test_one_statement_whatever_there_is(self, cast, issue, october, django_assert_num_queries):
        for number in range(3):
            post(october, by=cast.wang, day=D(2026, 10, 5), place=f"{number}号", photos=[picture(number)])
        with django_assert_num_queries(9):
            post(issue, by=cast.wang, day=FOURTH, photos=[picture(0), picture(9)])


@pytest.mark.django_db(transaction=True)
def test_two_teams_that_send_one_picture_at_once_one_is_flagged(cast):
    issues = [
        (published(cast.team_a, THIRD, by=cast.li, steward=cast.qian), cast.wang),
        (published(cast.team_b, THIRD, by=cast.zhao, steward=cast.wu), cast.zhao),
    ]
    start, states = threading.Barrier(2), []

    def work(issue, by):
        try:
            start.wait()
            states.append(post(issue, by=by, day=FOURTH).state)
        except Exception as error:
            states.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=one) for one in issues]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(states) == [ProofState.COUNTED, ProofState.FLAGGED]
    assert PhotoTwin.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_twice_at_once_is_one_proof(cast):
    issue = published(cast.team_a, THIRD, by=cast.li, steward=cast.qian)
    token, start, found = uuid.uuid4(), threading.Barrier(2), []

    def work():
        try:
            start.wait()
            found.append(post(issue, by=cast.wang, day=FOURTH, client_token=token).pk)
        except Exception as error:
            found.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(found)) == 1
    assert list(DisclosureProof.objects.values_list("state", flat=True)) == [ProofState.COUNTED]


class TestJudging:
    @pytest.fixture
    def flagged(self, cast, issue, other):
        post(other, by=cast.zhao, day=FOURTH)
        return post(issue, by=cast.wang, day=FOURTH)

    @pytest.mark.parametrize("verdict", [ProofState.COUNTED, ProofState.REJECTED])
    def test_the_institution_decides_with_words_and_may_think_again(self, cast, flagged, verdict):
        decide_proof(by=cast.qian, now=ten(FOURTH), proof=flagged, verdict=verdict, words=" 看过了 ")
        flagged.refresh_from_db()
        assert (flagged.state, flagged.decision, flagged.decided_by) == (verdict, "看过了", cast.qian)
        back = {ProofState.COUNTED: ProofState.REJECTED, ProofState.REJECTED: ProofState.COUNTED}[verdict]
        decide_proof(by=cast.qian, now=ten(FOURTH), proof=flagged, verdict=back, words="再看一遍")
        flagged.refresh_from_db()
        assert flagged.state == back

    def test_refused(self, cast, flagged):
        def refused(**given):
            values = {"by": cast.qian, "verdict": ProofState.COUNTED, "words": "看过了"} | given
            with pytest.raises(CannotDecideProof) as error:
                decide_proof(now=ten(FOURTH), proof=flagged, **values)
            return code_of(error)

        assert refused(words=" ") == "no_words"
        assert refused(by=cast.wang) == "own_proof"
        assert refused(verdict=ProofState.FLAGGED) == "same_verdict"
        decide_proof(by=cast.qian, now=ten(FOURTH), proof=flagged, verdict=ProofState.COUNTED, words="好")
        assert refused() == "same_verdict"
        withdraw_proof(by=cast.wang, now=ten(FOURTH), proof=flagged, words="错了")
        assert refused() == "is_withdrawn"

    def test_what_was_rejected_or_withdrawn_stays(self, cast, flagged):
        def refused(words="错了"):
            with pytest.raises(CannotWithdrawProof) as error:
                withdraw_proof(by=cast.wang, now=ten(FOURTH), proof=flagged, words=words)
            return code_of(error)

        assert refused("") == "no_words"
        decide_proof(
            by=cast.qian, now=ten(FOURTH), proof=flagged, verdict=ProofState.REJECTED, words="是旧的"
        )
        assert refused() == "is_rejected"
        decide_proof(by=cast.qian, now=ten(FOURTH), proof=flagged, verdict=ProofState.COUNTED, words="不是")
        withdraw_proof(by=cast.wang, now=ten(FOURTH), proof=flagged, words="错了")
        assert refused() == "withdrawn_already"


@pytest.mark.django_db(transaction=True)
def test_the_decision_sent_twice_at_once_is_one(cast):
    issue = published(cast.team_a, THIRD, by=cast.li, steward=cast.qian)
    post(issue, by=cast.wang, day=FOURTH, channel=GROUP)
    proof = post(issue, by=cast.wang, day=FOURTH)
    start, told = threading.Barrier(2), []

    def work(by):
        try:
            start.wait()
            decide_proof(by=by, now=ten(FOURTH), proof=proof, verdict=ProofState.COUNTED, words="看过")
            told.append("done")
        except CannotDecideProof as refusal:
            told.append(refusal.code)
        except Exception as error:
            told.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[one]) for one in (cast.qian, cast.qian)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(told) == ["done", "same_verdict"]
