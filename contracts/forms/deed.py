"""What every signing form asks: who signs for the team, when, for what, and how it is proved."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from django import forms

from contracts.choices import Frequency, Signatory, SignChannel, SignMode
from contracts.forms.evidence import SigningEvidenceFields
from contracts.forms.ink import InkField
from contracts.models import PackageItem, ServicePackage
from contracts.policy import ContractsPolicy
from contracts.rules.packages import OPTIONAL, Content, in_words
from core.dates import chinese_date
from teams.models import TeamMembership


class Sheet(Protocol):
    """What a form starts from (contracts.queries.signing)."""

    @property
    def doctors(self) -> list[TeamMembership]: ...

    @property
    def menu(self) -> dict[int, list[PackageItem]]: ...


@dataclass(frozen=True)
class MenuChoice:
    id: int
    words: str
    is_ticked: bool


@dataclass(frozen=True)
class PackageChoice:
    """A package as the form shows it.

    Attributes:
        lines: what it always holds.
        menu: what is chosen from it.
        whose: masked names of those it is for; empty where it is for everybody.
    """

    package: ServicePackage
    is_ticked: bool
    lines: list[str]
    menu: list[MenuChoice]
    whose: str = ""


class DeedForm(SigningEvidenceFields):
    """The fields that the individual, the household and the supplementary form share."""

    doctor = forms.TypedChoiceField(label="签约医生", coerce=int)
    signatory = forms.ChoiceField(label="签约主体", help_text="团队共同签约，或由医生个人签约、团队协助。")
    channel = forms.ChoiceField(label="签约渠道", choices=SignChannel)
    signed_on = forms.DateField(label="签约日期")
    starts_on = forms.DateField(label="生效日期")
    packages = forms.ModelMultipleChoiceField(
        label="服务包",
        queryset=ServicePackage.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个服务包。"},
    )
    chosen = forms.TypedMultipleChoiceField(
        label="可选服务",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "可选服务有变动，请按现在的清单重新勾选。"},
    )
    mode = forms.ChoiceField(label="签名方式", choices=SignMode, widget=forms.RadioSelect)
    paper_archived = forms.BooleanField(label="双方已在纸质协议上签名，原件已归档", required=False)
    client_token = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid"), "表单已失效，请从居民页面重新打开签约。"),
    )
    # Fields of the signers who draw in this form; each form names its own.
    PADS: tuple[str, ...] = ()

    def __init__(self, *args: Any, sheet: Sheet, policy: ContractsPolicy, on: date, **kwargs: Any) -> None:
        super().__init__(*args, policy=policy, **kwargs)
        self.sheet = sheet
        self.fields["doctor_signature"] = InkField(label="家庭医生签名", policy=policy)
        self._offer("doctor", doctor_choices(sheet.doctors))
        allowed = [(one.value, one.label) for one in Signatory if one.value in policy.signatories]
        self._offer("signatory", allowed)
        self._tell_late(policy, on)
        self.offered = self.offered_in(sheet)
        found = ServicePackage.objects.filter(pk__in=[one.pk for one in self.offered])
        self.fields["packages"].queryset = found  # type: ignore[attr-defined]
        self.menu = {one.pk: one for items in sheet.menu.values() for one in items}
        self._offer("chosen", [(pk, str(one)) for pk, one in self.menu.items()])

    def offered_in(self, sheet: Any) -> list[ServicePackage]:
        """What may be ticked."""
        return list(sheet.packages)

    def _offer(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _tell_late(self, policy: ContractsPolicy, on: date) -> None:
        """Late entry waits for approval: said before anything is sent."""
        in_time = on - timedelta(days=policy.backdate_days)
        field = self.fields["signed_on"]
        field.widget.attrs |= {"data-in-time": in_time.isoformat(), "max": on.isoformat()}
        if policy.backdate_most_days > policy.backdate_days:
            earliest = chinese_date(on - timedelta(days=policy.backdate_most_days))
            field.help_text = (
                f"早于{chinese_date(in_time)}的属于补录，须机构家医管家审批后才生效；最早到{earliest}。"
            )

    @staticmethod
    def common_values(*, doctor: int | None, channel: str, mode: str, today: date) -> dict[str, Any]:
        return {
            "doctor": doctor,
            "signatory": Signatory.TEAM,
            "channel": channel or SignChannel.CLINIC_VISIT,
            "signed_on": today,
            "mode": mode or SignMode.ELECTRONIC,
            "client_token": uuid.uuid4(),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("mode") == SignMode.PAPER:
            if not data.get("paper_archived"):
                self.add_error("paper_archived", "纸质签名的，请先签好并归档原件，再勾选本项。")
        else:
            for name in (*self.PADS, "doctor_signature"):
                if name in data and not data[name]:
                    self.add_error(name, f"请在{self.fields[name].label}框内签名。")
        return data

    def is_paper(self) -> bool:
        return self.cleaned_data["mode"] == SignMode.PAPER

    def ink(self, name: str) -> bytes:
        """What was drawn; on paper nothing is kept."""
        return b"" if self.is_paper() else self.cleaned_data[name]

    @property
    def membership(self) -> TeamMembership:
        """The doctor who was picked, with his team."""
        return next(one for one in self.sheet.doctors if one.pk == self.cleaned_data["doctor"])

    def deed(self) -> dict[str, Any]:
        """What the actions of signing have in common, by their argument names."""
        data = self.cleaned_data
        return {
            "doctor": self.membership.user,
            "starts_on": data["starts_on"],
            "signed_on": data["signed_on"],
            "channel": data["channel"],
            "mode": data["mode"],
            "packages": list(data["packages"]),
            "chosen": [self.menu[pk] for pk in data["chosen"]],
            "evidence": self.proofs(),
            "client_token": data["client_token"],
        }

    def package_choices(self, whose: Mapping[int, str] | None = None) -> list[PackageChoice]:
        """Packages with their menus, as they are ticked now."""
        ticked = {str(one) for one in self["packages"].value() or ()}
        chosen = {str(one) for one in self["chosen"].value() or ()}
        return [
            PackageChoice(
                package=one,
                is_ticked=str(one.pk) in ticked,
                lines=[line for line in one.item_list if not line.startswith(OPTIONAL)],
                menu=[
                    MenuChoice(item.pk, _words(item), str(item.pk) in chosen)
                    for item in self.sheet.menu.get(one.pk, ())
                ],
                whose=(whose or {}).get(one.pk, ""),
            )
            for one in self.offered
        ]


def _words(row: PackageItem) -> str:
    return in_words(Content(row.item.name, Frequency(row.frequency), row.times, row.item.description))


def doctor_choices(doctors: Sequence[TeamMembership]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Signing doctors, team by team."""
    teams: dict[str, list[tuple[int, str]]] = {}
    for one in doctors:
        label = f"{one.user.name}（{one.get_profession_display()}）"
        teams.setdefault(one.team.name, []).append((one.pk, label))
    return list(teams.items())


def year_choices(longest: int) -> list[tuple[int, str]]:
    return [(n, f"{n} 年") for n in range(1, longest + 1)]
