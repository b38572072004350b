"""Forms of regular hours and of the days on which they are not kept."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from outreach.actions.clinics import ClinicFacts
from outreach.choices import ClinicKind
from outreach.models import ClinicHours
from outreach.rules.clinics import ORDINALS
from outreach.rules.patrols import WEEKDAYS
from teams.models import PHONE, User

_CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
_DAYS = list(WEEKDAYS.items())


class _People(forms.ModelChoiceField):
    def label_from_instance(self, obj: User) -> str:
        return "，".join(filter(None, (obj.name, obj.title, obj.specialty)))


class ClinicForm(forms.Form):
    """Regular hours; a new one may be entered for several weekdays at once."""

    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *ClinicKind.choices])
    weekdays = forms.TypedMultipleChoiceField(
        label="星期", coerce=int, choices=_DAYS, widget=forms.CheckboxSelectMultiple
    )
    month_weeks = forms.TypedMultipleChoiceField(
        label="每月第几个", coerce=int, required=False, choices=list(ORDINALS.items()),
        widget=forms.CheckboxSelectMultiple, help_text="每周都有的不选；如每月第一、第三个周四，选“第一个”“第三个”。",
    )  # fmt: skip
    begins_at = forms.TimeField(label="开始时间", widget=_CLOCK)
    closes_at = forms.TimeField(label="结束时间", widget=_CLOCK)
    place = forms.CharField(label="地点", max_length=60, required=False, help_text="如：预防接种门诊一楼。")
    specialist = _People(
        label="专家", queryset=User.objects.none(), required=False, empty_label="不选择",
        help_text="专家坐诊才填：从人员中选，或在下面填写姓名。",
    )  # fmt: skip
    specialist_name = forms.CharField(
        label="专家姓名", max_length=40, required=False, help_text="没有账号的专家，如外院专家。"
    )
    specialty = forms.CharField(
        label="专业特长", max_length=60, required=False, help_text="留空时用人员资料里的。"
    )
    home = forms.CharField(
        label="来自机构", max_length=60, required=False, help_text="上级医院下派的，写居民知道的医院名称。"
    )
    phone = forms.CharField(
        label="预约电话", max_length=20, required=False, validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel"}), help_text="会向居民公开；留空时用机构电话。",
    )  # fmt: skip
    needs_booking = forms.BooleanField(label="须提前预约", required=False)
    note = forms.CharField(label="说明", max_length=100, required=False)
    starts_on = forms.DateField(label="从哪天开始")
    ends_on = forms.DateField(label="到哪天为止", required=False, help_text="长期的留空。")

    def __init__(self, *args: Any, specialists: QuerySet[User], is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["specialist"].queryset = specialists  # type: ignore[attr-defined]
        if not is_new:
            self.fields["weekdays"] = forms.TypedChoiceField(label="星期", coerce=int, choices=_DAYS)

    def facts(self) -> ClinicFacts:
        names = (
            "begins_at", "closes_at", "place", "specialist", "specialist_name", "specialty", "home", "phone",
            "needs_booking", "note",
        )  # fmt: skip
        data = self.cleaned_data
        return ClinicFacts(
            kind=ClinicKind(data["kind"]),
            month_weeks=tuple(data["month_weeks"]),
            **{name: data[name] for name in names},
        )


def clinic_values(row: ClinicHours) -> dict[str, Any]:
    """What is stored of hours, as the form shows it."""
    names = (
        "kind", "month_weeks", "begins_at", "closes_at", "place", "specialist", "specialist_name", "specialty",
        "home", "phone", "needs_booking", "note", "starts_on", "ends_on",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"weekdays": row.weekday}


class ClinicStopForm(forms.Form):
    starts_on = forms.DateField(label="停诊第一天")
    ends_on = forms.DateField(label="停诊最后一天")
    reason = forms.CharField(label="原因", max_length=60, help_text="居民会看到，如：专家外出、设备检修。")


class ClinicEndForm(forms.Form):
    ends_on = forms.DateField(label="最后一天", help_text="这一天之后不再有这项日程。")


class InstitutionFilter(forms.Form):
    """Of which institution; the view offers those in the reader's scope."""

    institution = forms.TypedChoiceField(label="机构", coerce=int, required=False)

    def __init__(self, *args: Any, institutions: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["institution"].choices = institutions  # type: ignore[attr-defined]
        self.fields["institution"].widget.attrs["data-submit"] = ""


class MonthOfInstitution(InstitutionFilter):
    month = forms.ChoiceField(label="月份", required=False)

    def __init__(self, *args: Any, months: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(f"{one:%Y-%m}", f"{one.year}年{one.month}月") for one in months]  # type: ignore[attr-defined]
        self.fields["month"].widget.attrs["data-submit"] = ""


class ClinicFilter(InstitutionFilter):
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *ClinicKind.choices])
    ended = forms.BooleanField(label="包括已结束的", required=False)
