"""Forms of the resident's word: the code he reads out, the answer to what he objected."""

from django import forms

from contracts.queries.disputes import OUTCOMES


class CodeForm(forms.Form):
    code = forms.CharField(
        label="居民念的 6 位验证码",
        max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "请输入居民手机上收到的 6 位验证码。"},
    )


class DisputeAnswerForm(forms.Form):
    """What became of it; the resident reads it on his page."""

    outcome = forms.ChoiceField(
        label="核实结果",
        choices=[(one.value, words) for one, words in OUTCOMES.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择核实结果。"},
    )
    answer = forms.CharField(
        label="答复居民",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="居民会在自己的页面看到这段话。",
        error_messages={"required": "请写明核实的结果，居民会在自己的页面看到。"},
    )
