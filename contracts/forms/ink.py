"""The field of a finger signature."""

from typing import Any

from django import forms

from contracts.ink import BadInk, read_ink
from contracts.policy import ContractsPolicy


class InkField(forms.CharField):
    """A finger signature as a data URL; cleans to ``bytes``, b"" when nothing was drawn."""

    widget = forms.HiddenInput

    def __init__(self, *, policy: ContractsPolicy, **kwargs: Any) -> None:
        self.policy = policy
        super().__init__(required=False, strip=True, **kwargs)

    def clean(self, value: Any) -> bytes:  # type: ignore[override]
        drawn = super().clean(value)
        if not drawn:
            return b""
        try:
            return read_ink(
                drawn,
                max_bytes=self.policy.signature_max_bytes,
                max_pixels=self.policy.signature_max_pixels,
            )
        except BadInk as error:
            raise forms.ValidationError(str(error), code="bad_ink") from error
