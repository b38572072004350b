"""What the tests of the registry ask again and again."""

import datetime as dt
import re

from django.urls import reverse

from residents import actions
from residents.choices import IdKind, Sex
from residents.models import PopulationFlag, ResidentEvent
from tests.factories.residents import id_number
from tests.residents.conftest import POLICY, TODAY

DAY = dt.timedelta(days=1)
NUMBER = id_number(dt.date(1960, 1, 1), 300, Sex.FEMALE)
FRAME = 7  # of the page's frame: session, user, session rules, two for the roles, institution in the page head, unread


def kinds_of(resident) -> set[str]:
    return set(PopulationFlag.objects.running().filter(resident=resident).values_list("kind", flat=True))


def events_of(resident) -> list[str]:
    return list(ResidentEvent.objects.filter(resident=resident).order_by("pk").values_list("kind", flat=True))


def register(cast, district, **facts):
    given = {
        "name": "林桂芳", "id_kind": IdKind.ID_CARD, "id_number": NUMBER, "grid": district.grid_a, "policy": POLICY,
        "by": cast.li, "on": TODAY,
    }  # fmt: skip
    return actions.register_resident(**given | facts)


def post(client, page, *args, **data):
    return client.post(reverse(page, args=args), data)


def text_of(response) -> str:
    return response.content.decode()


def assert_no_digits_of(person, html: str) -> None:
    """No part of the identity number, however short it is cut, beside the birth year which is shown on purpose.

    Household numbers and addresses of pages count through all digits, so four of them may be anybody's.
    """
    number_, html = person.id_number, re.sub(r"F\d{5}\b|/\d+(?=[/\"?])", "", html)
    for at in range(len(number_) - 5):
        assert number_[at : at + 6] not in html
    assert number_[-4:] not in html


def story_of(household) -> list[tuple[str, str]]:
    """What a household's page tells, the latest first."""
    return list(household.events.order_by("-pk").values_list("kind", "note"))
