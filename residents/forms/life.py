"""Life events: one short form each."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from residents.choices import LifeStatus
from residents.forms.fields import NO_SUCH_NUMBER, household_by_number
from residents.forms.heirs import HeirForm
from residents.forms.people import RELATIONS_THERE
from residents.models import Household, Resident
from teams.models import User


class GoneForm(HeirForm):
    """The day and a word about it; the next head where a head goes."""

    since = forms.DateField(label="日期")
    reason = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(
        self, *args: Any, day: str, hint: str, staying: Sequence[Resident], on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial={"since": on}, **kwargs)
        self.fields["since"].label = day
        self.fields["reason"].help_text = hint
        self.ask_heir(staying)

    def facts(self) -> dict[str, Any]:
        """What ``record_death``, ``record_move_out`` and ``record_lost`` take."""
        cleaned = self.cleaned_data
        return {"since": cleaned["since"], "reason": cleaned["reason"], "heir": self.heir()}


class ReturnForm(forms.Form):
    """Found, moved back, or a death entered by mistake: since when, and with whom he lives now."""

    since = forms.DateField(label="恢复日期")
    home = forms.ChoiceField(label="家庭", widget=forms.RadioSelect)
    household = forms.CharField(label="家庭编号", max_length=18, required=False)
    relation = forms.ChoiceField(
        label="与现在户主的关系",
        choices=RELATIONS_THERE,
        required=False,
        help_text="家里没有其他在册成员时不用填，本人即为户主。",
    )
    reason = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(
        self, *args: Any, resident: Resident, former: Household | None, user: User, on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial={"since": on, "home": "former" if former else "new"}, **kwargs)
        self.former, self.user = former, user
        modes = [("join", "加入其他家庭"), ("new", "新建一户，本人为户主"), ("none", "暂不归户")]
        if former is not None:
            modes.insert(0, ("former", f"回到原来的家庭 {former.number}"))
        self.fields["home"].choices = modes
        if resident.life_status == LifeStatus.DECEASED:
            self.fields["reason"].required = True
            self.fields["reason"].help_text = "撤销死亡登记须说明原因，如：同名误登。"

    def clean_household(self) -> Household | None:
        if self.cleaned_data.get("home") != "join":
            return None
        found = household_by_number(self.user, self.cleaned_data["household"])
        if found is None:
            raise forms.ValidationError(NO_SUCH_NUMBER)
        return found

    def facts(self) -> dict[str, Any]:
        """What ``bring_back`` takes."""
        cleaned = self.cleaned_data
        home = {"former": self.former, "join": cleaned.get("household")}.get(cleaned["home"])
        return {
            "since": cleaned["since"],
            "reason": cleaned["reason"],
            "household": home,
            "founds_household": cleaned["home"] == "new",
            "relation": cleaned["relation"],
        }
