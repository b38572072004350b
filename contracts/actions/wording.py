"""New versions of the agreement's wording; what was signed under an old one keeps it."""

from datetime import date

from django.db import transaction
from django.db.models import Max

from contracts.choices import DocumentKind
from contracts.models import AgreementTemplate
from contracts.printing.placeholders import object_to_text
from core.refusals import Refusal
from teams.models import User


class CannotPublish(Refusal):
    """This wording may not come into force like this."""


def publish_template(
    *, kind: str, title: str, body: str, in_force_from: date, by: User, on: date
) -> AgreementTemplate:
    """The next version of a document's wording; agreements signed before that day keep theirs.

    Raises:
        CannotPublish: in force before today or before the version it follows, too long, a placeholder that this kind
            of document does not know.
    """
    for field, text in (("title", title), ("body", body)):
        objection = object_to_text(DocumentKind(kind), text)
        if objection:
            raise CannotPublish("bad_text", objection, field=field)
    if in_force_from < on:
        raise CannotPublish("in_force_in_past", "生效日期不能早于今天。", field="in_force_from")
    with transaction.atomic():
        earlier = AgreementTemplate.objects.filter(kind=kind)
        newest = earlier.aggregate(version=Max("version"), day=Max("in_force_from"))
        if newest["day"] and in_force_from < newest["day"]:
            sentence = f"生效日期不能早于上一版的生效日期 {newest['day']}。"
            raise CannotPublish("in_force_before_last", sentence, field="in_force_from")
        return AgreementTemplate.objects.create(
            kind=kind,
            version=(newest["version"] or 0) + 1,
            title=title,
            body=body,
            in_force_from=in_force_from,
        )
