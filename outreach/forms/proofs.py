"""Forms of proofs: recording one, judging it, taking it back; what of the compliance is shown."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import uuid4

from django import forms

from contracts.forms.evidence import PicturesField
from contracts.policy import ContractsPolicy
from outreach.choices import DisclosureChannel, ProofState
from outreach.queries.proofs import Place

_MEGA = 1024 * 1024


class ProofForm(forms.Form):
    """One posting. Places used before are one tap; a file does not come back with a refused form."""

    channel = forms.ChoiceField(label="公开形式", choices=[("", "请选择"), *DisclosureChannel.choices])
    used = forms.ChoiceField(label="用过的地点（群名）", required=False)
    place = forms.CharField(label="新的地点（群名）", max_length=120, required=False)
    posted_on = forms.DateField(label="公开日期")
    note = forms.CharField(label="说明", max_length=200, required=False)
    client_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, places: Sequence[Place], pictures: ContractsPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if places:
            self.fields["used"].choices = [("", "都不是，填在下面"), *_by_channel(places)]  # type: ignore[attr-defined]
            self.fields["place"].help_text = "上面没有的才填，如：东北村社区一号公示栏、2号楼电梯。"
        else:
            del self.fields["used"]
            self.fields["place"].label = "地点（群名）"
            self.fields["place"].help_text = "如：东北村社区一号公示栏、2号楼电梯、第一网格健康群。"
        most = pictures.evidence_max_bytes // _MEGA
        self.fields["photos"] = PicturesField(
            label="照片或截图", policy=pictures, error_messages={"required": "请至少选一张照片或截图。"},
            help_text=f"可拍照或从相册选，JPG 或 PNG，每张不超过{most}MB，可一次选多张。广播拍下播放记录或音箱。",
        )  # fmt: skip
        self.order_fields(["channel", "used", "place", "posted_on", "photos", "note"])

    def said(self) -> dict[str, Any]:
        """The arguments of ``record_proof`` besides who, when and of what."""
        typed = self.cleaned_data
        return {
            "channel": DisclosureChannel(typed["channel"]),
            "place": typed["place"] or typed.get("used", ""),
            "posted_on": typed["posted_on"],
            "photos": typed["photos"],
            "note": typed["note"],
            "client_token": typed["client_token"],
        }


def _by_channel(places: Sequence[Place]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The same place may stand under two kinds: its name is the value."""
    return [
        (str(channel.label), [(one.name, one.name) for one in some])
        for channel, some in groupby(places, key=lambda one: one.channel)
    ]


class DecideProofForm(forms.Form):
    verdict = forms.ChoiceField(
        label="核定结论",
        choices=[(ProofState.COUNTED, "有效，计入达标"), (ProofState.REJECTED, "不予认定")],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label="核定意见", max_length=200, help_text="如：与上月照片不同，角度相近；照片是上月的，请重新拍照。"
    )


class WithdrawProofForm(forms.Form):
    words = forms.CharField(label="撤回的原因", max_length=200, help_text="如：登记错了公开形式。")


class YearFilter(forms.Form):
    """Twelve months that end with this one, or with a December before."""

    until = forms.ChoiceField(label="年度", required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = [(str(year), f"{year}年") for year in range(today.year - 1, today.year - 4, -1)]
        self.fields["until"].choices = [("", "最近12个月"), *years]  # type: ignore[attr-defined]
