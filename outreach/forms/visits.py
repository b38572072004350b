"""Forms of the calendar: planning something, writing down how it was, checking in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone

from care.rules.filling import Filled
from contracts.forms.evidence import PlaceFields
from grids.models import Grid
from outreach.choices import Handout, PointService, VisitKind
from outreach.forms.outbox import OutboxForm
from outreach.models import OutreachVisit, ServicePoint
from outreach.queries.visit_work import Found
from outreach.rules.places import Place
from outreach.rules.visiting import INTO_GRIDS
from residents.forms.fields import grids_for
from teams.models import Team, User

MOST_WEEKS = 26  # half a year of the same weekday
_CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


GLUCOSE_WHEN = [
    ("glucose_random", "随机"),
    ("glucose_fasting", "空腹"),
    ("glucose_after", "餐后2小时"),
]


def _typed(label: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=12, required=False, widget=widget)


class PointChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: ServicePoint) -> str:
        return f"{obj.grid.name} {obj.name}"


class GridChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Grid) -> str:
        return f"{obj.village.name} {obj.name}" if not obj.name.startswith(obj.village.name) else obj.name


class TeamChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Team) -> str:
        return obj.name


class PlanForm(forms.Form):
    """One entry of the calendar. What does not belong to its kind is not asked for.

    Args:
        teams: the reader's own. staff: who may be sent.
        is_new: a change keeps its team, and is not repeated.
    """

    team = TeamChoice(label="团队", queryset=Team.objects.none(), empty_label=None)
    on = forms.DateField(label="日期")
    begins_at = forms.TimeField(label="开始时间", widget=_CLOCK)
    closes_at = forms.TimeField(label="结束时间", widget=_CLOCK)
    weeks = forms.IntegerField(
        label="连续几周",
        min_value=1,
        max_value=MOST_WEEKS,
        initial=1,
        help_text="每周同一天各排一次；只排一次填 1。",
    )
    point = PointChoice(label="服务点", queryset=ServicePoint.objects.none(), empty_label="请选择服务点")
    grids = GridChoices(
        label="到访网格", queryset=Grid.objects.none(), widget=forms.CheckboxSelectMultiple, required=False
    )
    place = forms.CharField(label="地点", max_length=120, required=False)
    topic = forms.CharField(label="主题", max_length=100, required=False)
    staff = forms.TypedMultipleChoiceField(
        label="参加人员", coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )
    note = forms.CharField(label="说明", max_length=300, required=False)
    client_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(
        self, *args: Any, kind: str, teams: Sequence[Team], staff: Sequence[User], user: User, on: date,
        is_new: bool = True, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.kind = VisitKind(kind)
        self.fields["team"].queryset = Team.objects.visible_to(user).filter(pk__in=[one.pk for one in teams])
        self.fields["staff"].choices = [(one.pk, one.name) for one in staff]
        points = (
            ServicePoint.objects.visible_to(user).select_related("grid").order_by("grid__code", "name", "pk")
        )
        self.fields["point"].queryset = points.filter(closed_on__isnull=True) | points.filter(
            closed_on__gt=on
        )
        self.fields["grids"].queryset = grids_for(user, on)
        self._leave_out(is_new=is_new, is_one_team=len(teams) == 1)

    def _leave_out(self, *, is_new: bool, is_one_team: bool) -> None:
        if self.kind == VisitKind.PATROL:
            self._without("grids", "place", "topic")
        else:
            self.fields["point"].required = False
            self.fields["point"].empty_label = "不在服务点"
        if self.kind in INTO_GRIDS:
            self._without("point")
        if not is_new:
            self._without("weeks", "client_token")
        if not is_new or is_one_team:
            self._without("team")

    def _without(self, *names: str) -> None:
        for name in names:
            del self.fields[name]

    def clean_grids(self) -> list[Grid]:
        return list(self.cleaned_data["grids"])

    def plan(self) -> dict[str, Any]:
        """What the verbs take, beside team and kind."""
        data = self.cleaned_data
        return {
            "day": data["on"],
            "begins_at": data["begins_at"],
            "closes_at": data["closes_at"],
            "staff": data["staff"],
            "point": data.get("point"),
            "grids": data.get("grids", []),
            "place": data.get("place", ""),
            "topic": data.get("topic", ""),
            "note": data["note"],
        }


class CancelForm(forms.Form):
    note = forms.CharField(label="取消原因", max_length=300, help_text="如：暴雨停诊；改到下周三；误登记。")


class PositionFields(PlaceFields):
    """Where the telephone says it is, if it was asked."""

    def position(self) -> Place | None:
        found = self.place()
        if found["latitude"] is None:
            return None
        return Place(float(found["latitude"]), float(found["longitude"]), found["accuracy_m"])


class EndForm(PositionFields):
    """How a visit was: when, who came, how many of what.

    Fields ``count_<service>`` and ``handout_<code>`` for each.
    """

    began_at = forms.TimeField(label="实际开始", widget=_CLOCK)
    ended_at = forms.TimeField(label="实际结束", widget=_CLOCK)
    present = forms.TypedMultipleChoiceField(
        label="到场人员", coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )
    visitors = forms.IntegerField(
        label="服务人数", min_value=0, max_value=5000, help_text="来了多少人，一人只算一次。"
    )
    keys = forms.MultipleChoiceField(
        label="计入本次服务", widget=forms.CheckboxSelectMultiple, required=False,
        help_text="本次期间在其他页面登记的；不是在这里办的请去掉勾选。",
    )  # fmt: skip
    note = forms.CharField(label="说明", max_length=300, required=False)

    def __init__(
        self, *args: Any, visit: OutreachVisit, staff: Sequence[User], found: Sequence[Found], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.visit = visit
        self.fields["present"].choices = [(one.pk, one.name) for one in staff]
        self.fields["keys"].choices = [(one.key, f"{one.words} {one.resident.masked_name}") for one in found]
        if not found:
            del self.fields["keys"]
        for one in PointService:
            self.fields[f"count_{one}"] = _number(one.label)
        for one in Handout:
            self.fields[f"handout_{one}"] = _number(one.label)

    def services(self) -> list[forms.BoundField]:
        return [self[f"count_{one}"] for one in PointService]

    def papers(self) -> list[forms.BoundField]:
        return [self[f"handout_{one}"] for one in Handout]

    def facts(self) -> dict[str, Any]:
        """What ``end_visit`` takes."""
        data = self.cleaned_data
        return {
            "began_at": self._moment(data["began_at"]),
            "ended_at": self._moment(data["ended_at"]),
            "present": data["present"],
            "visitors": data["visitors"],
            "head_counts": {one.value: data[f"count_{one}"] or 0 for one in PointService},
            "handouts": {one.value: data[f"handout_{one}"] or 0 for one in Handout},
            "note": data["note"],
            "position": self.position(),
            "keys": data.get("keys", []),
        }

    def _moment(self, hour: time) -> datetime:
        return timezone.make_aware(datetime.combine(self.visit.on, hour))


def first_values(
    visit: OutreachVisit, *, now: datetime, present: Sequence[int], floor: Mapping[str, int], people: int
) -> dict[str, Any]:
    """What the form of the end starts from: as it is known, or as it was planned. ``now`` in local time."""
    runs_today = visit.on == now.date()
    local = timezone.localtime  # noqa: TID251  # of given moments, not the clock
    began = local(visit.began_at).time() if visit.began_at else visit.begins_at
    ended = local(visit.ended_at).time() if visit.ended_at else visit.closes_at
    if not visit.ended_at and runs_today and now.time() < ended:
        ended = now.time()
    counts = {one: max(floor.get(one, 0), visit.head_counts.get(one, 0)) for one in PointService.values}
    return {
        "began_at": began,
        "ended_at": ended,
        "present": list(present),
        "visitors": max(visit.visitors, people, *counts.values()),
        "note": visit.note,
        **{f"count_{one}": n or None for one, n in counts.items()},
        **{f"handout_{one}": n for one, n in visit.handouts.items()},
    }


class KitForm(forms.Form):
    """One line out of the follow-up kit. The numbers are read and judged by the verbs of care."""

    sbp = _typed("收缩压")
    dbp = _typed("舒张压")
    glucose = _typed("血糖")
    when = forms.ChoiceField(
        label="测血糖的时间", choices=GLUCOSE_WHEN, required=False, initial=GLUCOSE_WHEN[0][0]
    )
    client_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    unlikely: Sequence[str] = ()

    def typed(self) -> dict[str, str]:
        """By the keys of the record forms."""
        data = self.cleaned_data
        return {"sbp": data["sbp"], "dbp": data["dbp"], data["when"] or GLUCOSE_WHEN[0][0]: data["glucose"]}

    def show(self, filled: Filled) -> None:
        """What is wrong beside its number; what is unlikely may be ticked as right."""
        for key, sentence in [*filled.problems.items(), *filled.questions.items()]:
            self.add_error(key if key in self.fields else "glucose", sentence)
        self.unlikely = list(filled.questions)


class CheckInForm(OutboxForm, PositionFields):
    """One tap, with or without a place."""


def _number(label: str) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "0"})
    return forms.IntegerField(label=label, min_value=0, max_value=5000, required=False, widget=widget)
