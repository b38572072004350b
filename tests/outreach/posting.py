"""Issues on their way to being posted, through the actions; pictures to prove it."""

import datetime as dt
import uuid
from io import BytesIO

from PIL import Image, ImageDraw

from contracts.pictures import read_picture
from outreach.actions.disclosures import confirm, edit_items, publish
from outreach.actions.drafting_disclosures import draft_month
from outreach.actions.proofs import record_proof
from outreach.choices import DisclosureChannel, ItemState
from outreach.models import DisclosureProof, MonthlyDisclosure
from outreach.policy import OutreachPolicy
from outreach.rules.disclosures import Entry

POLICY = OutreachPolicy()
BOARD, GROUP = DisclosureChannel.NOTICE_BOARD, DisclosureChannel.WECHAT_GROUP


def ten(day: dt.date) -> dt.datetime:
    """Ten in the morning in Shanghai."""
    return dt.datetime.combine(day, dt.time(2), tzinfo=dt.UTC)


def drafted(team, day: dt.date, policy: OutreachPolicy = POLICY) -> MonthlyDisclosure:
    """The issue of a team, or of its institution, for the month of a day, made on that day."""
    draft_month(on=day, now=ten(day), policy=policy, month=day)
    issues = MonthlyDisclosure.objects.filter(month=day.replace(day=1), institution=team.institution)
    return issues.filter(team=team).first() or issues.get(team=None)


def confirmed(team, day: dt.date, *, by, policy: OutreachPolicy = POLICY) -> MonthlyDisclosure:
    issue = drafted(team, day, policy)
    entries = {one.number: Entry(ItemState.NOTHING, "") for one in issue.items.filter(state=ItemState.GAP)}
    edit_items(by=by, now=ten(day), disclosure=issue, seen=_last(issue), entries=entries)
    return confirm(by=by, now=ten(day), policy=policy, disclosure=issue, seen=_last(issue))


def published(team, day: dt.date, *, by, steward, policy: OutreachPolicy = POLICY) -> MonthlyDisclosure:
    issue = confirmed(team, day, by=by, policy=policy)
    return publish(by=steward, now=ten(day), disclosure=issue, seen=_last(issue))


def _last(issue: MonthlyDisclosure) -> int:
    return issue.versions.order_by("-number").values_list("number", flat=True)[0]


def photo(seed: int = 0, *, size: tuple[int, int] = (400, 300), quality: int = 90) -> bytes:
    """A file as a telephone sends it: a pattern of its own for each seed."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    wide, high = size[0] / 9, size[1] / 8
    for row in range(8):
        for column in range(9):
            shade = (row * 57 + column * 101 + seed * 7919 * (row + 3) * (column + 5)) % 251
            draw.rectangle(
                [column * wide, row * high, (column + 1) * wide, (row + 1) * high], fill=(shade,) * 3
            )
    kept = BytesIO()
    image.save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def picture(seed: int = 0, **kwargs) -> bytes:
    """As the form hands it on."""
    return read_picture(photo(seed, **kwargs), max_bytes=10**7, max_pixels=10**8, side=800)


def post(issue: MonthlyDisclosure, *, by, day: dt.date, **given) -> DisclosureProof:
    """Recorded on the day of the posting unless ``on`` says when."""
    on = given.pop("on", day)
    values = {
        "policy": POLICY, "channel": BOARD, "place": "东北村社区一号公示栏", "photos": [picture()],
        "client_token": uuid.uuid4(),
    }  # fmt: skip
    return record_proof(by=by, on=on, now=ten(on), disclosure=issue, posted_on=day, **values | given).proof
