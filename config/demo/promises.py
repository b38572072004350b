"""What the demonstration's agreements promise: packages of each person, the family menu, courses of treatment."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from config.demo.agreements import Deed
from config.demo.families import COURSES
from config.demo.registry import Entry
from contracts.choices import AgreementKind, PackageKind
from contracts.models import PackageItem, ServicePackage
from contracts.queries.packages import packages_offered, suits_of
from contracts.rules.packages import Case, object_to_package
from residents.choices import Population

PRICE, FUND, INSURANCE, OWN = Decimal(280), Decimal(0), Decimal(168), Decimal(112)


def offer_courses(since: date) -> None:
    """The courses that ship as drafts, with a price and who bears it, as an institution would fill them in."""
    drafts = ServicePackage.objects.filter(owner=None, code__in=[code for code, _, _ in COURSES])
    drafts.filter(is_enabled=False).update(
        is_enabled=True,
        valid_from=since,
        price_yuan=PRICE,
        fund_yuan=FUND,
        insurance_yuan=INSURANCE,
        individual_yuan=OWN,
        remark="演示价格",
    )


class Promised:
    """Whose packages they are, as ``write_promises`` would say."""

    def __init__(
        self, deeds: Sequence[Deed], kinds_of: Callable[[Entry], Sequence[Population]], on: date
    ) -> None:
        self._deeds, self._kinds_of = deeds, kinds_of
        offered = packages_offered(on=on, kind=None, sees_restricted=True)
        self._suits = [(one, suits_of(one)) for one in offered if one.is_suggested]
        self._courses = {one.code: one.pk for one in offered if one.kind == PackageKind.DISEASE_COURSE}
        self._menu = next((one.pk for one in offered if one.kind == PackageKind.FAMILY_MENU), None)
        self._dishes = list(
            PackageItem.objects.filter(package=self._menu).in_order().values_list("pk", flat=True)
        )
        self._known: dict[int, tuple[int, ...]] = {}

    def packages(self) -> Iterator[tuple[int, int]]:
        """What stands on each agreement."""
        for deed in self._deeds:
            for package in dict.fromkeys(pk for one in deed.covered for pk in self._own(deed, one)):
                yield deed.id, package
            if deed.menu and self._menu:
                yield deed.id, self._menu

    def own_packages(
        self, enrollments: Iterable[int], places: Iterable[tuple[Deed, int]]
    ) -> Iterator[tuple[int, int]]:
        """What is each person's own."""
        for enrollment, (deed, place) in zip(enrollments, places, strict=True):
            for package in self._own(deed, deed.covered[place]):
                yield enrollment, package

    def chosen(self) -> Iterator[tuple[int, int]]:
        """What was chosen from the family menu."""
        for deed in self._deeds:
            for place in deed.menu if self._menu else ():
                if place < len(self._dishes):
                    yield deed.id, self._dishes[place]

    def _own(self, deed: Deed, entry: Entry) -> tuple[int, ...]:
        if deed.kind == AgreementKind.SUPPLEMENTARY:
            return (self._courses[deed.course],)
        if entry.id not in self._known:
            case = Case(populations=set(self._kinds_of(entry)))
            fit = (one.pk for one, suits in self._suits if object_to_package(one.name, suits, case) is None)
            self._known[entry.id] = tuple(fit)
        return self._known[entry.id]
