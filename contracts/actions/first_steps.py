"""The last two steps of a signing visit: material handed out, the health record looked up and completed (S1-30)."""

from collections.abc import Collection
from datetime import date

from contracts.actions.fulfilling import Done, fulfill
from contracts.choices import ProofKind
from contracts.models import Agreement, PackageItem
from contracts.queries.promised import ticked_at_signing
from teams.models import User


def note_first_steps(
    *, by: User, on: date, agreement: Agreement, handed: Collection[int], recorded: Collection[int]
) -> int:
    """Write down what was done on the day of signing; how many rows are new.

    Counted is what a package promises for the first week: a leaflet handed out today is not the guidance of the whole
    year. Running it again for the same agreement changes nothing.

    Args:
        handed: ids of residents who were given their material.
        recorded: ids of residents whose health record was looked up and completed, or made.
    """
    first_week = PackageItem.objects.filter(package__agreements=agreement, is_first_week=True)
    due = set(first_week.values_list("item", flat=True))
    people: dict[int | None, int] = dict(agreement.enrollments.values_list("pk", "resident_id"))
    ticked = {ProofKind.HANDOUT: set(handed), ProofKind.HEALTH_RECORD: set(recorded)}
    facts = [
        Done(
            agreement=agreement.pk,
            enrollment=enrollment,
            item=item.pk,
            done_on=agreement.signed_on,
            proof=ProofKind(item.proof),
            key=f"signing:{agreement.pk}",
            note="签约时完成",
        )
        for enrollment, item in ticked_at_signing(agreement)
        if item.pk in due and people.get(enrollment) in ticked.get(ProofKind(item.proof), set())
    ]
    return fulfill(by=by, on=on, facts=facts) if facts else 0
