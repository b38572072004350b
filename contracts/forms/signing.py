"""The signing form of an individual agreement."""

from datetime import date
from typing import Any

from django import forms

from contracts.forms.deed import year_choices
from contracts.forms.one_person import OnePersonForm
from contracts.policy import ContractsPolicy
from contracts.queries.signing import SignSheet


class SignForm(OnePersonForm):
    """The one-screen signing form of an individual agreement."""

    sheet: SignSheet

    term_years = forms.TypedChoiceField(label="签约期限", coerce=int)
    handed_out = forms.BooleanField(label="已发放健康教育资料（健康处方）", required=False)
    record_done = forms.BooleanField(label="已查阅健康档案：有档的已补充完善，无档的已新建", required=False)

    def __init__(
        self, *args: Any, sheet: SignSheet, policy: ContractsPolicy, on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, sheet=sheet, policy=policy, on=on, **kwargs)
        self._offer("term_years", year_choices(sheet.years))

    @classmethod
    def first_values(
        cls, sheet: SignSheet, *, doctor: int | None, channel: str, mode: str, today: date
    ) -> dict[str, Any]:
        """What stands in the form when it is opened."""
        common = cls.common_values(doctor=doctor, channel=channel, mode=mode, today=today)
        return (
            common
            | cls.guardian_values(sheet)
            | {"starts_on": sheet.starts_on, "term_years": 1, "packages": sheet.preselected}
        )
