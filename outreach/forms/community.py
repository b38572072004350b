"""Forms of whoever leads grid people: leave, evaluation, changes of persons. All may wait on the telephone."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from grids.choices import PostingRole, SentinelOrigin
from grids.models import Grid, Posting
from outreach.choices import PersonnelChangeKind
from outreach.forms.outbox import OutboxForm
from outreach.models import Evaluation
from outreach.rules.evaluating import SHEETS, HalfYear
from teams.models import PHONE

K = PersonnelChangeKind
ORIGINS = [(code, label) for code, label in SentinelOrigin.choices if code]


def digits(most: int) -> forms.NumberInput:
    """The phone's own keypad of digits."""
    return forms.NumberInput(attrs={"inputmode": "numeric", "min": 0, "max": most})


class LeaveForm(OutboxForm):
    starts_on = forms.DateField(label="从哪天起")
    ends_on = forms.DateField(label="到哪天止", help_text="含当天。")
    note = forms.CharField(label="事由", max_length=100, required=False)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = on
        self.fields["ends_on"].initial = on + timedelta(days=6 - on.weekday())  # the week is what is counted


class EvaluationForm(OutboxForm):
    """The sheet of one kind: a number for each item, the half-year along with it."""

    half = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        kind: str,
        halves: Sequence[HalfYear],
        half: HalfYear,
        row: Evaluation | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._halves = {half_code(one): one for one in halves}
        self.fields["half"].initial = half_code(half)
        self._codes = [item.code for item in SHEETS[kind]]
        for item in SHEETS[kind]:
            self.fields[item.code] = forms.IntegerField(
                label=f"{item.label}（满分 {item.points}）", help_text=f"{item.help}。", min_value=0, max_value=item.points,
                widget=digits(item.points), initial=row.scores.get(item.code) if row else None,
                error_messages={"required": f"请打分，0 至 {item.points} 分。"},
            )  # fmt: skip
        self.fields["note"] = forms.CharField(
            label="评语", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 3}),
            initial=row.note if row else "", help_text="可用键盘的语音输入。",
        )  # fmt: skip

    def clean_half(self) -> HalfYear:
        half = self._halves.get(self.cleaned_data["half"])
        if half is None:
            raise forms.ValidationError("只能评价本半年和上一个半年，请返回重新选择。")
        return half

    @property
    def scores(self) -> dict[str, int]:
        return {code: self.cleaned_data[code] for code in self._codes}


def half_code(half: HalfYear) -> str:
    """As addresses and forms name it: 2026-1."""
    return f"{half.year}-{half.half}"


class PersonnelChangeForm(OutboxForm):
    """What one kind of change asks for, and nothing else."""

    posting = forms.ModelChoiceField(label="谁的变动", queryset=None, empty_label="请选择")
    grid = forms.ModelChoiceField(label="哪个网格", queryset=None, empty_label="请选择")
    name = forms.CharField(label="新人员姓名", max_length=40)
    phone = forms.CharField(
        label="新的联系电话",
        max_length=20,
        validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    origin = forms.ChoiceField(label="哨兵来源", choices=ORIGINS, widget=forms.RadioSelect)
    since = forms.DateField(label="从哪天起")
    note = forms.CharField(
        label="说明", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    ASKED = {
        K.JOINED: ("grid", "name", "phone", "origin", "since", "note"),
        K.LEFT: ("posting", "since", "note"),
        K.REPLACED: ("posting", "name", "phone", "origin", "since", "note"),
        K.PHONE: ("posting", "phone", "note"),
    }

    def __init__(
        self, *args: Any, kind: PersonnelChangeKind, people: Any, grids: Any, person: Posting | None, on: date,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        kept = {*self.ASKED[kind], "client_token", "typed_at"}
        for name in set(self.fields) - kept:
            del self.fields[name]
        if "posting" in self.fields:
            self._about(people, person, kind)
        if "grid" in self.fields:
            self.fields["grid"].queryset = grids
            only = list(grids[:2])
            if len(only) == 1:
                self.fields["grid"].initial, self.fields["grid"].widget = only[0].pk, forms.HiddenInput()
        if "since" in self.fields:
            self.fields["since"].initial = on
            self.fields["since"].help_text = "从这天起不在岗。" if kind == K.LEFT else "从这天起到岗。"

    def _about(self, people: Any, person: Posting | None, kind: PersonnelChangeKind) -> None:
        field = self.fields["posting"]
        field.queryset = people
        field.label_from_instance = called
        if person is not None:
            field.initial = person.pk
        if "origin" in self.fields:
            # A leader has no origin; who is replaced is known only once it was chosen.
            self.fields["origin"].required = False
            self.fields["origin"].help_text = "换网格长时不用选。"
            if person is not None and person.role == PostingRole.GRID_LEADER:
                del self.fields["origin"]


def called(posting: Posting) -> str:
    """张三（健康哨兵，东北村第一网格）."""
    grid: Grid | None = posting.grid
    return f"{posting.name}（{posting.get_role_display()}，{grid.name if grid else ''}）"
