"""Moving between households, dividing and joining them, changing the head, the health steward."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from core.dates import age_on
from residents.actions import Heir
from residents.choices import Relation
from residents.forms.fields import NO_SUCH_NUMBER, household_by_number
from residents.forms.heirs import HeirForm, member_options, relation_fields, told_relations
from residents.forms.people import RELATIONS_THERE
from residents.models import Household, Resident
from teams.models import User


class MoveForm(HeirForm):
    """Into another household by its number, into a new one, or out of any."""

    MODES = (("join", "迁入已有家庭"), ("new", "分户，新建一户"), ("none", "移出家庭，暂不归户"))

    mode = forms.ChoiceField(label="办理", choices=MODES, initial="join", widget=forms.RadioSelect)
    household = forms.CharField(label="迁入的家庭编号", max_length=18, required=False)
    relation = forms.ChoiceField(label="与该户户主关系", choices=RELATIONS_THERE, required=False)

    def __init__(self, *args: Any, user: User, staying: Sequence[Resident], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.ask_heir(staying)

    def clean_household(self) -> Household | None:
        if self.cleaned_data.get("mode") != "join":
            return None
        found = household_by_number(self.user, self.cleaned_data["household"])
        if found is None:
            raise forms.ValidationError(NO_SUCH_NUMBER)
        return found

    def clean_relation(self) -> str:
        if self.cleaned_data.get("mode") == "join" and not self.cleaned_data["relation"]:
            raise forms.ValidationError("请选择与户主的关系。")
        return self.cleaned_data["relation"]


class HeadForm(forms.Form):
    """Who is head now, and what everybody else is to him."""

    head = forms.ChoiceField(
        label="新户主", widget=forms.RadioSelect, error_messages={"required": "请选定新户主。"}
    )

    def __init__(self, *args: Any, members: list[Resident], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(one.pk): one for one in members}
        self.fields["head"].choices = member_options(one for one in members if one.relation != Relation.HEAD)
        led = [one for one in members if one.relation == Relation.HEAD]
        others = [one for one in members if one.relation != Relation.HEAD]
        self.fields |= relation_fields(led, "与新户主关系")
        self.fields |= relation_fields(others, "与新户主关系", "如当选新户主，不用填。")

    @property
    def chosen(self) -> Resident:
        return self.members[self.cleaned_data["head"]]

    def relations(self) -> dict[int, str]:
        """Resident id -> relation, for everybody but the new head."""
        told = told_relations(self.cleaned_data, self.members.values())
        return {pk: one for pk, one in told.items() if pk != self.chosen.pk}


class SplitForm(forms.Form):
    """Who leaves, who is head on either side, and what the others are to their head."""

    leaving = forms.MultipleChoiceField(
        label="分出去的成员",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请勾选分出去的成员。"},
    )
    founder = forms.ChoiceField(
        label="新一户的户主",
        widget=forms.RadioSelect,
        help_text="从分出去的成员中选一位。",
        error_messages={"required": "请选定新一户的户主。"},
    )
    head = forms.ChoiceField(
        label="原来这一户的新户主",
        required=False,
        widget=forms.RadioSelect,
        help_text="原户主也分出去时，从留下的成员中选一位；原户主留下则不用选。",
    )

    def __init__(self, *args: Any, members: list[Resident], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(one.pk): one for one in members}
        self.fields["leaving"].choices = self.fields["founder"].choices = member_options(members)
        others = [one for one in members if one.relation != Relation.HEAD]
        self.fields["head"].choices = [("", "原户主留下"), *member_options(others)]
        self.fields |= relation_fields(members, "与户主关系")

    @property
    def leaving_ids(self) -> set[int]:
        return {int(one) for one in self.cleaned_data["leaving"]}

    def founder_facts(self) -> Heir:
        return self._heir(self.cleaned_data["founder"], self.leaving_ids)

    def heir(self) -> Heir | None:
        chosen = self.cleaned_data["head"]
        staying = {int(pk) for pk in self.members} - self.leaving_ids
        return self._heir(chosen, staying) if chosen else None

    def _heir(self, chosen: str, group: set[int]) -> Heir:
        told = told_relations(self.cleaned_data, self.members.values())
        return Heir(int(chosen), {pk: told[pk] for pk in group if pk != int(chosen)})


class MergeForm(forms.Form):
    """What everybody of the household that is closed is to the head of the one that stays."""

    def __init__(self, *args: Any, members: list[Resident], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = members
        self.fields |= relation_fields(members, "与本户户主关系")

    def relations(self) -> dict[int, str]:
        return told_relations(self.cleaned_data, self.members)


class StewardForm(forms.Form):
    """One of the grown-up members."""

    steward = forms.ChoiceField(label="家庭健康掌门人", required=False, widget=forms.RadioSelect)

    def __init__(
        self, *args: Any, household: Household, members: list[Resident], minor_age: int, on: date, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, initial={"steward": str(household.steward_id or "")}, **kwargs)
        adults = [one for one in members if one.born_on and age_on(one.born_on, on) >= minor_age]
        self.members = {str(one.pk): one for one in adults}
        options = [
            (pk, f"{one.masked_name}（{one.get_relation_display()}）") for pk, one in self.members.items()
        ]
        self.fields["steward"].choices = [*options, ("", "暂不确定")]

    @property
    def chosen(self) -> Resident | None:
        return self.members.get(self.cleaned_data["steward"])


class TrainingForm(forms.Form):
    trained_on = forms.DateField(label="培训日期")
    topic = forms.CharField(label="培训内容", max_length=100, help_text="如：血压测量、合理用药、急救常识。")


class NumberSearchForm(forms.Form):
    """Another household by its number; no personal data, so it may stand in the address."""

    other = forms.CharField(
        label="要并入本户的家庭编号", max_length=18, error_messages={"required": "请填写家庭编号。"}
    )
