"""Files that are sent: how large a request may be at all, and the form field for a picture (AST-08, INS-01, KYC-10). What is in a file is
checked where it is stored: core.images, kyc.services.documents."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from core.images import CONTENT_TYPES, EVERY_KIND, LARGEST_FILE, too_large

LARGEST_REQUEST = 40_000_000  # bytes of a form with its files: the largest file that anything here takes, twice


class BoundedUpload(FileUploadHandler):
    """Before anything of it is written to the disk: a form that says it is larger is not read."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None) -> None:  # noqa: N803
        if content_length > LARGEST_REQUEST:
            raise RequestDataTooBig("the files are too large")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class ImageUpload(forms.FileField):
    """`kinds` and `largest` as core.images.store takes them; the browser offers only those files."""

    def __init__(self, *, kinds: Sequence[str] = EVERY_KIND, largest: int = LARGEST_FILE, **options: Any) -> None:
        self.largest = largest
        accepted = ",".join(CONTENT_TYPES[kind] for kind in kinds)
        super().__init__(**{"label": _("Image"), "widget": forms.FileInput(attrs={"accept": accepted}), **options})

    def clean(self, data: Any, initial: Any = None) -> UploadedFile | None:
        upload: UploadedFile | None = super().clean(data, initial)
        if upload and (upload.size or 0) > self.largest:
            raise forms.ValidationError(too_large(self.largest))
        return upload
