"""Answers to a decision table, and the table itself as the bureau edits it."""

from datetime import date
from typing import Any

from django import forms

from residents.choices import RiskKind
from residents.rules.risk import RiskTable
from residents.rules.risk_table import MOST_TEXT


class AssessForm(forms.Form):
    """One question for every input but the age, which the birth date tells."""

    def __init__(self, *args: Any, table: RiskTable, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in table.inputs:
            if not one.is_age:
                self.fields[one.code] = forms.ChoiceField(
                    label=one.label,
                    choices=[(option.code, option.label) for option in one.options],
                    help_text=one.help,
                    widget=forms.RadioSelect,
                    error_messages={"required": f"请选择“{one.label}”。"},
                )


class SchemeForm(forms.Form):
    """The next version of a decision table, as text or as a file that holds the same text."""

    kind = forms.ChoiceField(label="分级方案", choices=RiskKind, widget=forms.HiddenInput)
    in_force_from = forms.DateField(label="生效日期", help_text="从这一天起的评估按新表；已作的分级不变。")
    source = forms.CharField(label="依据", max_length=200, help_text="文件名称和文号。")
    file = forms.FileField(
        label="上传判定表",
        required=False,
        help_text="与下面同样格式的文本文件；上传后以文件为准，不上传则用下面的文字。",
        widget=forms.FileInput(attrs={"accept": ".toml,.txt"}),
    )
    text = forms.CharField(
        label="判定表",
        max_length=MOST_TEXT,
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "class": "code"}),
        help_text="判定条款从上到下，先符合的算；都不符合时按各项得分之和落入的得分段判定。",
    )

    def clean(self) -> dict[str, Any]:
        """The text of the file takes the place of the text in the field, so that nothing is lost on the way."""
        found = super().clean() or self.cleaned_data
        upload = found.get("file")
        if upload:
            if upload.size > 4 * MOST_TEXT:
                raise forms.ValidationError({"file": "文件过大，判定表应是几千字的文本。"})
            try:
                found["text"] = upload.read().decode("utf-8-sig")
                self.data = self.data.copy()  # what is wrong with it is shown, and mended, in the field
                self.data["text"] = found["text"]
            except UnicodeDecodeError:
                raise forms.ValidationError(
                    {"file": "文件不是 UTF-8 文本，请另存为 UTF-8 后再上传。"}
                ) from None
        if not found.get("text", "").strip():
            self.add_error("text", "请填写或上传判定表。")
        return found

    def facts(self) -> dict[str, Any]:
        """What ``publish_scheme`` takes."""
        return {name: self.cleaned_data[name] for name in ("kind", "text", "source", "in_force_from")}


def start_of(kind: str, text: str, on: date) -> dict[str, Any]:
    """A new version starts from the one in force."""
    return {"kind": kind, "text": text, "in_force_from": on}
