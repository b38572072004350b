"""Forms of health education: the record of an activity, and what of a year is shown."""

from typing import Any

from django import forms

from outreach.actions.education import EducationFacts
from outreach.choices import EducationArchive, EducationForm
from outreach.models import EducationRecord
from teams.models import PHONE

YEARS = 5  # to choose from

_TEXT = forms.Textarea(attrs={"rows": 3})


class RecordForm(forms.Form):
    """What the yearly books ask for; announced before, completed after the activity."""

    form = forms.ChoiceField(label="形式", choices=[("", "请选择"), *EducationForm.choices])
    audience = forms.CharField(
        label="对象", max_length=60, required=False, help_text="如：高血压患者、老年人、孕产妇。"
    )
    organizer = forms.CharField(label="组织者", max_length=60, required=False)
    phone = forms.CharField(
        label="报名电话", max_length=20, required=False, validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel"}), help_text="会写进十公开；留空时用团队电话。",
    )  # fmt: skip
    materials = forms.CharField(
        label="资料种类与数量",
        max_length=200,
        required=False,
        help_text="如：高血压折页 50 份，控油壶 20 个。",
    )
    content = forms.CharField(label="内容", max_length=500, required=False, widget=_TEXT)
    summary = forms.CharField(label="总结评价", max_length=500, required=False, widget=_TEXT)
    archives = forms.MultipleChoiceField(
        label="存档材料", choices=EducationArchive, required=False, widget=forms.CheckboxSelectMultiple
    )

    def facts(self) -> EducationFacts:
        data = dict(self.cleaned_data)
        data["form"] = EducationForm(data["form"])
        data["archives"] = tuple(EducationArchive(one) for one in data["archives"])
        return EducationFacts(**data)


def record_values(record: EducationRecord | None) -> dict[str, Any]:
    names = ("form", "audience", "organizer", "phone", "materials", "content", "summary", "archives")
    return {name: getattr(record, name) for name in names} if record else {}


class YearFilter(forms.Form):
    year = forms.TypedChoiceField(label="年度", coerce=int, required=False)
    lacking = forms.BooleanField(label="只看没有登记的", required=False)

    def __init__(self, *args: Any, this_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = range(this_year, this_year - YEARS, -1)
        self.fields["year"].choices = [(one, f"{one}年") for one in years]  # type: ignore[attr-defined]
        self.fields["year"].widget.attrs["data-submit"] = ""
