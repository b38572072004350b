"""The form of a supplementary agreement: one course of treatment under a main agreement (S0-9)."""

from datetime import date
from typing import Any

from django import forms

from contracts.forms.one_person import OnePersonForm
from contracts.models import ServicePackage
from contracts.policy import ContractsPolicy
from contracts.queries.packages import Offer
from contracts.queries.supplements import SupplementSheet


class SupplementForm(OnePersonForm):
    """For whom, against what, from when, for how many days; the team is that of the main agreement."""

    disease = forms.CharField(label="病种", max_length=60, help_text="如：颈肩腰腿痛、脑卒中康复。")
    days = forms.IntegerField(
        label="疗程（天）", min_value=1, max_value=1100, help_text="专病疗程包的天数应与疗程一致。"
    )

    def __init__(
        self, *args: Any, sheet: SupplementSheet, policy: ContractsPolicy, on: date, **kwargs: Any
    ) -> None:
        self.unsuitable: list[Offer] = [one for one in sheet.packages if one.objection]
        super().__init__(*args, sheet=sheet, policy=policy, on=on, **kwargs)
        del self.fields["signatory"]
        self.fields["days"].widget.attrs["class"] = "num"

    def offered_in(self, sheet: Any) -> list[ServicePackage]:
        return [one.package for one in sheet.packages if one.objection is None]

    @classmethod
    def first_values(
        cls, sheet: SupplementSheet, *, doctor: int | None, channel: str, mode: str, today: date
    ) -> dict[str, Any]:
        """What stands in the form when it is opened; a single course on offer fills in its length."""
        common = cls.common_values(doctor=doctor, channel=channel, mode=mode, today=today)
        del common["signatory"]
        fitting = [one.package for one in sheet.packages if one.objection is None]
        lengths = {one.course_days for one in fitting if one.course_days}
        return (
            common
            | cls.guardian_values(sheet)
            | {"starts_on": today, "days": lengths.pop() if len(lengths) == 1 else None}
        )
