"""Agreements, reached by signing; the wording that ships; a drawn signature."""

import base64
import datetime as dt
import uuid
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.apps import apps
from PIL import Image, ImageDraw

from contracts.actions import SignedBy, keep_package, set_contents, sign
from contracts.actions.packages import Row
from contracts.catalog import load_catalog
from contracts.choices import PackageKind, SignChannel, SignerParty, SignMode
from contracts.models import Agreement, AgreementTemplate, PackageItem, ServiceItem, ServicePackage
from contracts.wording import load_wording
from residents.models import Resident
from teams.models import Team, User

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
