"""What the demonstration's teams did of what they promised: most of it, never all; and what residents objected to."""

import re
from datetime import date

from contracts.actions import raise_dispute
from contracts.choices import AgreementState, PackageKind
from contracts.models import Agreement
from contracts.queries.promised import PROMISED
from contracts.rules.fulfillment import BY_HAND
from core.sql import run

# A quarter's contacts, and what is given once: nine times of ten in time, told by the row's own number, so that the
# same district comes out the same each time. Only what people write down by hand: other proofs are records of work.
_DONE = f"""
    INSERT INTO contracts_fulfillment
        (agreement_id, enrollment_id, item_id, done_on, proof, key, note, recorded_by_id, recorded_at, withdrawn_note)
    SELECT promise.agreement_id, promise.id, promise.item_id, day::date, item.proof, 'hand:demo-' || day::date, '',
        agreement.doctor_id, now(), ''
    FROM ({PROMISED}) AS promise
    JOIN contracts_agreement AS agreement ON agreement.id = promise.agreement_id
    JOIN contracts_serviceitem AS item ON item.id = promise.item_id AND item.proof = ANY(%(proofs)s)
    LEFT JOIN contracts_enrollment AS person ON person.id = promise.id
    CROSS JOIN LATERAL generate_series(
        agreement.starts_on + 5,
        least(%(on)s::date, coalesce(person.ends_on, agreement.ends_on)),
        CASE item.proof WHEN 'contact' THEN interval '3 months' ELSE interval '3 years' END) AS day
    WHERE mod(promise.agreement_id * 7 + promise.item_id * 3 + extract(month FROM day)::int, 10) <> 0
        AND day::date >= coalesce(person.starts_on, agreement.starts_on)
    ON CONFLICT DO NOTHING
"""  # noqa: S608  # only the text of the query
_NAME = re.compile(r"%\((\w+)\)s")
OBJECTIONS = (
    ("我没有签过这份协议", "我一直在外地，没有见过这位医生。"),
    ("签过，但内容不对", "我没有要家庭服务包。"),
    ("说好的服务没有做", "今年还没有人联系过我。"),
)


def write_fulfilled(on: date) -> list[str]:
    """Services of the agreements in force, and three objections; figures for the report."""
    running = Agreement.objects.filter(state=AgreementState.ACTIVE)
    ids = list(running.values_list("pk", flat=True))
    values = {"ids": ids, "menu": PackageKind.FAMILY_MENU, "on": on, "proofs": [str(one) for one in BY_HAND]}
    # Whatever runs while triggers are ignored takes its values by place, not by name.
    count = run(_NAME.sub("%s", _DONE), [values[name] for name in _NAME.findall(_DONE)])
    chosen = running.order_by("team", "-signed_on", "pk").distinct("team")[: len(OBJECTIONS)]
    for agreement, (complaint, text) in zip(chosen, OBJECTIONS, strict=False):
        raise_dispute(on=on, agreement=agreement, complaint=complaint, text=text)
    return [f"{count} 次服务", f"{len(OBJECTIONS)} 条异议"]
