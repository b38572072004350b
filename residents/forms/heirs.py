"""Who is head next, and what everybody else is to him: the same fields wherever a head goes."""

from collections.abc import Iterable, Sequence

from django import forms

from residents.actions import Heir
from residents.choices import LifeStatus, Relation
from residents.forms.people import MEMBER_RELATIONS
from residents.models import Resident
from teams.models import User


def relation_fields(members: Iterable[Resident], label: str, help_text: str = "") -> dict[str, forms.Field]:
    """One relation for each member, by ``relation_<id>``."""
    return {
        f"relation_{one.pk}": forms.ChoiceField(
            label=f"{one.masked_name} {label}", choices=MEMBER_RELATIONS, required=False, help_text=help_text
        )
        for one in members
    }


def member_options(members: Iterable[Resident]) -> list[tuple[str, str]]:
    return [(str(one.pk), f"{one.masked_name}（现为{one.get_relation_display()}）") for one in members]


def told_relations(cleaned: dict, members: Iterable[Resident]) -> dict[int, str]:
    """Resident id -> what was chosen for him, "" for nothing."""
    return {one.pk: cleaned.get(f"relation_{one.pk}", "") for one in members}


def staying_without(resident: Resident, user: User) -> list[Resident]:
    """Whom a head leaves behind, as far as the reader sees them; nobody when he is no head of anybody.

    Where he does not see everybody, the action refuses his choice.
    """
    leads = resident.relation == Relation.HEAD and resident.life_status == LifeStatus.PRESENT
    if resident.household is None or not leads:
        return []
    seen = Resident.objects.visible_to(user).filter(household=resident.household_id)
    members = seen.present().exclude(pk=resident.pk).only("name", "relation", "sex")
    return list(members.order_by("relation", "born_on", "pk"))


class HeirForm(forms.Form):
    """Base of the forms in which a head may go. ``staying`` empty: nothing is asked."""

    def ask_heir(self, staying: Sequence[Resident]) -> None:
        self.staying = staying
        if not staying:
            return
        self.fields["head"] = forms.ChoiceField(
            label="新户主",
            widget=forms.RadioSelect,
            choices=member_options(staying),
            help_text="这位居民是户主，家中还有在册成员，须同时选定新户主。",
            error_messages={"required": "请选定新户主。"},
        )
        if len(staying) > 1:
            self.fields |= relation_fields(staying, "与新户主关系", "如当选新户主，不用填。")

    def clean(self) -> dict:
        """Every member but the next head needs a relation: told at his field."""
        cleaned = super().clean() or self.cleaned_data
        chosen = cleaned.get("head")
        for one in self.staying if chosen else ():
            name = f"relation_{one.pk}"
            if str(one.pk) != chosen and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, f"请选择 {one.masked_name} 与新户主的关系。")
        return cleaned

    def heir(self) -> Heir | None:
        chosen = self.cleaned_data.get("head")
        if not chosen:
            return None
        relations = told_relations(self.cleaned_data, self.staying)
        return Heir(int(chosen), {pk: one for pk, one in relations.items() if pk != int(chosen)})
