"""The form field for a picture (AST-08, INS-01). What is in the file is checked where it is stored: core.images."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from core.images import CONTENT_TYPES, EVERY_KIND, LARGEST_FILE, too_large


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
