"""Forms of vaccines: one of them, and how all of an institution stand today."""

from collections.abc import Sequence
from typing import Any

from django import forms

from outreach.actions.vaccines import Supply, VaccineFacts
from outreach.choices import SupplyState, VaccineAudience, VaccineProgram
from outreach.models import VaccineSupply


class VaccineForm(forms.Form):
    name = forms.CharField(
        label="疫苗名称", max_length=60, help_text="写居民看得懂的名称，如：九价人乳头瘤病毒疫苗。"
    )
    program = forms.ChoiceField(label="类别", choices=[("", "请选择"), *VaccineProgram.choices])
    audience = forms.ChoiceField(label="接种对象", choices=[("", "请选择"), *VaccineAudience.choices])
    state = forms.ChoiceField(label="今天的供应情况", choices=[("", "请选择"), *SupplyState.choices])
    price_yuan = forms.DecimalField(
        label="价格（元/剂）", required=False, min_value=0, max_digits=8, decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}), help_text="自费疫苗填写；免费的留空。",
    )  # fmt: skip
    note = forms.CharField(label="说明", max_length=100, required=False, help_text="如：需提前一周预约。")

    def facts(self) -> VaccineFacts:
        data = self.cleaned_data
        return VaccineFacts(
            name=data["name"], program=VaccineProgram(data["program"]), audience=VaccineAudience(data["audience"]),
            state=SupplyState(data["state"]), price_yuan=data["price_yuan"], note=data["note"],
        )  # fmt: skip


def vaccine_values(row: VaccineSupply) -> dict[str, Any]:
    return {
        name: getattr(row, name) for name in ("name", "program", "audience", "state", "price_yuan", "note")
    }


class SuppliesForm(forms.Form):
    """A state and a remark for each vaccine: fields ``state_<id>`` and ``note_<id>``."""

    def __init__(self, *args: Any, vaccines: Sequence[VaccineSupply], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vaccines = vaccines
        for one in vaccines:
            self.fields[f"state_{one.pk}"] = forms.ChoiceField(
                label=f"{one.name}供应情况", choices=SupplyState.choices, initial=one.state
            )
            self.fields[f"note_{one.pk}"] = forms.CharField(
                label=f"{one.name}说明", max_length=100, required=False, initial=one.note
            )

    def bound(self, vaccine: VaccineSupply) -> tuple[forms.BoundField, forms.BoundField]:
        return self[f"state_{vaccine.pk}"], self[f"note_{vaccine.pk}"]

    def supplies(self) -> dict[int, Supply]:
        data = self.cleaned_data
        return {
            one.pk: Supply(SupplyState(data[f"state_{one.pk}"]), data[f"note_{one.pk}"])
            for one in self.vaccines
        }
