"""That issues were posted: two or three kinds of channel for most, one or a late one for some, and a photo used twice."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone
from PIL import Image, ImageDraw

from config.demo.accounts import by_role
from config.demo.chance import Weighted
from core.crypto import seal_bytes
from outreach.choices import DisclosureChannel, DisclosureState, ProofState
from outreach.disclosures.base import Month
from outreach.models import DisclosureProof, PhotoTwin, ProofPhoto
from outreach.policy import OutreachPolicy
from outreach.queries.proofs import PURPOSE
from outreach.rules.fingerprints import difference_hash
from teams.choices import Role

if TYPE_CHECKING:
    from config.demo.disclosures import Issue

C = DisclosureChannel
KINDS = Weighted([(3, 36), (2, 46), (1, 14), (0, 4)])
CHANNELS = (C.WECHAT_GROUP, C.NOTICE_BOARD, C.LIFT_SCREEN, C.SERVICE_ACCOUNT, C.BROADCAST)
PLACES = {
    C.WECHAT_GROUP: "{}居民群", C.NOTICE_BOARD: "{}公示栏", C.LIFT_SCREEN: "{}电梯屏",
    C.SERVICE_ACCOUNT: "机构服务号", C.BROADCAST: "{}广播",
}  # fmt: skip
REFUSED, LATE = 0.04, 0.08
_WIDE, _HIGH = 288, 216  # pixels
_COLUMNS, _ROWS = 9, 8  # tiles of the wall: their shades keep the pictures apart
_RED, _PAPER, _INK = (178, 34, 34), (252, 250, 244), (120, 120, 120)
_DAY = timedelta(days=1)


def write_postings(chance: Random, issues: Sequence["Issue"], *, policy: OutreachPolicy, on: date) -> int:
    """Proofs of what was published, each with a small drawn photo; how many."""
    proofs: list[tuple[DisclosureProof, bytes]] = []
    for issue in issues:
        if issue.row.state == DisclosureState.PUBLISHED:
            proofs += _postings(chance, issue, policy, on)
    twins = _used_twice(proofs)
    DisclosureProof.objects.bulk_create([proof for proof, _ in proofs], batch_size=1000)
    photos = ProofPhoto.objects.bulk_create([_photo(proof, jpeg) for proof, jpeg in proofs], batch_size=200)
    PhotoTwin.objects.bulk_create(
        PhotoTwin(later=photos[later], earlier=photos[earlier], distance=0) for later, earlier in twins
    )
    return len(proofs)


def _postings(
    chance: Random, issue: "Issue", policy: OutreachPolicy, on: date
) -> list[tuple[DisclosureProof, bytes]]:
    """Of one issue; whoever is shown in the demonstration has done all of it."""
    is_shown = issue.leader.username == by_role(Role.TEAM_LEADER).login
    kinds = 3 if is_shown else KINDS.draw(chance)
    published = timezone.localtime(issue.row.published_at).date()
    is_late = chance.random() < LATE and not is_shown
    grid = issue.crew.grids[0] if issue.crew else None
    village = grid.village.name if grid else issue.row.institution.name
    found = []
    for channel in sorted(chance.sample(CHANNELS[:4], kinds), key=CHANNELS.index):
        posted_on = published + (policy.disclosure_due_day if is_late else chance.randint(0, 2)) * _DAY
        if posted_on > min(on, Month(issue.row.month).last):
            continue
        users = issue.crew.users if issue.crew else (issue.leader,)
        proof = DisclosureProof(
            disclosure=issue.row, channel=channel, place=PLACES[channel].format(village), posted_on=posted_on,
            recorded_by=chance.choice(users), recorded_at=_at(posted_on, time(17, chance.randrange(60))),
            client_token=UUID(int=chance.getrandbits(128), version=4),
        )  # fmt: skip
        if chance.random() < REFUSED and not is_shown:
            proof.state, proof.decision = ProofState.REJECTED, "照片看不清内容，请重新拍照登记。"
            proof.decided_by, proof.decided_at = issue.steward, proof.recorded_at + 2 * _DAY
        found.append((proof, _picture(chance)))
    return found


def _used_twice(proofs: list[tuple[DisclosureProof, bytes]]) -> list[tuple[int, int]]:
    """The same file for the same notice board a month later; it waits for a decision. Places in the list."""
    earlier: dict[tuple[int | None, str], int] = {}
    for place, (proof, _) in enumerate(proofs):
        key = (proof.disclosure.team_id, proof.channel)
        seen = earlier.setdefault(key, place)
        is_other = proofs[seen][0].disclosure.month < proof.disclosure.month
        if proof.channel == C.NOTICE_BOARD and is_other and proof.state == ProofState.COUNTED:
            proof.state = ProofState.FLAGGED
            proofs[place] = (proof, proofs[seen][1])
            return [(place, seen)]
    return []


def _photo(proof: DisclosureProof, jpeg: bytes) -> ProofPhoto:
    return ProofPhoto(
        proof=proof, sealed=seal_bytes(jpeg, purpose=PURPOSE), sha256=sha256(jpeg).hexdigest(),
        fingerprint=difference_hash(jpeg), added_at=proof.recorded_at,
    )  # fmt: skip


def _picture(chance: Random) -> bytes:
    """A notice with its red heading on a tiled wall."""
    wall = Image.new("L", (_COLUMNS, _ROWS))
    wall.putdata([chance.randint(110, 235) for _ in range(_COLUMNS * _ROWS)])
    image = wall.resize((_WIDE, _HIGH), Image.Resampling.NEAREST).convert("RGB")
    pen = ImageDraw.Draw(image)
    left, top = chance.randint(90, 120), chance.randint(46, 66)
    right, bottom = left + 82, top + 112
    pen.rectangle((left, top, right, bottom), fill=_PAPER, outline=_INK)
    pen.rectangle((left + 6, top + 6, right - 6, top + 18), fill=_RED)
    for line in range(top + 28, bottom - 6, 8):
        pen.line((left + 8, line, right - 8 - chance.randrange(24), line), fill=_INK, width=2)
    kept = BytesIO()
    image.save(kept, "JPEG", quality=60)
    return kept.getvalue()


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())
