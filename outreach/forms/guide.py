"""What the guide maps ask: which grid, which list, and why somebody is contacted."""

from django import forms

from outreach.queries.guide_people import LISTS


class GuideFilter(forms.Form):
    """Part of the name of a grid or a village; what makes no sense is left out."""

    q = forms.CharField(
        label="网格或村居", max_length=40, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )

    def words(self) -> str:
        self.full_clean()
        return str(self.cleaned_data.get("q", ""))


class ListFilter(forms.Form):
    """Which of the lists of S0-20."""

    who = forms.ChoiceField(
        label="人群", choices=[(code, words) for code, (words, _) in LISTS.items()], required=False
    )

    def chosen(self) -> str:
        """The first list where none or an unknown one is asked for."""
        self.full_clean()
        return str(self.cleaned_data.get("who") or next(iter(LISTS)))


class ContactForm(forms.Form):
    """Each reason is a button."""

    REASONS = (
        ("visit", "上门或电话随访"),
        ("notice", "通知体检、接种或活动"),
        ("help", "紧急情况、需要帮助"),
        ("check", "核对住址和电话"),
    )
    reason = forms.ChoiceField(choices=REASONS, error_messages={"required": "请选一个联系原因。"})

    def in_words(self) -> str:
        return f"导引图联系（含监护人电话）：{dict(self.REASONS)[self.cleaned_data['reason']]}"
