"""Forms of the monthly disclosures: the list of a month, the ten items, a reason, a correction."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from core.dates import months_after
from outreach.choices import DisclosureState, DisclosureTopic, ItemState
from outreach.disclosures.plain import MAX_TEXT
from outreach.models import DisclosureItem, MonthlyDisclosure
from outreach.rules.disclosures import Entry
from teams.models import Institution

MONTHS = 12  # back from this one
_STATES = [(ItemState.FILLED, "已填写"), (ItemState.NOTHING, "本月无此项"), (ItemState.GAP, "还要补充")]


class MonthFilter(forms.Form):
    """Which issues are listed; what cannot be read is no filter."""

    month = forms.ChoiceField(label="月份", required=False)
    institution = forms.ModelChoiceField(
        Institution.objects.none(), label="机构", required=False, empty_label="全部机构"
    )
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), ("gaps", "有待补充的"), *DisclosureState.choices]
    )
    q = forms.CharField(label="团队", required=False, max_length=60)

    def __init__(self, *args: Any, today: date, institutions: QuerySet[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.this = today.replace(day=1)
        months = [months_after(self.this, -back) for back in range(-1, MONTHS + 1)]
        self.fields["month"].choices = [(f"{one:%Y-%m}", f"{one.year}年{one.month}月") for one in months]
        self.fields["institution"].queryset = institutions.order_by("name", "pk")

    @property
    def month_first(self) -> date:
        self.is_valid()
        text = self.cleaned_data.get("month")
        return date.fromisoformat(f"{text}-01") if text else self.this

    def narrowed(self, issues: QuerySet[MonthlyDisclosure]) -> QuerySet[MonthlyDisclosure]:
        """Issues of ``issues_in``."""
        self.is_valid()
        data = self.cleaned_data
        if data.get("institution"):
            issues = issues.filter(institution=data["institution"])
        if data.get("state") == "gaps":
            issues = issues.filter(gaps__gt=0)
        elif data.get("state"):
            issues = issues.filter(state=data["state"])
        return issues.filter(team__name__contains=data["q"]) if data.get("q") else issues


class ItemsForm(forms.Form):
    """State and text of each item; ``seen`` is the version that they were filled from."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, items: Iterable[DisclosureItem], seen: int, **kwargs: Any) -> None:
        super().__init__(*args, initial={"seen": seen}, **kwargs)
        self.rows = list(items)
        for one in self.rows:
            title = DisclosureTopic(one.number).label
            self.fields[f"text_{one.number}"] = forms.CharField(
                label=f"第{one.number}项 {title}", required=False, initial=one.text, strip=False,
                widget=forms.Textarea(attrs={"rows": _height(one.text), "maxlength": MAX_TEXT}),
            )  # fmt: skip
            self.fields[f"state_{one.number}"] = forms.ChoiceField(
                label="这一项", choices=_STATES, initial=one.state, widget=forms.RadioSelect
            )

    def entries(self) -> dict[int, Entry]:
        data = self.cleaned_data
        return {
            one.number: Entry(ItemState(data[f"state_{one.number}"]), data[f"text_{one.number}"])
            for one in self.rows
        }


def _height(text: str) -> int:
    """Lines of a text field, long ones counted as several."""
    lines = sum(1 + len(one) // 42 for one in text.split("\n"))
    return max(3, min(lines + 1, 16))


class SeenForm(forms.Form):
    """A step on exactly the version that was on the screen."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label="退回原因", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明哪一项要改什么，团队修改后重新确认。",
    )  # fmt: skip


class NoteForm(forms.Form):
    number = forms.TypedChoiceField(
        label="更正哪一项", required=False, coerce=int, empty_value=None,
        choices=[("", "整期"), *((one.value, f"{one.value} {one.label}") for one in DisclosureTopic)],
    )  # fmt: skip
    correction = forms.CharField(
        label="更正说明", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="立即显示在公开内容下方，不能删除；原文保持发布时的样子。",
    )  # fmt: skip
