"""Forms of the team's answers to reports."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from care.formbook import form_of
from care.models import ServiceRecord
from care.queries.person import Due
from outreach.actions.confirming import EVIDENCE
from outreach.choices import Outcome, ReportKind
from outreach.models import GridReport
from outreach.queries.similar import Similar
from outreach.rules.whistle import OUTCOMES_OF_CLOSING, OUTCOMES_OF_INVALID, REPORTED_POPULATIONS
from residents.choices import RESTRICTED, Evidence
from residents.forms.fields import phone_field
from residents.forms.life import GoneForm
from residents.forms.people import RegisterForm
from residents.rules.population import AGE_KINDS
from teams.models import User

_AREA = {"rows": 2}


def _note(label: str = "办理说明", *, required: bool = False, **kwargs: Any) -> forms.CharField:
    kwargs.setdefault("help_text", "只给同事看。")
    return forms.CharField(
        label=label, max_length=500, required=required, widget=forms.Textarea(attrs=_AREA), **kwargs
    )


class StepForm(forms.Form):
    """Base of one step; every step may ask something of the report it is for."""

    def __init__(self, data: Any = None, *, report: GridReport, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.report = report

    def facts(self) -> dict[str, Any]:
        """What the verb takes beside by, on, now and report."""
        return dict(self.cleaned_data)


class ReplyForm(StepForm):
    """A step after which the sender hears something; of restricted reports only the fixed sentence."""

    def __init__(self, data: Any = None, *, report: GridReport, **kwargs: Any) -> None:
        super().__init__(data, report=report, **kwargs)
        self.fields["note"] = _note()
        if not report.is_restricted:
            self.fields["reply"] = forms.CharField(
                label="给上报人的话",
                max_length=200,
                required=False,
                help_text="可不填，系统会告诉上报人处理到哪一步。不要写病情。",
            )


class PassForm(StepForm):
    to = forms.ModelChoiceField(User.objects.none(), label="转给", empty_label="请选择同事")
    note = _note()

    def __init__(self, data: Any = None, *, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        to = self.fields["to"]
        assert isinstance(to, forms.ModelChoiceField)  # noqa: S101 - what it is declared as
        to.queryset = people
        to.label_from_instance = lambda one: one.name  # type: ignore[method-assign]


class NoteForm(StepForm):
    note = _note("补充内容", required=True)


class CloseForm(ReplyForm):
    outcome = forms.ChoiceField(label="处理结果", widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, report: GridReport, **kwargs: Any) -> None:
        super().__init__(data, report=report, **kwargs)
        known = OUTCOMES_OF_CLOSING[ReportKind(report.kind)]
        self.fields["outcome"].choices = [(one.value, one.label) for one in known]  # type: ignore[attr-defined]


class InvalidForm(ReplyForm):
    outcome = forms.ChoiceField(
        label="情况",
        choices=[(one.value, one.label) for one in OUTCOMES_OF_INVALID],
        initial=Outcome.NOT_TRUE,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, report: GridReport, **kwargs: Any) -> None:
        super().__init__(data, report=report, **kwargs)
        self.fields["note"] = _note("怎么核实的", required=True)


class DuplicateForm(StepForm):
    """Which report it repeats: one of those that look alike, or one whose number is known."""

    OTHER = "other"
    of = forms.ChoiceField(label="与哪条重复", widget=forms.RadioSelect)
    number = forms.IntegerField(label="上报编号", required=False, min_value=1, max_value=2**63 - 1)
    note = _note()

    def __init__(
        self, data: Any = None, *, similar: Sequence[Similar], others: QuerySet[GridReport], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.others = others
        shown = [
            (
                str(one.report.pk),
                f"{one.report.pk} 号：{'、'.join(one.reasons)}（{one.report.reported_at:%m-%d}）",
            )
            for one in similar
        ]
        self.fields["of"].choices = [*shown, (self.OTHER, "其他上报（在下面填编号）")]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen, typed = data.get("of"), data.pop("number", None)
        if chosen == self.OTHER and typed is None:
            self.add_error("number", "请填写上报编号，在列表和上报详情里可以看到。")
        elif chosen:
            pk = typed if chosen == self.OTHER else int(chosen)
            data["of"] = self.others.filter(pk=pk).first()
            if data["of"] is None:
                self.add_error("number" if chosen == self.OTHER else "of", "没有这个编号的上报，请核对。")
        return data


class ReopenForm(StepForm):
    note = _note("重新打开的原因", required=True)


class SearchForm(forms.Form):
    q = forms.CharField(
        label="查找居民",
        max_length=40,
        help_text="姓名、拼音首字母、电话、证件号后 4 位都可以。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


# --- confirming -------------------------------------------------------------------------------------------------

_BY_HAND = [one for one in REPORTED_POPULATIONS if one not in AGE_KINDS]


class _Verified(forms.Form):
    """What the verification found; kinds of an age follow from the birth date."""

    populations = forms.MultipleChoiceField(
        label="核实属于",
        required=False,
        choices=[(one.value, one.label) for one in _BY_HAND],
        widget=forms.CheckboxSelectMultiple,
        help_text="按核实的情况勾选，可以与上报的不同。儿童和老年人按出生日期自动认定，不用勾选。",
    )
    evidence = forms.TypedChoiceField(
        label="依据",
        coerce=int,
        choices=[(one.value, one.label) for one in EVIDENCE],
        initial=Evidence.GRID_REPORT.value,
    )

    def leave_out(self, *, sees_restricted: bool) -> None:
        """Kinds that the reader may not know are not offered."""
        if not sees_restricted:
            known = [(one.value, one.label) for one in _BY_HAND if one not in RESTRICTED]
            self.fields["populations"].choices = known  # type: ignore[attr-defined]


class KnownForm(_Verified, ReplyForm):
    """The new person is on file."""


class NewForm(_Verified, RegisterForm):
    """The new person, or whoever moved in, is entered."""

    note = _note()
    _OWN = ("populations", "evidence", "note")

    def person(self) -> dict[str, Any]:
        """What ``register_resident`` takes."""
        return {name: value for name, value in RegisterForm.facts(self).items() if name not in self._OWN}

    def verified(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._OWN}


class GoneReportForm(GoneForm):
    """Moved out or died: the day, and the next head where a head goes."""

    def facts(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {"since": cleaned["since"], "heir": self.heir(), "note": cleaned["reason"]}


class PhoneForm(ReplyForm):
    phone = phone_field(label="核实后的电话", required=True)


class ArrivalForm(ReplyForm):
    since = forms.DateField(label="搬入日期")


# --- booking ----------------------------------------------------------------------------------------------------


class RecordForm(forms.Form):
    """A record of work that was written since, on its own page."""

    record = forms.ModelChoiceField(ServiceRecord.objects.none(), label="服务记录", empty_label="请选择")

    def __init__(self, data: Any = None, *, records: QuerySet[ServiceRecord], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["record"]
        field.queryset = records  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: f"{form_of(one.form, one.form_version).short} {one.done_on}"  # type: ignore[attr-defined]


class TaskForm(forms.Form):
    """A task that is due, planned for a day."""

    task = forms.ChoiceField(label="到期的服务任务")
    planned_on = forms.DateField(label="安排在哪天")
    assigned_to = forms.ModelChoiceField(
        User.objects.none(), label="谁去", required=False, empty_label="团队内谁有空谁去"
    )

    def __init__(
        self, data: Any = None, *, due: Sequence[Due], people: QuerySet[User], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self._due = {f"{one.task.rule_id}-{one.task.sequence}": one for one in due}
        options = [(key, f"{one.name}（应于 {one.task.due_on} 前后）") for key, one in self._due.items()]
        self.fields["task"].choices = [("", "请选择"), *options]  # type: ignore[attr-defined]
        people_field = self.fields["assigned_to"]
        people_field.queryset = people  # type: ignore[attr-defined]
        people_field.label_from_instance = lambda one: one.name  # type: ignore[attr-defined]

    @property
    def has_choice(self) -> bool:
        return bool(self._due)

    def facts(self) -> dict[str, Any]:
        return {**self.cleaned_data, "task": self._due[self.cleaned_data["task"]].task}
