"""Forms of seats at a service point: the resident's own, and that of who books for him."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms

from outreach.choices import BookingSource, PointService
from outreach.queries.bookings import OpenDay
from residents.forms.fields import phone_field

WEEKDAYS = "一二三四五六日"


class BookingFields(forms.Form):
    """Who comes and what for. ``token`` becomes that of the booking: sent again, it is the same booking."""

    name = forms.CharField(
        label="来看的人的姓名", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = phone_field(required=True, help_text="有变动时打这个电话告诉您。")
    services = forms.MultipleChoiceField(
        label="想做什么（可多选，可不选）",
        required=False,
        choices=PointService,
        widget=forms.CheckboxSelectMultiple,
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, offered: Sequence[str] = (), **kwargs: Any) -> None:
        """``offered``: what the point is equipped for; nothing said means everything may be asked for."""
        super().__init__(*args, **kwargs)
        shown = [one for one in PointService if not offered or one in offered]
        self.fields["services"].choices = [(one.value, one.label) for one in shown]  # type: ignore[attr-defined]


class StaffBookingForm(BookingFields):
    """By whom the telephone is answered, or who books for a resident on his page."""

    slot = forms.TypedChoiceField(label="时段", coerce=int)
    source = forms.ChoiceField(
        label="来源",
        choices=[(one.value, one.label) for one in (BookingSource.PHONE, BookingSource.STAFF)],
        initial=BookingSource.PHONE,
    )
    field_order = ("slot", "name", "phone", "services", "source", "token")

    def __init__(
        self,
        *args: Any,
        days: Sequence[OpenDay],
        known_name: str = "",
        has_phone: bool = False,
        **kwargs: Any,
    ) -> None:
        """``known_name``: of a registered resident, who is not typed again; ``has_phone``: nor is his number."""
        super().__init__(*args, **kwargs)
        self.fields["slot"].choices = [("", "请选择"), *slot_options(days)]  # type: ignore[attr-defined]
        if known_name:
            del self.fields["name"]
        if has_phone:
            self.fields["phone"].required = False
            self.fields["phone"].help_text = "不填就用登记的电话。"


def slot_options(days: Sequence[OpenDay]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Free slots, grouped by visit: 11月24日 周二 党群服务中心 -> 09:00（余 3）."""
    found = []
    for day in days:
        on = day.visit.on
        free = [(one.pk, f"{one.begins_at:%H:%M}（余 {one.left}）") for one in day.slots if one.left]
        if free:
            place = day.visit.point or day.visit.place
            found.append((f"{on.month}月{on.day}日 周{WEEKDAYS[on.weekday()]} {place}", free))
    return found
