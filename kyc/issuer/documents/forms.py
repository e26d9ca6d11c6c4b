from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from kyc.enums import EXPIRING, DocumentKind, RejectReason
from kyc.models import Document
from kyc.services.documents.reading import LARGEST, REFUSALS

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=DocumentKind.choices)
    file = forms.FileField(
        label=_("File"), allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".jpg,.jpeg,.png,.pdf"}),
        help_text=_("JPEG, PNG or PDF, at most 16 MB and 20 pages. Pictures are kept without what the camera wrote into them."),
    )  # fmt: skip
    expires_on = forms.DateField(label=_("Valid until"), required=False, widget=DATE, help_text=_("As it stands on the document."))

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(REFUSALS["large"])
        return file


class ApproveDocumentForm(forms.Form):
    expires_on = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=DATE,
        help_text=_("The client is reminded before, and an alert is raised after that day."),
    )

    def __init__(self, *args: Any, document: Document, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["expires_on"].required = document.kind in EXPIRING


class RejectDocumentForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=RejectReason.choices, help_text=_("The client reads it in its own language."))
    reason_text = forms.CharField(
        label=_("Text for the client"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Stands behind the reason, as you write it."),
    )  # fmt: skip


class DeleteFileForm(forms.Form):
    comment = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput, help_text=_("For the trail."))
