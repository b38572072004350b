"""Uploads are cut off before they fill the disk; whoever takes the file then finds it larger than he allows."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class BoundedUpload(FileUploadHandler):
    """Stands before Django's own handlers and hands on no more than ``MAX_UPLOAD_BYTES`` of each file."""

    _left = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._left = settings.MAX_UPLOAD_BYTES

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self._left -= len(raw_data)
        return raw_data if self._left >= 0 else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None
