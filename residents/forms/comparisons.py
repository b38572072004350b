"""An outside list to be held against the registry, and what becomes of its lines."""

from datetime import date
from typing import Any

from django import forms

from grids.models import Grid
from residents.choices import RESTRICTED, Comparison, ComparisonState, OutsideSource, Population
from residents.forms.fields import GridChoice, grids_for
from residents.forms.rosters import RosterForm
from residents.imports.comparing import COMPARED, EVERYWHERE, LISTED, NOWHERE, PHONE, Asked
from residents.imports.reach import Reach
from teams.models import User


class CompareForm(RosterForm):
    """Whose list, of which day, over which villages, and what is compared."""

    source = forms.ChoiceField(
        label="名单来源",
        choices=[("", "请选择"), *OutsideSource.choices],
        error_messages={"required": "请选择名单来源。"},
    )
    source_on = forms.DateField(label="名单日期", help_text="对方导出名单的日期。")
    area = forms.ChoiceField(
        label="名单覆盖的村居", initial=LISTED, help_text="在这些村居里查找“本系统有、对方无”的居民。"
    )
    kind = forms.ChoiceField(
        label="名单里是哪类人",
        required=False,
        choices=[("", "全部居民"), *((one.value, one.label) for one in Population if one not in RESTRICTED)],
        help_text="如老年人体检名单选“65岁及以上老年人”，其他人不会被算作对方缺少。",
    )
    compared = forms.MultipleChoiceField(
        label="除姓名和状态外还比对",
        choices=list(COMPARED.items()),
        initial=[PHONE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="住址写法往往不同，勾选后不一致会很多。",
    )

    def __init__(self, *args: Any, reach: Reach, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        self.fields["file"].label = "名单文件"
        self.fields["file"].error_messages["required"] = "请选择名单文件。"
        self.fields["source_on"].initial = on
        villages = [
            (one.code, f"{one.township}{one.name}")
            for one in sorted(reach.villages.values(), key=lambda v: v.code)
        ]
        self.fields["area"].choices = [  # type: ignore[attr-defined]
            (LISTED, "名单村居列写明的村居"),
            (EVERYWHERE, "我的全部管辖范围"),
            (NOWHERE, "不查找对方缺少的人"),
            *villages,
        ]
        self.order_fields(["source", "source_on", "area", "kind", "compared", "file"])

    def clean_source_on(self) -> date:
        day: date = self.cleaned_data["source_on"]
        if day > self.on:
            raise forms.ValidationError("名单日期还没有到，请核对。")
        return day

    def asked(self) -> Asked:
        data = self.cleaned_data
        return Asked(tuple(data["compared"]), data["area"], data["kind"])


class LineFilter(forms.Form):
    """Which lines are shown; codes only, so it may stand in the address."""

    kind = forms.ChoiceField(choices=Comparison, required=False)
    state = forms.ChoiceField(
        label="处理状态", choices=[*ComparisonState.choices, ("all", "全部")], required=False
    )


class SettleForm(forms.Form):
    state = forms.ChoiceField(choices=ComparisonState)
    note = forms.CharField(label="说明", max_length=200, required=False)


class RegisterListedForm(forms.Form):
    """Where somebody lives whom only the outside list knows."""

    grid = GridChoice()
    address = forms.CharField(label="现住址", max_length=200, required=False)

    def __init__(self, *args: Any, user: User, on: date, village_code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grids = grids_for(user, on)
        here = grids.filter(code__startswith=village_code) if village_code else Grid.objects.none()
        self.fields["grid"].queryset = here if village_code and here.exists() else grids  # type: ignore[attr-defined]
