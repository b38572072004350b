"""Columns that keep secrets."""

from django.db import models

from core.crypto import seal, unseal


class SealedTextField(models.BinaryField):
    """Text encrypted at rest; reads and writes as ``str``. "" stays NULL-free empty bytes.

    ``purpose`` names the column for the cipher's additional data; two columns never share one.
    """

    # What the type checker's Django plugin reads: str in, str out.
    _pyi_private_set_type: str
    _pyi_private_get_type: str

    def __init__(self, *args, purpose: str = "", **kwargs) -> None:
        self.purpose = purpose
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", b"")
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["purpose"] = self.purpose
        return name, path, args, kwargs

    def from_db_value(self, value, expression, connection) -> str | None:
        return "" if value is None or len(value) == 0 else unseal(value, purpose=self.purpose)

    def get_db_prep_value(self, value, connection, prepared=False):
        if isinstance(value, str):
            value = seal(value, purpose=self.purpose) if value else b""
        return super().get_db_prep_value(value, connection, prepared)
