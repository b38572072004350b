"""What a resident types on the page behind his link."""

from django import forms

COMPLAINTS = (
    ("not_signed", "我没有签过这份协议"),
    ("wrong", "签过，但内容不对"),
    ("not_done", "说好的服务没有做"),
)


class Forgetful(forms.PasswordInput):
    """Readable while it is typed, never sent back: a borrowed phone shows nobody's digits."""

    input_type = "text"


class AnswerForm(forms.Form):
    """What opens the page; never kept, never shown again."""

    answer = forms.CharField(
        label="身份证或手机号码的最后四位",
        max_length=20,
        widget=Forgetful(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text="身份证最后一位是 X 的也要输入。都没有登记的，请输入八位出生日期，如 19500101。",
        error_messages={"required": "请输入身份证或手机号码的最后四位。"},
    )


class DisputeForm(forms.Form):
    """What is wrong, in few words and in his own."""

    complaint = forms.ChoiceField(
        label="哪里不对",
        choices=COMPLAINTS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择哪里不对。"},
    )
    text = forms.CharField(
        label="说明（可以不填）",
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": "说明请不超过 400 个字。"},
    )

    @property
    def complaint_words(self) -> str:
        return dict(COMPLAINTS)[self.cleaned_data["complaint"]]
