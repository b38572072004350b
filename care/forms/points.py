"""Forms of the points: redeeming, cancelling, the ranking's month and team."""

from collections.abc import Sequence
from typing import Any

from django import forms

from care.models import PointGoods
from care.rules.redeeming import MOST
from residents.models import Resident
from teams.models import Team


class RedeemForm(forms.Form):
    """What for, how many, and who came for it; the token makes a form that is sent twice one redemption."""

    goods = forms.TypedChoiceField(
        label="兑换项目", coerce=int, error_messages={"required": "请选择兑换项目。"}
    )
    quantity = forms.IntegerField(
        label="数量",
        min_value=1,
        max_value=MOST,
        initial=1,
        error_messages={
            "required": "请填写数量。",
            "min_value": "数量至少为 1。",
            "max_value": f"一次最多兑换 {MOST} 件。",
        },
    )
    resident = forms.TypedChoiceField(
        label="兑换人", coerce=int, error_messages={"required": "请选择兑换人。"}
    )
    client_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, goods: Sequence[PointGoods], people: Sequence[Resident], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.goods = {one.pk: one for one in goods}
        self.people = {one.pk: one for one in people}
        fields: dict[str, Any] = self.fields
        fields["goods"].choices = [("", "请选择"), *((one.pk, _named(one)) for one in goods)]
        fields["resident"].choices = [(one.pk, one.masked_name) for one in people]


def _named(goods: PointGoods) -> str:
    stock = "" if goods.stock is None else f"，库存 {goods.stock}"
    return f"{goods.name}（{goods.points} 分{stock}）"


class CancelRedemptionForm(forms.Form):
    note = forms.CharField(
        label="取消原因", max_length=200, error_messages={"required": "请写明取消兑换的原因。"}
    )


class RankingFilter(forms.Form):
    """Which team's ranking."""

    team = forms.ModelChoiceField(label="团队", queryset=Team.objects.none(), empty_label=None)

    def __init__(self, data: Any = None, *, teams: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class FindForm(forms.Form):
    """Whom the desk serves: by name, full number or phone."""

    q = forms.CharField(
        label="居民",
        max_length=40,
        required=False,
        help_text="姓名、完整证件号码或电话。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
