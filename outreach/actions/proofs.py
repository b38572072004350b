"""Proof that an issue was posted: recorded with pictures, compared with all others, judged, taken back (S0-23)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from contracts.rules import Objection
from core.crypto import seal_bytes
from core.history import credited_to
from core.refusals import Refusal
from core.sql import alone, run
from core.text import tidy
from outreach.choices import DisclosureChannel, DisclosureState, ProofState
from outreach.models import DisclosureProof, MonthlyDisclosure, ProofPhoto
from outreach.policy import OutreachPolicy
from outreach.queries.proofs import PURPOSE
from outreach.rules.fingerprints import difference_hash
from outreach.rules.proofs import object_to_decision, object_to_posting, object_to_withdrawal
from teams.models import User

_MOST_TWINS = 20  # kept of one picture, the nearest: an empty page looks like every other

# The same file anywhere else; or a picture that looks the same, unless it is of the same kind of channel in the same
# month, where two groups rightly show the same message. What was withdrawn was never used.
_FIND_TWINS = """
    INSERT INTO outreach_phototwin (later_id, earlier_id, distance)
    SELECT late.id, near.id, near.distance
    FROM outreach_proofphoto late JOIN outreach_disclosureproof mine ON mine.id = late.proof_id
    CROSS JOIN LATERAL (
        SELECT early.id, bit_count((late.fingerprint # early.fingerprint)::bit(64)) AS distance
        FROM outreach_proofphoto early JOIN outreach_disclosureproof other ON other.id = early.proof_id
        WHERE other.id <> mine.id AND other.state <> 'withdrawn'
            AND (other.disclosure_id, other.channel, other.place) IS DISTINCT FROM
                (mine.disclosure_id, mine.channel, mine.place)
            AND (early.sha256 = late.sha256
                OR bit_count((late.fingerprint # early.fingerprint)::bit(64)) <= %(bits)s
                    AND (other.disclosure_id, other.channel) IS DISTINCT FROM (mine.disclosure_id, mine.channel))
        ORDER BY early.sha256 = late.sha256 DESC, distance, early.id
        LIMIT %(most)s
    ) near
    WHERE mine.id = %(proof)s
    ON CONFLICT (later_id, earlier_id) DO NOTHING
"""


class CannotRecordProof(Refusal):
    """The posting is not recorded like this."""


class CannotDecideProof(Refusal):
    """The proof stays as it was judged."""


class CannotWithdrawProof(Refusal):
    """The proof stays."""


@dataclass(frozen=True)
class Recorded:
    """``is_new`` False if this very form had been sent before; then nothing was changed."""

    proof: DisclosureProof
    is_new: bool


def record_proof(
    *, by: User, on: date, now: datetime, policy: OutreachPolicy, disclosure: MonthlyDisclosure,
    channel: DisclosureChannel, place: str, posted_on: date, photos: Sequence[bytes], client_token: UUID,
    note: str = "",
) -> Recorded:  # fmt: skip
    """An issue was posted at a place. With pictures that were seen before it counts only once somebody has looked.

    Args:
        photos: JPEGs drawn anew (contracts.pictures), one at least; the same one twice is kept once.
        client_token: of the form; sent again, the first proof is returned.

    Raises:
        CannotRecordProof: not published, a day that cannot be, nothing to see, no place, or a form of somebody else.
    """
    with transaction.atomic(), credited_to(by):
        alone("outreach.proofs")  # of two pictures alike that come at once, one is the later
        disclosure = MonthlyDisclosure.objects.select_for_update().get(pk=disclosure.pk)
        known = DisclosureProof.objects.filter(client_token=client_token).first()
        if known:
            return _known(known, by, disclosure)
        _refuse(
            object_to_posting(
                state=DisclosureState(disclosure.state),
                published_on=_published_on(disclosure),
                posted_on=posted_on,
                on=on,
                backdate_days=policy.proof_backdate_days,
            ),
            CannotRecordProof,
        )
        place = tidy(place)[:120]
        if not place:
            raise CannotRecordProof("no_place", "请选择用过的地点，或填写地点（群名）。", field="place")
        if not photos:
            raise CannotRecordProof("no_photo", "请至少选一张照片或截图。", field="photos")
        proof = DisclosureProof.objects.create(
            disclosure=disclosure, channel=channel, place=place, posted_on=posted_on, note=tidy(note)[:200],
            recorded_by=by, recorded_at=now, client_token=client_token,
        )  # fmt: skip
        _keep(proof, photos, now=now)
        _flag_twins(proof, bits=policy.photo_twin_bits)
    return Recorded(proof, is_new=True)


def decide_proof(
    *, by: User, now: datetime, proof: DisclosureProof, verdict: ProofState, words: str
) -> DisclosureProof:
    """Somebody of the institution or the bureau has looked: it counts, or it does not; may be judged anew.

    Raises:
        CannotDecideProof: withdrawn, judged so already, one's own, or without words.
    """
    with transaction.atomic(), credited_to(by):
        proof = DisclosureProof.objects.select_for_update().get(pk=proof.pk)
        _refuse(object_to_decision(ProofState(proof.state), verdict), CannotDecideProof)
        if proof.recorded_by_id == by.pk:
            raise CannotDecideProof(
                "own_proof",
                "这条凭证是您本人登记的，不能由自己核定。请区卫健局核定，或撤回后由团队成员重新登记。",
            )
        _settle(proof, verdict, words, by=by, now=now, refused=CannotDecideProof)
    return proof


def withdraw_proof(*, by: User, now: datetime, proof: DisclosureProof, words: str) -> DisclosureProof:
    """Entered by mistake: it counts no more, and its pictures may be entered again.

    Raises:
        CannotWithdrawProof: rejected or withdrawn already, or without a reason.
    """
    with transaction.atomic(), credited_to(by):
        proof = DisclosureProof.objects.select_for_update().get(pk=proof.pk)
        _refuse(object_to_withdrawal(ProofState(proof.state)), CannotWithdrawProof)
        _settle(proof, ProofState.WITHDRAWN, words, by=by, now=now, refused=CannotWithdrawProof)
    return proof


def _published_on(disclosure: MonthlyDisclosure) -> date | None:
    at = disclosure.published_at
    return at.astimezone(timezone.get_default_timezone()).date() if at else None


def _known(proof: DisclosureProof, by: User, disclosure: MonthlyDisclosure) -> Recorded:
    if proof.recorded_by_id != by.pk or proof.disclosure_id != disclosure.pk:
        raise CannotRecordProof("token_of_other", "这张表单已用于另一条凭证，请重新打开登记页面填写。")
    return Recorded(proof, is_new=False)


def _refuse(objection: Objection | None, refused: type[Refusal]) -> None:
    if objection:
        raise refused(objection.code, objection.sentence, field=objection.field)


def _keep(proof: DisclosureProof, photos: Sequence[bytes], *, now: datetime) -> None:
    found = {hashlib.sha256(one).hexdigest(): one for one in photos}
    ProofPhoto.objects.bulk_create(
        ProofPhoto(
            proof=proof, sha256=key, sealed=seal_bytes(one, purpose=PURPOSE), added_at=now,
            fingerprint=difference_hash(one),
        )
        for key, one in found.items()
    )  # fmt: skip


def _flag_twins(proof: DisclosureProof, *, bits: int) -> None:
    if run(_FIND_TWINS, {"proof": proof.pk, "bits": bits, "most": _MOST_TWINS}):
        proof.state = ProofState.FLAGGED
        proof.save(update_fields=["state"])


def _settle(
    proof: DisclosureProof, state: ProofState, words: str, *, by: User, now: datetime, refused: type[Refusal]
) -> None:
    said = tidy(words)[:200]
    if not said:
        ask = "请写明核定意见。" if refused is CannotDecideProof else "请写明撤回的原因。"
        raise refused("no_words", ask, field="words")
    proof.state, proof.decision, proof.decided_by, proof.decided_at = state, said, by, now
    proof.save(update_fields=["state", "decision", "decided_by", "decided_at"])
