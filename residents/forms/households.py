"""Moving between households and changing the head."""

from typing import Any

from django import forms

from core.text import clean
from residents.choices import Relation
from residents.forms.people import MEMBER_RELATIONS
from residents.models import Household, Resident
from teams.models import User


class MoveForm(forms.Form):
    """Into another household by its number, into a new one, or out of any."""

    MODES = (("join", "迁入已有家庭"), ("new", "分户，新建一户"), ("none", "移出家庭，暂不归户"))

    mode = forms.ChoiceField(label="办理", choices=MODES, initial="join", widget=forms.RadioSelect)
    household = forms.CharField(label="迁入的家庭编号", max_length=18, required=False)
    relation = forms.ChoiceField(label="与该户户主关系", required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["relation"].choices = [
            *MEMBER_RELATIONS,
            (Relation.HEAD.value, "户主（该户目前没有户主时）"),
        ]

    def clean_household(self) -> Household | None:
        if self.cleaned_data.get("mode") != "join":
            return None
        number = clean(self.cleaned_data["household"]).upper()
        found = Household.objects.visible_to(self.user).filter(number=number).first() if number else None
        if found is None:
            raise forms.ValidationError("您的管辖范围内没有这个家庭编号，请核对。")
        return found

    def clean_relation(self) -> str:
        if self.cleaned_data.get("mode") == "join" and not self.cleaned_data["relation"]:
            raise forms.ValidationError("请选择与户主的关系。")
        return self.cleaned_data["relation"]


class HeadForm(forms.Form):
    """Who is head now, and what everybody else is to him."""

    head = forms.ChoiceField(label="新户主", widget=forms.RadioSelect)

    def __init__(self, *args: Any, members: list[Resident], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(one.pk): one for one in members}
        self.fields["head"].choices = [
            (str(one.pk), f"{one.masked_name}（现为{one.get_relation_display()}）")
            for one in members
            if one.relation != Relation.HEAD
        ]
        for one in members:
            self.fields[f"relation_{one.pk}"] = forms.ChoiceField(
                label=f"{one.masked_name} 与新户主关系",
                choices=MEMBER_RELATIONS,
                required=False,
                help_text="如当选新户主，不用填。" if one.relation != Relation.HEAD else "",
            )

    @property
    def chosen(self) -> Resident:
        return self.members[self.cleaned_data["head"]]

    def relations(self) -> dict[int, str]:
        """Resident id -> relation, for everybody but the new head."""
        chosen = self.chosen.pk
        pairs = ((one.pk, self.cleaned_data[f"relation_{one.pk}"]) for one in self.members.values())
        return {pk: relation for pk, relation in pairs if pk != chosen}
