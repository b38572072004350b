"""How much health education the national norms ask of an institution in a year, and how much was held (3.11, S2-20). Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from outreach.choices import EducationForm, VisitKind

# Goings-out that may carry a health-education activity.
KINDS = (VisitKind.ACTIVITY, VisitKind.SESSION, VisitKind.WORK_DAY, VisitKind.CHECKUP)
# Counted by different subjects, not by occasions: twelve kinds of leaflets.
BY_SUBJECT = (EducationForm.PRINTED, EducationForm.AUDIOVISUAL)
UNITS = {
    EducationForm.PRINTED: "种",
    EducationForm.AUDIOVISUAL: "种",
    EducationForm.BOARD: "期",
}
CENTER_SPAN, STATION_SPAN = 1, 2  # months in each of which a lecture is held


@dataclass(frozen=True)
class Norm:
    """One form of education of an institution in a year; ``need`` 0 where no number is asked."""

    form: EducationForm
    count: int
    need: int

    @property
    def unit(self) -> str:
        return UNITS.get(self.form, "次")

    @property
    def is_met(self) -> bool:
        return self.count >= self.need


def norms(counts: Mapping[str, int], needs: Mapping[EducationForm, int]) -> list[Norm]:
    """Every form with what was held and what is asked for."""
    return [Norm(form, counts.get(form.value, 0), needs.get(form, 0)) for form in EducationForm]


def months_without(held: Collection[int], *, year: int, span: int, on: date) -> list[str]:
    """Months, or pairs of them, that are over and had no lecture: ["3月"], ["3-4月"].

    Args:
        held: months with a lecture. span: how many months go together, from January on.
    """
    over = 12 if on.year > year else on.month - 1 if on.year == year else 0
    found = []
    for first in range(1, 13, span):
        months = range(first, first + span)
        if months[-1] <= over and not set(months) & set(held):
            found.append(f"{first}月" if span == 1 else f"{first}-{months[-1]}月")
    return found
