"""New versions of packages and of the agreement's wording; what was signed under an old one keeps it."""

from datetime import date

from django.db import transaction
from django.db.models import Max

from contracts.models import AgreementTemplate, ServicePackage
from core.constraints import refuse_on
from core.refusals import Refusal
from teams.models import User


class CannotPublish(Refusal):
    """This wording may not come into force like this."""


def keep_package(*, package: ServicePackage, by: User, on: date) -> ServicePackage:
    """Store a new or corrected package; one version of a package is offered at a time.

    Raises:
        CannotPublish: that version exists, or another version is still offered.
    """
    with refuse_on(
        ServicePackage,
        CannotPublish,
        package_version_unique="code",
        one_enabled_version_per_package="is_enabled",
    ):
        package.save()
    return package


def draft_package_version(*, package: ServicePackage, by: User, on: date) -> ServicePackage:
    """The next version of a package, copied and not yet offered: to be edited, then enabled."""
    with transaction.atomic():
        versions = ServicePackage.objects.select_for_update().filter(code=package.code)
        newest = max(one.version for one in versions)
        return ServicePackage.objects.create(
            code=package.code,
            version=newest + 1,
            name=package.name,
            kind=package.kind,
            items=package.items,
            populations=package.populations,
            price_yuan=package.price_yuan,
            source=package.source,
            is_enabled=False,
        )


def publish_template(
    *, kind: str, title: str, body: str, in_force_from: date, by: User, on: date
) -> AgreementTemplate:
    """The next version of an agreement's wording; agreements signed before that day keep theirs.

    Raises:
        CannotPublish: in force before today, or before the version it follows.
    """
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
