"""Forms of new techniques and policies."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from outreach.actions.notices import PolicyFacts, TechniqueFacts
from outreach.choices import TechniqueKind
from outreach.models import NewTechnique, PolicyNotice
from teams.models import PHONE, Institution

_TEXT = forms.Textarea(attrs={"rows": 5})
_HELP = "一段话，讲清适合谁、怎样预约、多少费用。原样印在十公开里。"
_COMMON = ("title", "text", "starts_on", "ends_on")


class _NoticeForm(forms.Form):
    """What both have; ``institutions`` None for one that stands already."""

    starts_on = forms.DateField(label="开始日期")
    ends_on = forms.DateField(label="结束日期", required=False, help_text="最后有效日；长期有效的留空。")
    for_all = ""  # what "no institution" means

    def __init__(
        self, *args: Any, institutions: QuerySet[Institution] | None = None, has_district: bool = False, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        if institutions is not None:
            is_open = bool(self.for_all) and has_district
            self.fields["institution"] = forms.ModelChoiceField(
                institutions,
                label="机构",
                required=not is_open,
                empty_label=self.for_all if is_open else "请选择",
            )
            self.order_fields(["institution"])


class TechniqueForm(_NoticeForm):
    kind = forms.ChoiceField(label="类别", choices=TechniqueKind)
    title = forms.CharField(label="名称", max_length=60, help_text="如：耳穴压豆、动态心电监测。")
    text = forms.CharField(label="介绍", max_length=500, widget=_TEXT, help_text=_HELP)
    phone = forms.CharField(
        label="咨询电话", max_length=20, required=False, validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel"}), help_text="公开的号码。",
    )  # fmt: skip
    field_order = ("institution", "kind", "title", "text", "phone", "starts_on", "ends_on")

    def facts(self) -> TechniqueFacts:
        data = self.cleaned_data
        return TechniqueFacts(
            kind=TechniqueKind(data["kind"]), phone=data["phone"], **{name: data[name] for name in _COMMON}
        )


class PolicyForm(_NoticeForm):
    title = forms.CharField(label="标题", max_length=80)
    text = forms.CharField(
        label="内容", max_length=500, widget=_TEXT, help_text="一段话，用居民听得懂的话写。"
    )
    document = forms.CharField(
        label="文件依据", max_length=120, required=False, help_text="文件名称和文号，没有的留空。"
    )
    for_all = "全区"
    field_order = ("institution", "title", "text", "document", "starts_on", "ends_on")

    def facts(self) -> PolicyFacts:
        data = self.cleaned_data
        return PolicyFacts(document=data["document"], **{name: data[name] for name in _COMMON})


class NoticeEndForm(forms.Form):
    ends_on = forms.DateField(
        label="最后一天", help_text="这一天以后的十公开不再写入。还没有开始的，填开始日期以前的一天即可撤下。"
    )


class NoticeFilter(forms.Form):
    """What of them is shown."""

    q = forms.CharField(label="名称、内容或机构", required=False, max_length=40)
    ended = forms.BooleanField(label="包括已结束的", required=False)


def technique_values(row: NewTechnique) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("kind", "phone", *_COMMON)}


def policy_values(row: PolicyNotice) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("document", *_COMMON)}
