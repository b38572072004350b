"""Forms between teams: transfers, refusals, hand-overs, and operations on many agreements."""

from collections.abc import Sequence
from typing import Any

from django import forms

from contracts.choices import MassKind, RefusalReason, RenewalMode
from contracts.policy import ContractsPolicy
from contracts.queries.mass import Asked, Options
from teams.models import Team, TeamMembership

DoctorChoices = list[tuple[str, list[tuple[int, str]]]]


def doctor_choices(posts: Sequence[TeamMembership]) -> DoctorChoices:
    """Doctors, team by team; a team of the same name in two institutions is told apart."""
    teams: dict[int, tuple[str, list[tuple[int, str]]]] = {}
    for one in posts:
        label = f"{one.team.institution.name} {one.team.name}"
        found = teams.setdefault(one.team_id, (label, []))
        found[1].append((one.pk, f"{one.user.name}（{one.get_profession_display()}）"))
    return list(teams.values())


class NumberForm(forms.Form):
    """Whom a transfer is about, by his full number."""

    number = forms.CharField(
        label="居民的完整证件号码",
        max_length=40,
        help_text="请居民出示证件后输入。查询会记入日志。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请输入居民的完整证件号码。"},
    )


class TransferForm(forms.Form):
    """To which of one's own teams, and why."""

    team = forms.ModelChoiceField(
        label="转入团队",
        queryset=Team.objects.none(),
        empty_label=None,
        error_messages={"required": "请选择转入团队。"},
    )
    reason = forms.CharField(
        label="居民要求转签的理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="如：已搬到本社区居住。原团队会看到。",
        error_messages={"required": "请写明居民要求转签的理由。"},
    )
    agreed = forms.BooleanField(
        label="居民（监护人）本人要求转签",
        error_messages={"required": "转签须由居民（监护人）本人提出，请确认后勾选。"},
    )

    def __init__(self, data: Any = None, *, teams: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class ObjectionForm(forms.Form):
    reason = forms.CharField(
        label="异议理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="如：居民表示没有提出过转签。提出后由区卫健局处理。",
        error_messages={"required": "请写明异议理由。"},
    )


class DecisionForm(forms.Form):
    UPHELD, OVERRULED = "upheld", "overruled"

    outcome = forms.ChoiceField(
        label="处理结果",
        choices=((OVERRULED, "异议不成立，同意转签"), (UPHELD, "异议成立，不予转签")),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择处理结果。"},
    )
    decision = forms.CharField(
        label="处理意见",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明处理意见。"},
    )


class RefusalForm(forms.Form):
    """Why a resident does not sign, and when he is asked again."""

    team = forms.ModelChoiceField(label="团队", queryset=Team.objects.none(), empty_label=None)
    reason = forms.ChoiceField(
        label="拒签原因",
        choices=[("", "请选择"), *RefusalReason.choices],
        error_messages={"required": "请选择拒签原因。"},
    )
    refused_on = forms.DateField(label="拒签日期")
    ask_again_on = forms.DateField(label="再次联系日期", help_text="到这一天会列入“再次联系”。")
    note = forms.CharField(
        label="说明",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="选择“其他”时必填。",
    )

    def __init__(self, data: Any = None, *, teams: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class ReassignForm(forms.Form):
    """Who takes an agreement over."""

    doctor = forms.TypedChoiceField(
        label="接收团队和医生", coerce=int, error_messages={"required": "请选择接收的团队和医生。"}
    )
    note = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(self, data: Any = None, *, posts: Sequence[TeamMembership], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.posts = {one.pk: one for one in posts}
        self.fields["doctor"].choices = [("", "请选择"), *doctor_choices(posts)]  # type: ignore[attr-defined]

    @property
    def receiver(self) -> TeamMembership:
        return self.posts[self.cleaned_data["doctor"]]


class MassStartForm(forms.Form):
    """The first question: what, and for which team."""

    kind = forms.ChoiceField(label="办理", choices=MassKind)
    team = forms.ModelChoiceField(label="团队", queryset=Team.objects.none(), empty_label=None)

    def __init__(self, data: Any = None, *, teams: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class _MassForm(forms.Form):
    """Which agreements of a team are meant."""

    place = forms.ChoiceField(label="居住范围", required=False)
    from_doctor = forms.TypedChoiceField(label="签约医生", coerce=int, required=False, empty_value=0)
    reason = forms.CharField(
        label="事由",
        max_length=200,
        help_text="如：通知文号、村居集中续签、医生调离。会写入每份协议的经过。",
        error_messages={"required": "请写明事由，如通知文号或会议决定。"},
    )

    def __init__(self, data: Any = None, *, options: Options, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["place"].choices = [("", "全部"), *options.places]
        fields["from_doctor"].choices = [("", "全部"), *((one.pk, one.name) for one in options.doctors)]

    def meant(self) -> dict[str, int]:
        place = self.cleaned_data["place"]
        kind = {"v": "village", "g": "grid"}.get(place[:1])
        found = {"from_doctor": self.cleaned_data["from_doctor"]}
        return found | ({kind: int(place[1:])} if kind else {})


class MassRenewForm(_MassForm):
    """A village renews: the paper is collected first."""

    ends_until = forms.DateField(label="到期日期不晚于")
    signed_on = forms.DateField(label="续签签名日期")
    term_years = forms.TypedChoiceField(label="续签期限", coerce=int)
    is_archived = forms.BooleanField(label="居民签名的续签协议已全部收齐，原件已归档", required=False)
    field_order = ("place", "from_doctor", "ends_until", "signed_on", "term_years", "reason", "is_archived")

    def __init__(self, data: Any = None, *, policy: ContractsPolicy, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        years = [(one, f"{one} 年") for one in range(1, policy.renewal_max_years + 1)]
        self.fields["term_years"].choices = years  # type: ignore[attr-defined]
        if policy.renewal_mode == RenewalMode.AUTO_UNLESS_TERMINATED:
            del self.fields["is_archived"]

    def asked(self) -> Asked:
        data = self.cleaned_data
        return Asked(
            **self.meant(),
            ends_until=data["ends_until"],
            signed_on=data["signed_on"],
            years=data["term_years"],
            is_archived=data.get("is_archived", False),
        )


class MassReassignForm(_MassForm):
    """Agreements of a team go to another team or doctor."""

    doctor = forms.TypedChoiceField(
        label="接收团队和医生", coerce=int, error_messages={"required": "请选择接收的团队和医生。"}
    )
    field_order = ("place", "from_doctor", "doctor", "reason")

    def __init__(self, data: Any = None, *, posts: Sequence[TeamMembership], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.posts = {one.pk: one for one in posts}
        self.fields["doctor"].choices = [("", "请选择"), *doctor_choices(posts)]  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        post = self.posts[self.cleaned_data["doctor"]]
        return Asked(**self.meant(), receiver=(post.team_id, post.user_id))
