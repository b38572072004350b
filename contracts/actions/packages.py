"""Services and packages: drafted, filled, published from a day on, withdrawn; what was signed keeps its version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max

from contracts.choices import Frequency
from contracts.models import PackageItem, ServiceItem, ServicePackage
from contracts.rules import Objection
from contracts.rules import packages as rules
from core.constraints import refuse_on
from core.dates import chinese_date
from core.refusals import Refusal
from teams.models import Institution, User

# What a new version takes over from the one it follows.
COPIED = (
    "name", "kind", "tier", "intro", "items", "populations", "is_suggested", "elder_colors", "cardio_colors",
    "course_days", "price_yuan", "discount_yuan", "fund_yuan", "insurance_yuan", "individual_yuan", "is_fixed_price",
    "waives_registration_fee", "remark", "source",
)  # fmt: skip


class CannotKeepPackage(Refusal):
    """This package or service may not stand, change or begin like this."""


def _refuse(objection: Objection | None) -> None:
    if objection:
        raise CannotKeepPackage(objection.code, objection.sentence, field=objection.field)


def keep_item(*, item: ServiceItem, by: User, on: date) -> ServiceItem:
    """Store a new or corrected service of the catalog.

    Raises:
        CannotKeepPackage: the code is taken, a price is impossible, or it would stand above its own parent.
    """
    if item.parent and item.parent.level >= item.level:
        raise CannotKeepPackage("parent_level", "上级项目的层级须高于本项目，请重选。", field="parent")
    with refuse_on(
        ServiceItem, CannotKeepPackage, service_item_code_unique="code", service_item_price="price_yuan"
    ):
        item.save()
    return item


def keep_package(*, package: ServicePackage, by: User, on: date) -> ServicePackage:
    """Store a new package as a draft, or correct one that nobody signed.

    Raises:
        CannotKeepPackage: that version exists, the payers do not add up, or days and course do not fit.
    """
    if package.pk is None:
        package.is_enabled, package.valid_from = False, None
    with refuse_on(
        ServicePackage,
        CannotKeepPackage,
        package_version_unique="code",
        package_payers_add_up="individual_yuan",
        package_prices_not_negative="price_yuan",
        package_course_has_days="course_days",
        package_ends_after_start="valid_until",
    ):
        package.save()
    return package


@dataclass(frozen=True)
class Row:
    """One service to stand in a package; rows are kept in the order given."""

    item: ServiceItem
    frequency: str
    times: int | None
    is_required: bool = True
    is_first_week: bool = False


def set_contents(*, package: ServicePackage, rows: Sequence[Row], by: User, on: date) -> ServicePackage:
    """Put exactly these services into a package, and write the wording that is printed.

    Raises:
        CannotKeepPackage: it stands in a signed agreement, or a service is named twice.
    """
    if len({one.item.pk for one in rows}) != len(rows):
        raise CannotKeepPackage("item_twice", "同一服务项目在一个服务包里只能列一次。")
    with transaction.atomic():
        locked = ServicePackage.objects.select_for_update().get(pk=package.pk)
        if ServicePackage.objects.signed().filter(pk=locked.pk).exists():
            raise CannotKeepPackage(
                "package_signed", "该版本已有协议使用，内容不能改；请建立新版本，修改后启用。"
            )
        locked.contents.all().delete()
        PackageItem.objects.bulk_create(
            PackageItem(
                package=locked,
                item=row.item,
                frequency=row.frequency,
                times=row.times,
                is_required=row.is_required,
                is_first_week=row.is_first_week,
                position=place,
            )
            for place, row in enumerate(rows, 1)
        )
        package.items = locked.items = wording_of(rows)
        locked.save(update_fields=["items"])
    return package


def wording_of(rows: Sequence[Row]) -> str:
    return rules.printed(
        rules.Content(
            row.item.name, Frequency(row.frequency), row.times, row.item.description, row.is_required
        )
        for row in rows
    )


def draft_package_version(
    *, package: ServicePackage, by: User, on: date, owner: Institution | None = None
) -> ServicePackage:
    """The next version of a package, copied and not yet offered: to be edited, then published.

    Args:
        owner: whose package the copy shall be; None leaves it where it is. An institution's own package stands in for
            the district's of the same code.
    """
    whose = owner or package.owner
    with transaction.atomic():
        ServicePackage.objects.select_for_update().get(pk=package.pk)
        same = ServicePackage.objects.filter(code=package.code, owner=whose)
        newest = same.aggregate(version=Max("version"))["version"] or 0
        made = ServicePackage.objects.create(
            code=package.code,
            owner=whose,
            version=newest + 1,
            is_enabled=False,
            **{name: getattr(package, name) for name in COPIED},
        )
        PackageItem.objects.bulk_create(
            PackageItem(
                package=made,
                item_id=one.item_id,
                frequency=one.frequency,
                times=one.times,
                is_required=one.is_required,
                is_first_week=one.is_first_week,
                position=one.position,
            )
            for one in package.contents.all()
        )
        made.labels.set(package.labels.all())
    return made


def publish_package(*, package: ServicePackage, valid_from: date, by: User, on: date) -> ServicePackage:
    """Offer a version from a day on; from then it replaces the version before it. Signed agreements keep theirs.

    Raises:
        CannotKeepPackage: it is empty, begins in the past or before its last version, or a newer version has begun.
    """
    with transaction.atomic():
        locked = ServicePackage.objects.select_for_update().get(pk=package.pk)
        series = ServicePackage.objects.filter(code=locked.code, owner=locked.owner_id).exclude(pk=locked.pk)
        if series.filter(version__gt=locked.version, valid_from__isnull=False).exists():
            raise CannotKeepPackage(
                "newer_published", "已有更新的版本启用，请从最新版本建立新版本。", field="valid_from"
            )
        last = series.filter(version__lt=locked.version).aggregate(day=Max("valid_from"))["day"]
        _refuse(
            rules.object_to_publish(
                has_contents=bool(locked.items.strip()),
                valid_from_past=valid_from < on,
                before_last=chinese_date(last) if last and valid_from < last else "",
            )
        )
        locked.valid_from, locked.is_enabled = valid_from, True
        with refuse_on(ServicePackage, CannotKeepPackage, package_ends_after_start="valid_from"):
            locked.save(update_fields=["valid_from", "is_enabled"])
    return locked


def withdraw_package(*, package: ServicePackage, by: User, on: date) -> ServicePackage:
    """Offer a version no longer. One that has not begun becomes a draft again, and its predecessor goes on.

    Raises:
        CannotKeepPackage: it is not offered.
    """
    with transaction.atomic():
        locked = ServicePackage.objects.select_for_update().get(pk=package.pk)
        if not locked.is_enabled:
            raise CannotKeepPackage("not_offered", "该版本没有启用，不需要停用。")
        locked.is_enabled = False
        if locked.valid_from and locked.valid_from > on:
            locked.valid_from = None
        locked.save(update_fields=["valid_from", "is_enabled"])
    return locked
