"""Agreements, reached by signing; the wording that ships; a drawn signature."""

import base64
import datetime as dt
import uuid
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.apps import apps
from PIL import Image, ImageDraw

from contracts.actions import (
    Joining,
    SignedBy,
    keep_package,
    publish_package,
    set_contents,
    sign,
    sign_household,
    sign_supplement,
)
from contracts.actions.packages import Row
from contracts.catalog import load_catalog
from contracts.choices import ConsentWay, PackageKind, SignChannel, SignerParty, SignMode
from contracts.models import Agreement, AgreementTemplate, PackageItem, ServiceItem, ServicePackage
from contracts.wording import load_wording
from core.dates import age_on
from grids.models import Grid
from residents.choices import LifeStatus, Relation, Sex
from residents.models import Household, Resident
from residents.policy import policy_on as residents_policy_on
from teams.models import Team, User
from tests.factories.residents import HouseholdFactory, ResidentFactory

NOON = dt.time(12, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def ensure_wording() -> None:
    """Tests with real transactions empty every table, the shipped wording too."""
    if PackageItem.objects.exists():
        return
    load_wording(AgreementTemplate, ServicePackage)
    load_catalog(lambda name: apps.get_model("contracts", name))


def package(code: str = "basic", on: dt.date = dt.date(2026, 11, 22)) -> ServicePackage:
    """The district's package of that code on offer on a day."""
    return ServicePackage.objects.offered_on(on).get(code=code, owner=None)


def offered_course(code: str = "course_tcm_pain", *, by: User, on: dt.date) -> ServicePackage:
    """A shipped course of treatment (14 days), published by an institution that filled in its price."""
    found = ServicePackage.objects.get(code=code, owner=None)
    return found if found.is_enabled else publish_package(package=found, valid_from=on, by=by, on=on)


def draft_package(
    code: str = "own", *, by: User, items: Sequence[str] = ("regular_contact",), **facts: Any
) -> ServicePackage:
    """A package not yet offered, each of its services twice a year."""
    made = ServicePackage(**{"code": code, "name": "自拟服务包", "kind": PackageKind.KEY_POPULATION} | facts)
    keep_package(package=made, by=by, on=dt.date(2026, 11, 22))
    rows = [Row(ServiceItem.objects.get(code=one, owner=None), "year", 2) for one in items]
    return set_contents(package=made, rows=rows, by=by, on=dt.date(2026, 11, 22))


def png(width: int = 300, height: int = 120, *, ink: bool = True, mode: str = "RGBA") -> bytes:
    """A signature as a canvas gives it: black strokes on nothing."""
    blank: Any = (0, 0, 0, 0) if mode == "RGBA" else "white"
    image = Image.new(mode, (width, height), blank)
    if ink:
        draw = ImageDraw.Draw(image)
        black: Any = (0, 0, 0, 255) if mode == "RGBA" else 0
        draw.line([(20, 60), (90, 20), (140, 100), (260, 40)], fill=black, width=4)
    kept = BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def data_url(raw: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(raw).decode()


def both_signatures(
    resident: Resident, doctor: User, *, party: SignerParty = SignerParty.RESIDENT, guardian: str = ""
) -> list[SignedBy]:
    own = SignedBy(party, guardian or resident.name, png(), relation="父亲" if guardian else "")
    return [own, SignedBy(SignerParty.DOCTOR, doctor.name, png())]


def sign_agreement(
    resident: Resident, team: Team, doctor: User, *, on: dt.date, by: User | None = None, **changes: Any
) -> Agreement:
    """An individual agreement signed on a day, as the form would send it; ``changes`` override what is sent."""
    ensure_wording()
    asked = {
        "by": by or doctor,
        "on": on,
        "now": dt.datetime.combine(on, NOON),
        "resident": resident,
        "team": team,
        "doctor": doctor,
        "term_years": 1,
        "starts_on": on,
        "signed_on": on,
        "channel": SignChannel.CLINIC_VISIT,
        "mode": SignMode.ELECTRONIC,
        "packages": [package()],
        "signatures": both_signatures(resident, doctor),
        "client_token": uuid.uuid4(),
        "ip": "127.0.0.1",
    }
    return sign(**asked | changes)


def family(grid: Grid, *, child: bool = True, born_on: dt.date = dt.date(1985, 3, 1)) -> Household:
    """A man (the head), his wife, and their son of six."""
    home = HouseholdFactory(grid=grid)
    common = {"household": home, "grid": grid}
    ResidentFactory(name="王建国", born_on=born_on, **common)
    ResidentFactory(name="李秀英", born_on=born_on, sex=Sex.FEMALE, relation=Relation.WIFE, **common)
    if child:
        ResidentFactory(name="王小明", born_on=dt.date(2020, 5, 1), relation=Relation.SON, **common)
    return home


def joining(resident: Resident, on: dt.date, **changes: Any) -> Joining:
    """How somebody joins: a child by his father, anybody else by his own signature."""
    minor = resident.born_on and age_on(resident.born_on, on) < residents_policy_on(on).minor_age
    own = {"consent": ConsentWay.SIGNED, "signature": png(280)}
    ward = {"consent": ConsentWay.GUARDIAN, "guardian_name": "王建国", "guardian_relation": "父亲"}
    return Joining(resident, **(ward if minor else own) | changes)


def household_signed(
    household: Household, team: Team, doctor: User, *, on: dt.date, by: User | None = None, **changes: Any
) -> Agreement:
    """A household agreement with everybody present, the head representing them; ``changes`` override what is sent."""
    ensure_wording()
    present = household.members.filter(life_status=LifeStatus.PRESENT)
    people = list(present.order_by("relation", "born_on"))
    representative = changes.get("representative") or people[0]
    asked = {
        "by": by or doctor,
        "on": on,
        "now": dt.datetime.combine(on, NOON),
        "household": household,
        "representative": representative,
        "members": [joining(one, on) for one in people],
        "team": team,
        "doctor": doctor,
        "signatory": "team",
        "term_years": 1,
        "starts_on": on,
        "signed_on": on,
        "channel": SignChannel.HOME_VISIT_WEEKLY,
        "mode": SignMode.ELECTRONIC,
        "packages": [package(on=on)],
        "chosen": [],
        "signatures": both_signatures(representative, doctor),
        "evidence": [],
        "client_token": uuid.uuid4(),
        "ip": "127.0.0.1",
    }
    return sign_household(**asked | changes)


def supplement_signed(
    parent: Agreement,
    resident: Resident,
    doctor: User,
    *,
    on: dt.date,
    by: User | None = None,
    **changes: Any,
) -> Agreement:
    """A course of treatment under a main agreement, as long as its package says; ``changes`` override what is sent."""
    ensure_wording()
    packages = changes.get("packages", [offered_course(by=doctor, on=on)])
    asked = {
        "by": by or doctor,
        "on": on,
        "now": dt.datetime.combine(on, NOON),
        "parent": parent,
        "resident": resident,
        "disease": "腰痛",
        "packages": packages,
        "chosen": [],
        "starts_on": on,
        "days": packages[0].course_days if packages else 0,
        "signed_on": on,
        "doctor": doctor,
        "channel": SignChannel.CLINIC_VISIT,
        "mode": SignMode.ELECTRONIC,
        "signatures": both_signatures(resident, doctor),
        "evidence": [],
        "client_token": uuid.uuid4(),
        "ip": "127.0.0.1",
    }
    return sign_supplement(**asked | changes)
