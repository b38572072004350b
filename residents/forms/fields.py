"""Fields that several forms share."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from core.text import clean
from grids.models import Grid
from residents.choices import IdKind
from residents.models import Household
from residents.queries import place_of
from teams.models import User

MOST_OPTIONS = 300  # more than that is no list to choose from


class GridChoice(forms.ModelChoiceField):
    """A grid in the reader's scope, told with its village."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Grid.objects.none(), **{"label": "网格", "empty_label": "请选择网格"} | kwargs
        )

    def label_from_instance(self, obj: Grid) -> str:
        return place_of(obj)


def grids_for(user: User, on: Any) -> QuerySet[Grid]:
    return Grid.objects.visible_to(user).open_on(on).select_related("village__parent").order_by("code")


NO_SUCH_NUMBER = "您的管辖范围内没有这个家庭编号，请核对。"


def household_by_number(user: User, typed: str) -> Household | None:
    """The household in one's scope that a number stands for today, also after a merge."""
    number = clean(typed).upper()
    if not number:
        return None
    return Household.objects.visible_to(user).numbered(number).select_related("grid").first()


def phone_field(**kwargs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    return forms.CharField(
        **{"label": "联系电话", "required": False, "max_length": 30, "widget": widget} | kwargs
    )


def number_field(**kwargs: Any) -> forms.CharField:
    widget = forms.TextInput(
        attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
    )
    return forms.CharField(
        **{"label": "证件号码", "required": False, "max_length": 40, "widget": widget} | kwargs
    )


# What the registry page offers; the other kinds come only with old data.
ID_KINDS = [
    (one.value, one.label)
    for one in (
        IdKind.ID_CARD,
        IdKind.RESIDENCE_PERMIT,
        IdKind.HK_MACAU_PERMIT,
        IdKind.TAIWAN_PERMIT,
        IdKind.FOREIGN_PERMANENT,
        IdKind.PASSPORT,
        IdKind.OFFICER,
        IdKind.HOUSEHOLD_BOOK,
        IdKind.BIRTH_CERTIFICATE,
        IdKind.MOTHERS_NUMBER,
        IdKind.TEMPORARY,
        IdKind.OTHER,
        IdKind.NONE,
    )
]
