"""Agreements, reached by signing; the wording that ships; a drawn signature."""

import base64
import datetime as dt
import uuid
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from contracts.actions import SignedBy, sign
from contracts.choices import SignChannel, SignerParty, SignMode
from contracts.models import Agreement, AgreementTemplate, ServicePackage
from contracts.wording import load_wording
from residents.models import Resident
from teams.models import Team, User

NOON = dt.time(12, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def ensure_wording() -> None:
    """Tests with real transactions empty every table, the shipped wording too."""
    load_wording(AgreementTemplate, ServicePackage)


def package(code: str = "basic") -> ServicePackage:
    return ServicePackage.objects.get(code=code, is_enabled=True)


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
