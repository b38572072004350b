"""Forms of service points, their hours, and days off."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from grids.models import Grid
from outreach.actions.exceptions import DaysOff
from outreach.actions.points import PointFacts
from outreach.actions.timetables import Hours
from outreach.choices import Coordinates, ExceptionReason, ExceptionState, PointService, Venue
from outreach.models import PointTimetable, ServicePoint
from outreach.rules.patrols import WEEKDAYS
from outreach.rules.places import place_from
from residents.forms.fields import MOST_OPTIONS, GridChoice
from teams.models import PHONE, Team, User

_CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
MONTHS = 24  # to choose from
_NO_GRID = "您的管辖范围内没有这个网格编码，请核对。"


class PointForm(forms.Form):
    """What is said of a point. Degrees are entered in either system and kept in one."""

    name = forms.CharField(
        label="服务点名称", max_length=60, help_text="如：东北村社区卫康室、百货大楼超市服务点。"
    )
    venue = forms.ChoiceField(label="场所类型", choices=[("", "请选择"), *Venue.choices])
    address = forms.CharField(label="地址", max_length=120)
    contact = forms.CharField(label="预约联系人", max_length=40, required=False)
    phone = forms.CharField(
        label="预约电话", max_length=20, required=False, validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel"}), help_text="印在海报上，请填可以公开的号码。",
    )  # fmt: skip
    services = forms.MultipleChoiceField(
        label="可提供的服务", choices=PointService, required=False, widget=forms.CheckboxSelectMultiple
    )
    latitude = forms.FloatField(label="纬度", required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label="经度", required=False, min_value=-180, max_value=180)
    coordinates = forms.ChoiceField(
        label="坐标取自", choices=Coordinates, initial=Coordinates.GCJ02, required=False,
        help_text="从高德、腾讯地图上查到的选 GCJ-02，手机定位的选 WGS-84；保存时统一换算为 WGS-84。",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if (data.get("latitude") is None) != (data.get("longitude") is None):
            missing = "latitude" if data.get("latitude") is None else "longitude"
            if missing not in self.errors:
                self.add_error(missing, "经纬度须同时填写，或都不填。")
        return data

    def facts(self) -> PointFacts:
        data = self.cleaned_data
        system = Coordinates(data["coordinates"] or Coordinates.WGS84)
        has_place = data["latitude"] is not None
        return PointFacts(
            name=data["name"],
            venue=Venue(data["venue"]),
            address=data["address"],
            contact=data["contact"],
            phone=data["phone"],
            services=tuple(data["services"]),
            place=place_from(data["latitude"], data["longitude"], system) if has_place else None,
        )


def point_values(point: ServicePoint) -> dict[str, Any]:
    """What is stored of a point, as the form shows it."""
    names = ("name", "venue", "address", "contact", "phone", "services", "latitude", "longitude")
    return {name: getattr(point, name) for name in names} | {"coordinates": Coordinates.WGS84}


class NewPointForm(PointForm):
    """A new point; its grid is chosen, or named by its code where there are too many to choose from."""

    opened_on = forms.DateField(label="启用日期")

    def __init__(self, *args: Any, grids: QuerySet[Grid], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grids = grids
        if len(grids[: MOST_OPTIONS + 1]) > MOST_OPTIONS:
            self.fields["grid"] = forms.CharField(
                label="网格编码", max_length=16, help_text="14 位，微网格 16 位。"
            )
        else:
            self.fields["grid"] = GridChoice()
            self.fields["grid"].queryset = grids
        self.order_fields(["grid"])

    def clean_grid(self) -> Grid:
        typed = self.cleaned_data["grid"]
        if isinstance(typed, Grid):
            return typed
        found = self.grids.filter(code=typed.strip()).first()
        if found is None:
            raise forms.ValidationError(_NO_GRID)
        return found


class CloseForm(forms.Form):
    closed_on = forms.DateField(label="停用日期", help_text="从这一天起不再巡诊。")


class HoursForm(forms.Form):
    """One weekly hour of a point."""

    team = forms.ModelChoiceField(Team.objects.none(), label="团队", empty_label=None)
    weekday = forms.TypedChoiceField(label="星期", coerce=int, choices=list(WEEKDAYS.items()))
    begins_at = forms.TimeField(label="开始时间", widget=_CLOCK)
    closes_at = forms.TimeField(label="结束时间", widget=_CLOCK)
    every_weeks = forms.TypedChoiceField(
        label="间隔",
        coerce=int,
        choices=[(1, "每周"), (2, "每两周"), (3, "每三周"), (4, "每四周")],
        initial=1,
    )
    staff = forms.ModelMultipleChoiceField(
        User.objects.none(), label="出诊人员", required=False, widget=forms.CheckboxSelectMultiple
    )
    seats = forms.IntegerField(
        label="每时段可约（人）",
        min_value=0,
        max_value=50,
        initial=0,
        help_text="填 0 表示不接受预约，居民直接来。",
    )
    slot_minutes = forms.IntegerField(label="每时段（分钟）", min_value=5, max_value=240, initial=30)

    def __init__(
        self,
        *args: Any,
        teams: QuerySet[Team],
        staff: QuerySet[User],
        day_field: str = "starts_on",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        self.fields["staff"].queryset = staff  # type: ignore[attr-defined]
        label = "从哪天开始" if day_field == "starts_on" else "从哪天起改"
        self.fields[day_field] = forms.DateField(label=label)
        if day_field == "from_on":
            self.fields[day_field].help_text = "改时间从这一天起；只换人员、改预约的，保存后马上生效。"
        if day_field == "starts_on":
            self.fields["ends_on"] = forms.DateField(
                label="到哪天为止", required=False, help_text="长期的留空。"
            )

    def hours(self) -> Hours:
        names = ("team", "weekday", "begins_at", "closes_at", "every_weeks", "slot_minutes", "seats")
        data = self.cleaned_data
        return Hours(**{name: data[name] for name in names}, staff=tuple(data["staff"]))


def hours_values(row: PointTimetable) -> dict[str, Any]:
    names = ("team", "weekday", "begins_at", "closes_at", "every_weeks", "slot_minutes", "seats")
    return {name: getattr(row, name) for name in names} | {"staff": row.staff.all()}


class EndForm(forms.Form):
    ends_on = forms.DateField(label="最后一天", help_text="还没开始的安排，填开始日期之前的一天即可撤下。")


class _Points(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: ServicePoint) -> str:
        return f"{obj.grid.name} {obj.name}"


class DaysOffForm(forms.Form):
    """Days on which points are not served; a holiday is asked for many points at once."""

    points = _Points(ServicePoint.objects.none(), label="服务点", widget=forms.CheckboxSelectMultiple)
    starts_on = forms.DateField(label="开始日期")
    ends_on = forms.DateField(label="结束日期")
    reason = forms.ChoiceField(label="原因", choices=[("", "请选择"), *ExceptionReason.choices])
    note = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(self, *args: Any, points: QuerySet[ServicePoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"].queryset = points  # type: ignore[attr-defined]

    def days(self) -> DaysOff:
        data = self.cleaned_data
        return DaysOff(data["starts_on"], data["ends_on"], ExceptionReason(data["reason"]), data["note"])


class DecideForm(forms.Form):
    """Approve, refuse, or take an approval back."""

    verdict = forms.ChoiceField(choices=[("approve", "批准"), ("refuse", "不批准"), ("revoke", "撤销")])
    decision = forms.CharField(label="审批意见", max_length=200, required=False)


class StopFilter(forms.Form):
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *ExceptionState.choices])


class PointFilter(forms.Form):
    """What of the points is shown."""

    q = forms.CharField(label="服务点、网格或村居", required=False, max_length=40)
    venue = forms.ChoiceField(label="场所", required=False, choices=[("", "全部"), *Venue.choices])
    closed = forms.BooleanField(label="包括已停用的", required=False)


class CalendarFilter(forms.Form):
    q = forms.CharField(label="服务点、网格或村居", required=False, max_length=40)
    gaps = forms.BooleanField(label="只看下周没有排班的", required=False)


class MonthChoice(forms.Form):
    """This month or one before it."""

    month = forms.ChoiceField(label="月份", required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = _months(today)  # type: ignore[attr-defined]


class MonthFilter(MonthChoice):
    """A month and what its patrols are summed up by."""

    by = forms.ChoiceField(label="汇总", required=False)

    def __init__(self, *args: Any, groupings: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].choices = groupings  # type: ignore[attr-defined]


def _months(today: date) -> list[tuple[str, str]]:
    """This month and those before it, as many as the list shows."""
    found, first = [], today.replace(day=1)
    for _ in range(MONTHS):
        found.append((f"{first:%Y-%m}", f"{first.year}年{first.month}月"))
        first = (first - timedelta(days=1)).replace(day=1)
    return found
