"""What stands around the record forms of a visit: when, how, by whom; what was given besides; why it is changed."""

from collections.abc import Collection
from typing import Any

from django import forms

from care.choices import ServiceMode
from teams.models import User


class VisitForm(forms.Form):
    """When, how and by whom."""

    done_on = forms.DateField(label="服务日期")
    mode = forms.ChoiceField(label="服务方式", choices=[("", "请选择"), *ServiceMode.choices])
    done_by = forms.ModelChoiceField(
        label="服务人", queryset=User.objects.none(), required=False, empty_label="本人"
    )
    client_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["done_by"].queryset = colleagues
        self.fields["done_by"].label_from_instance = lambda one: one.name


class ItemsForm(forms.Form):
    """Promised services that were given at the same time."""

    items = forms.MultipleChoiceField(
        label="同时完成的约定服务", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, offered: Collection[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = [(str(pk), name) for pk, name in offered]


class CorrectionForm(forms.Form):
    note = forms.CharField(
        label="更正原因", max_length=200, help_text="例如：把左臂读数当成右臂。原来的一版会保留。"
    )


class VoidForm(forms.Form):
    note = forms.CharField(
        label="作废原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如：登记到了另一位居民名下。作废后任务、履约和积分一并撤回，记录保留可查。",
    )
