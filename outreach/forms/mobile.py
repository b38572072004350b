"""What a grid worker reports, one question a screen; the usual case is two taps and a few words (S2-26 to S2-29, S0-10).

Every form is one page without JavaScript; ``static/js/steps.js`` shows its steps one after the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms

from contracts.forms.evidence import PicturesField, PlaceFields
from contracts.policy import policy_on as pictures_on
from grids.models import Grid
from outreach.choices import ChangeType, NeedType, ReportKind, Symptom, UrgentBehavior
from outreach.forms.outbox import OutboxForm
from outreach.queries.workplaces import Workplace
from outreach.rules.whistle import MOST_PERSONS, REPORTED_POPULATIONS
from residents.choices import Population


@dataclass(frozen=True)
class Step:
    """One screen: a question above several fields ("" where the only field asks it), and their names.

    Attributes:
        is_extra: may be left out; the button that sends is there before it.
    """

    question: str
    names: tuple[str, ...]
    is_extra: bool = False


@dataclass(frozen=True)
class Screen:
    """A step with its fields, for the page."""

    step: Step
    fields: list[forms.BoundField]


class GridField(forms.ModelChoiceField):
    """The grid it is about: his own unless he says otherwise."""

    is_wide = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Grid.objects.none(), empty_label=None, **{"label": "所在网格"} | kwargs)

    def offer(self, workplace: Workplace) -> None:
        """The grids of his villages, told with the village where there are several; a single one is not asked for."""
        self.is_wide = len(workplace.villages) > 1
        self.queryset = workplace.choices()
        if self.queryset.count() == 1:
            self.widget = forms.HiddenInput()

    def label_from_instance(self, obj: Grid) -> str:
        return f"{obj.village.name} {obj.name}" if self.is_wide else obj.name


def _words(**attrs: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "next"} | attrs)


class ReportForm(OutboxForm):
    """What all reports have: the place, who, and three things that may be left out.

    Attributes:
        any_of: one of these must be filled in, else nobody finds the person; the page says so before it is sent.
    """

    kind: ClassVar[ReportKind]
    steps: ClassVar[tuple[Step, ...]]
    facts_from: ClassVar[tuple[str, ...]]
    any_of: ClassVar[tuple[str, ...]] = ("person_name", "address", "phone", "description")

    is_training = forms.BooleanField(required=False, widget=forms.HiddenInput)
    person_name = forms.CharField(
        label="姓名或称呼",
        max_length=40,
        required=False,
        help_text="不知道全名也行，例如“3号楼老李”。",
        widget=_words(),
    )
    address = forms.CharField(
        label="住址",
        max_length=120,
        required=False,
        help_text="楼号、单元、门牌，能找到就行。",
        widget=_words(),
    )
    grid = GridField()
    phone = forms.CharField(
        label="电话",
        max_length=30,
        required=False,
        widget=_words(inputmode="tel", type="tel"),
    )
    description = forms.CharField(
        label="情况说明",
        max_length=1000,
        required=False,
        help_text="可以按输入法上的话筒，说出来。",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, workplace: Workplace, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grid"].offer(workplace)
        if workplace.own:
            self.initial.setdefault("grid", workplace.own[0])
        if any("photos" in step.names for step in self.steps):
            self.fields["photos"] = PicturesField(
                label="照片", required=False, policy=pictures_on(on), help_text="可拍照或从相册选。"
            )
        asked = {name for step in self.steps for name in step.names}
        for name in [one for one, field in self.fields.items() if not field.widget.is_hidden]:
            if name not in asked:
                del self.fields[name]

    def is_practice(self) -> bool:
        """Whether what is sent will only be practice."""
        return bool(self.fields["is_training"].to_python(self["is_training"].value()))

    def screens(self) -> Iterator[Screen]:
        for step in self.steps:
            yield Screen(step, [self[name] for name in step.names])

    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.facts_from}

    def said(self) -> dict[str, Any]:
        """The arguments of ``send_report`` besides who, when and as what."""
        typed = self.cleaned_data
        return {
            "kind": self.kind,
            "facts": self.facts(),
            "grid": typed["grid"],
            "client_token": typed["client_token"],
            "typed_at": typed["typed_at"],
            "is_training": typed["is_training"],
            "photos": typed.get("photos", []),
            **{name: typed.get(name, "") for name in ("person_name", "phone", "address", "description")},
        }


def _several(label: str, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一项。"},
    )


def _one_of(label: str, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选一项。"},
    )


# Said so that somebody who is no doctor knows what is meant. HIV has a closed form of its own.
PERSON_WORDS = {
    Population.CHILD_0_6: "0到6岁孩子",
    Population.PERINATAL: "孕妇、刚生孩子的妇女",
    Population.ELDERLY_65: "65岁以上老人",
    Population.HYPERTENSION: "高血压病人",
    Population.DIABETES_T2: "糖尿病人",
    Population.SMI: "严重精神障碍患者",
    Population.TB: "肺结核病人",
    Population.DISABLED: "残疾人",
}


class PersonForm(ReportForm):
    """A person of the nine kinds who is new here (S2-26)."""

    kind = ReportKind.NEW_PERSON
    facts_from = ("populations",)
    populations = _several(
        "是哪一类人？（可多选）",
        [(one.value, PERSON_WORDS[one]) for one in REPORTED_POPULATIONS if one in PERSON_WORDS],
    )
    steps = (
        Step("", ("populations",)),
        Step("叫什么？住在哪里？", ("person_name", "address", "grid")),
        Step("还有要补充的吗？不补充也可以发送", ("phone", "description", "photos"), is_extra=True),
    )


class ChangeForm(ReportForm):
    """Somebody moved in or away, died, or has another phone (S2-25)."""

    kind = ReportKind.CHANGE
    facts_from = ("change", "since")
    change = _one_of("有什么变动？", ChangeType.choices)
    since = forms.DateField(label="哪一天？（不清楚可不填）", required=False)
    steps = (
        Step("", ("change",)),
        Step("是谁？住在哪里？", ("person_name", "address", "phone", "grid")),
        Step("还有要补充的吗？不补充也可以发送", ("since", "description", "photos"), is_extra=True),
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, on=on, **kwargs)
        self.fields["phone"].help_text = "电话变更请填新号码；其他变动可不填。"
        self.fields["phone"].widget.attrs["data-needed-when"] = f"change={ChangeType.PHONE.value}"
        self.fields["since"].widget.attrs["max"] = f"{on:%Y-%m-%d}"

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("change") == ChangeType.PHONE and not typed.get("phone"):
            self.add_error("phone", "请填新的电话号码。")
        return typed


class NeedForm(ReportForm):
    """What a resident needs (S2-29)."""

    kind = ReportKind.NEED
    facts_from = ("needs",)
    needs = _several("居民需要什么？（可多选）", NeedType.choices)
    steps = (
        Step("", ("needs",)),
        Step("是谁？怎么找到？", ("person_name", "address", "phone", "grid")),
        Step("还有要补充的吗？不补充也可以发送", ("description", "photos"), is_extra=True),
    )


class SymptomForm(ReportForm):
    """A symptom that may be infectious; grid and number are enough (S0-10)."""

    kind = ReportKind.SYMPTOM
    any_of = ()
    facts_from = ("symptom", "count")
    symptom = _one_of("看到什么症状？", Symptom.choices)
    count = forms.IntegerField(
        label="有几个人？",
        initial=1,
        min_value=1,
        max_value=MOST_PERSONS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "请填人数。",
            "invalid": "人数请填数字。",
            "min_value": f"人数请填 1 到 {MOST_PERSONS}。",
            "max_value": f"人数请填 1 到 {MOST_PERSONS}。",
        },
    )
    steps = (
        Step("", ("symptom",)),
        Step("几个人？在哪里？", ("count", "address", "grid")),
        Step(
            "还有要补充的吗？不补充也可以发送",
            ("person_name", "phone", "description", "photos"),
            is_extra=True,
        ),
    )


class UrgentForm(PlaceFields, ReportForm):
    """A person with a severe mental disorder who is unstable or may do harm; both sides hear of it (S2-27)."""

    kind = ReportKind.URGENT
    any_of = ()
    facts_from = ("behaviors",)
    behaviors = _several("看到什么情况？（可多选）", UrgentBehavior.choices)
    steps = (
        Step("", ("behaviors",)),
        Step("人在哪里？是谁？", ("address", "person_name", "grid")),
        Step("还有要补充的吗？不补充也可以发送", ("phone", "description"), is_extra=True),
    )

    def said(self) -> dict[str, Any]:
        return super().said() | {"place": self.place()}


class ClosedForm(ReportForm):
    """An HIV clue where the district takes them: nothing of it is shown again, not even to its sender (S2-26)."""

    kind = ReportKind.NEW_PERSON
    facts_from = ()
    steps = (Step("叫什么？怎么联系？", ("person_name", "address", "phone", "grid")),)

    def facts(self) -> dict[str, Any]:
        return {"populations": [Population.HIV.value]}
