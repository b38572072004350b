"""Forms of live streams: the fixed hour, a plan, a record."""

from datetime import date, time
from typing import Any

from django import forms

from outreach.actions.livestreams import StreamPlan, StreamResult
from outreach.forms.clinics import InstitutionFilter
from outreach.models import Livestream
from outreach.rules.patrols import WEEKDAYS

_CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
SPANS = [(8, "近 8 周"), (26, "近半年"), (52, "近一年")]


def _count(label: str, most: int) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=0, max_value=most, initial=0, widget=widget)


class StreamFilter(InstitutionFilter):
    weeks = forms.TypedChoiceField(label="时间", coerce=int, required=False, choices=SPANS)
    ahead = forms.BooleanField(label="包括以后各周", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["institution"].choices = [("", "全部"), *self.fields["institution"].choices]  # type: ignore[attr-defined]


class SlotForm(forms.Form):
    weekday = forms.TypedChoiceField(label="星期", coerce=int, choices=list(WEEKDAYS.items()))
    begins_at = forms.TimeField(label="开始时间", widget=_CLOCK)
    minutes = forms.IntegerField(label="时长（分钟）", min_value=5, max_value=600, initial=30)
    platform = forms.CharField(
        label="平台（账号）", max_length=60, help_text="如：抖音“健康环翠”、微信视频号。"
    )
    starts_on = forms.DateField(label="从哪天开始")
    ends_on = forms.DateField(label="到哪天为止", required=False, help_text="长期的留空。")


class SlotEndForm(forms.Form):
    ends_on = forms.DateField(label="最后一天", help_text="这一天之后不再安排，也不再考核。")


class StreamPlanForm(forms.Form):
    day = forms.DateField(label="日期")
    begins_at = forms.TimeField(label="开始时间", widget=_CLOCK)
    minutes = forms.IntegerField(label="计划时长（分钟）", min_value=5, max_value=600, initial=30)
    platform = forms.CharField(label="平台（账号）", max_length=60)
    topic = forms.CharField(label="主题", max_length=80, required=False)
    host = forms.CharField(label="主讲人", max_length=60, required=False)

    def plan(self) -> StreamPlan:
        return StreamPlan(**self.cleaned_data)


def plan_values(row: Livestream) -> dict[str, Any]:
    names = ("begins_at", "minutes", "platform", "topic", "host")
    return {name: getattr(row, name) for name in names} | {"day": row.on}


class StreamResultForm(forms.Form):
    topic = forms.CharField(label="主题", max_length=80)
    host = forms.CharField(label="主讲人", max_length=60, required=False)
    began_at = forms.TimeField(label="实际开始", widget=_CLOCK)
    ended_at = forms.TimeField(label="实际结束", widget=_CLOCK)
    qa_enabled = forms.BooleanField(label="开通居民提问", required=False)
    questions = _count("居民提问（条）", 100_000)
    viewers = _count("观看人次", 100_000_000)
    note = forms.CharField(label="说明", max_length=200, required=False)

    def result(self) -> StreamResult:
        return StreamResult(**self.cleaned_data)


def result_values(row: Livestream, *, began: time, ended: time) -> dict[str, Any]:
    """What is known; before it was recorded the planned hours. ``began``, ``ended`` in local time."""
    names = ("topic", "host", "qa_enabled", "questions", "viewers", "note")
    return {name: getattr(row, name) for name in names} | {"began_at": began, "ended_at": ended}


class StreamCancelForm(forms.Form):
    note = forms.CharField(label="取消原因", max_length=200)


def new_stream_values(day: date) -> dict[str, Any]:
    return {"day": day, "minutes": 30}
