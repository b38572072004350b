"""Forms of the accounts pages."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest

from core.text import clean
from teams.models import User
from teams.passwords import MAX_LENGTH


class SignInForm(AuthenticationForm):
    """One sentence for a wrong name, a wrong password and a closed account: nobody learns who exists."""

    error_messages = {
        "invalid_login": (
            "登录名或密码不正确。请检查大小写和输入法后再试；连续 5 次错误将锁定 15 分钟。"
            "忘记密码请联系区卫健局管理员重置。"
        ),
        "inactive": "登录名或密码不正确。",
    }
    keep = forms.BooleanField(
        label="这是我自己的手机，保持登录",
        required=False,
        help_text="只对网格长、健康哨兵和社区健康管家有效。",
    )

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = "登录名"
        self.fields["password"].label = "密码"
        self.fields["password"].max_length = MAX_LENGTH
        if request is not None and request.GET.get("next", "").startswith("/g/"):
            self.fields["keep"].initial = True


class ChangePasswordForm(forms.Form):
    """Old password once, new one twice. The rules themselves are asked by the action."""

    old_password = forms.CharField(
        label="当前密码",
        strip=False,
        max_length=MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    new_password = forms.CharField(
        label="新密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    repeated = forms.CharField(
        label="再输一次新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        """Asked like a sign-in, so that guessing here is counted and locked out as well."""
        old = self.cleaned_data["old_password"]
        user: User = self.request.user
        if authenticate(self.request, username=user.username, password=old) is None:
            raise forms.ValidationError("当前密码不正确。")
        return old

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "new_password" in data and "repeated" in data and data["new_password"] != data["repeated"]:
            self.add_error("repeated", "两次输入的新密码不一致，请重新输入。")
        return data


class CodeForm(forms.Form):
    """Six digits from the phone, or a recovery code."""

    code = forms.CharField(
        label="动态口令",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autofocus": True,
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )

    def clean_code(self) -> str:
        return clean(self.cleaned_data["code"]).replace(" ", "")


class PhoneCodeForm(CodeForm):
    """Six digits only: the phone that is being set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "pattern": "[0-9 ]*"}
        self.fields["code"].help_text = "手机上显示的 6 位数字。"
