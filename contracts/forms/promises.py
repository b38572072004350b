"""Services that a person writes down as given, and takes back."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from contracts.actions import Done
from contracts.choices import ProofKind
from contracts.queries.promised import AgreementPromises, Line, Part


class DoneForm(forms.Form):
    """One service, to one person or to the household. The token makes a form sent twice count once."""

    what = forms.ChoiceField(label="服务", error_messages={"required": "请选择服务。"})
    done_on = forms.DateField(label="服务日期")
    note = forms.CharField(label="说明", max_length=200, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, promises: AgreementPromises, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("token", uuid.uuid4())
        super().__init__(data, **kwargs)
        self._promises = promises
        self._lines = {_code(part, line): (part, line) for part, line in _by_hand(promises)}
        named = len(promises.parts) > 1
        options = [(code, _words(*pair, named=named)) for code, pair in self._lines.items()]
        self.fields["what"].choices = [("", "请选择"), *options]  # type: ignore[attr-defined]

    @property
    def has_choice(self) -> bool:
        return bool(self._lines)

    def fact(self) -> Done:
        part, line = self._lines[self.cleaned_data["what"]]
        return Done(
            agreement=self._promises.agreement.pk,
            enrollment=part.enrollment.pk if part.enrollment else None,
            item=line.item.pk,
            done_on=self.cleaned_data["done_on"],
            proof=ProofKind(line.item.proof),
            key=f"hand:{self.cleaned_data['token']}",
            note=self.cleaned_data["note"],
        )


def _by_hand(promises: AgreementPromises) -> Sequence[tuple[Part, Line]]:
    return [(part, line) for part in promises.parts for line in part.lines if line.is_by_hand and line.often]


def _code(part: Part, line: Line) -> str:
    return f"{part.enrollment.pk if part.enrollment else 0}-{line.item.pk}"


def _words(part: Part, line: Line, *, named: bool) -> str:
    whom = part.enrollment.resident.masked_name if part.enrollment else "全家"
    return f"{whom}：{line.item.name}" if named else line.item.name


class WithdrawForm(forms.Form):
    note = forms.CharField(
        label="撤回原因",
        max_length=200,
        error_messages={"required": "请写明为什么撤回这条登记。"},
    )
