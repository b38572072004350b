"""The uploaded list, and what its columns are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from core.text import clean
from residents.choices import RESTRICTED, Population
from residents.imports.columns import JOINED, REQUIRED, Column, Meaning
from residents.imports.proposing import HIDDEN

LEFT_OUT = ""
_COLUMNS = [(one.value, one.value + ("（必填）" if one in REQUIRED else "")) for one in Column]
_TICKS = [(Meaning(tick=one).code, f"{one.label}（打勾列）") for one in Population if one not in RESTRICTED]
_CHOICES = [(LEFT_OUT, "不导入"), ("登记信息", _COLUMNS), ("人群，打勾或填是", _TICKS)]


class RosterForm(forms.Form):
    file = forms.FileField(
        label="花名册文件",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
        help_text="点击选择，或把文件拖到框里。",
        error_messages={
            "required": "请选择花名册文件。",
            "empty": "文件是空的。请选择填写好的花名册。",
            "missing": "没有收到文件，请重新选择。",
        },
    )


@dataclass(frozen=True)
class MappedColumn:
    """One column of a sheet on the page."""

    letter: str
    title: str
    samples: list[str]
    column: BoundField
    fill: BoundField


@dataclass(frozen=True)
class MappedSheet:
    """One sheet on the page."""

    name: str
    skip: BoundField
    village: BoundField
    columns: list[MappedColumn]
    faults: list[str]


class MappingForm(forms.Form):
    """For each sheet of an unsure list: what each column is.

    Args:
        proposal: what the reader made of the headers (``imports.proposing.Proposal.as_json``).
    """

    def __init__(self, *args: Any, proposal: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposal = proposal
        self._faults: dict[int, list[str]] = {}
        for sheet in proposal["sheets"]:
            self._add_sheet(sheet)
        self.fields["remember"] = forms.BooleanField(
            label="记住这些表头，本机构以后上传的表格自动识别", required=False, initial=True
        )

    def _add_sheet(self, sheet: dict[str, Any]) -> None:
        index = sheet["index"]
        self.fields[f"skip-{index}"] = forms.BooleanField(
            label="不导入这张工作表", required=False, initial=sheet["skip"]
        )
        self.fields[f"village-{index}"] = forms.CharField(
            label="整张表都是同一村居时，填村居名称",
            required=False,
            max_length=50,
            initial=sheet["constants"].get(Column.VILLAGE.value, ""),
        )
        for one in sheet["titles"]:
            name = f"{index}-{one['position']}"
            self.fields[f"column-{name}"] = forms.ChoiceField(
                label=f"“{one['title']}”列对应", choices=_CHOICES, required=False, initial=one["guess"]
            )
            self.fields[f"fill-{name}"] = forms.BooleanField(
                label="空白格同上一行", required=False, initial=one["is_filled"]
            )

    def sheets(self) -> Iterator[MappedSheet]:
        """The sheets as the page shows them."""
        for sheet in self.proposal["sheets"]:
            index = sheet["index"]
            columns = [
                MappedColumn(
                    column_letter(one["position"]),
                    clean(one["title"]),
                    [_shown(sample) for sample in one["samples"]],
                    self[f"column-{index}-{one['position']}"],
                    self[f"fill-{index}-{one['position']}"],
                )
                for one in sheet["titles"]
            ]
            faults = self._faults.get(index, [])
            yield MappedSheet(sheet["name"], self[f"skip-{index}"], self[f"village-{index}"], columns, faults)

    def clean(self) -> dict[str, Any]:
        for sheet in self._imported():
            if faults := list(self._faults_of(sheet)):
                self._faults[sheet["index"]] = faults
        if self._faults:
            raise forms.ValidationError("还没有指定完整，原因写在该表上方。")
        if not self._imported():
            raise forms.ValidationError("至少要导入一张工作表。")
        return self.cleaned_data

    def _imported(self) -> list[dict[str, Any]]:
        return [one for one in self.proposal["sheets"] if not self.cleaned_data.get(f"skip-{one['index']}")]

    def _chosen(self, sheet: dict[str, Any]) -> dict[int, str]:
        """Position -> code."""
        index, positions = sheet["index"], [one["position"] for one in sheet["titles"]]
        return {at: self.cleaned_data.get(f"column-{index}-{at}", LEFT_OUT) for at in positions}

    def _faults_of(self, sheet: dict[str, Any]) -> Iterator[str]:
        chosen = [code for code in self._chosen(sheet).values() if code]
        for one in Column:
            if chosen.count(one.value) > 1 and one not in JOINED:
                yield f"有 {chosen.count(one.value)} 列都选了“{one.value}”，请只留一列。"
        has_village = self.cleaned_data.get(f"village-{sheet['index']}") or Column.GRID.value in chosen
        missing = [
            f"“{one.value}”"
            for one in REQUIRED
            if one.value not in chosen and not (one is Column.VILLAGE and has_village)
        ]
        if missing:
            hint = "没有村居列时，请填写整张表的村居名称。" if Column.VILLAGE.value in missing[-1] else ""
            yield f"请指出哪一列是{'、'.join(missing)}。{hint}"

    def mapping(self) -> dict[str, Any]:
        """What was said, as ``imports.layouts`` reads it."""
        return {str(one["index"]): self._said_of(one) for one in self.proposal["sheets"]}

    def _said_of(self, sheet: dict[str, Any]) -> dict[str, Any]:
        index, said = sheet["index"], self.cleaned_data
        village = said[f"village-{index}"]
        return {
            "skip": said[f"skip-{index}"],
            "header_row": sheet["header_row"],
            "header_rows": sheet["header_rows"],
            "columns": {str(at): code for at, code in self._chosen(sheet).items()},
            "fill": [one["position"] for one in sheet["titles"] if said[f"fill-{index}-{one['position']}"]],
            "constants": {Column.VILLAGE.value: village} if village else {},
        }

    def told(self) -> dict[str, str]:
        """Title as written -> code, of the sheets that are imported; nothing when it is not to be remembered."""
        if not self.cleaned_data["remember"]:
            return {}
        return {
            one["title"]: self._chosen(sheet)[one["position"]]
            for sheet in self._imported()
            if sheet["header_row"]
            for one in sheet["titles"]
            if clean(one["title"]) and HIDDEN not in one["title"]
        }


def _shown(sample: str) -> str:
    """A long masked number says more by its length."""
    return re.sub("•{5,}", lambda found: f"{len(found[0])} 位数字", sample)


def column_letter(at: int) -> str:
    """0 -> A, 26 -> AA, as the spreadsheet shows it."""
    letters, left = "", at + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
