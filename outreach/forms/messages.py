from typing import Any

from django import forms

from outreach.channels import available
from outreach.choices import ChannelCode


class ChannelsForm(forms.Form):
    """The outside channels that this installation offers; the inbox is always on and not among them."""

    channels = forms.MultipleChoiceField(
        label="除站内消息外，还通过",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="每人每天最多一条汇总；有新的紧急事项时再发一条。只发件数，不发居民姓名和病情。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [one.code for one in available() if one.code != ChannelCode.IN_APP]
        self.fields["channels"].choices = [(code, ChannelCode(code).label) for code in offered]
