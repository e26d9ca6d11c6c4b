from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kit.filters import SearchText
from kyc.enums import CHOSEN_BY_HAND
from kyc.models import Document

LINES = {"rows": 3}


class AskForm(forms.Form):
    """What the client is asked."""

    asked = SearchText(
        label=_("What the client should send"),
        max_length=1000,
        help_text=_("The client reads exactly this, in the mail and in the app."),
        widget=forms.Textarea(attrs=LINES),
    )


class ApproveForm(forms.Form):
    note = SearchText(
        label=_("Internal note"),
        required=False,
        max_length=1000,
        help_text=_("Administrators alone read it."),
        widget=forms.Textarea(attrs=LINES),
    )

    def __init__(self, *args: Any, must_say_why: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if must_say_why:
            self.fields["note"].required = True
            self.fields["note"].label = _("Why it is approved all the same")


class DeclineForm(forms.Form):
    """A reason for the client, a note for colleagues (KYC-09)."""

    reason = forms.ChoiceField(
        label=_("Reason for the client"), choices=[("", _("Choose one")), *((one.value, one.label) for one in CHOSEN_BY_HAND)]
    )
    reason_text = SearchText(
        label=_("More for the client"),
        required=False,
        max_length=300,
        help_text=_("Stands behind the reason in the mail. Needed for another reason."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    note = SearchText(
        label=_("Internal note"),
        required=False,
        max_length=1000,
        help_text=_("Administrators alone read it."),
        widget=forms.Textarea(attrs=LINES),
    )


class DocumentChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Document) -> str:
        return f"{obj.get_kind_display()} · {obj.name} · {obj.reference}"


class LevelForm(forms.Form):
    """KYC-12: by hand, with a reason and a document."""

    level = forms.TypedChoiceField(label=_("Verification level"), coerce=int)
    reason = SearchText(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    document = DocumentChoice(
        queryset=Document.objects.none(),
        label=_("Document"),
        empty_label=_("Choose one"),
        help_text=_("What shows it, among the client's documents."),
    )

    def __init__(self, *args: Any, levels: list[tuple[int, Any]], documents: QuerySet[Document], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["level"].choices = levels  # type: ignore[attr-defined]
        self.fields["document"].queryset = documents  # type: ignore[attr-defined]
        if not documents.exists():
            self.fields["document"].help_text = _("The client has none yet: upload it first, on the tab Documents of the client's page.")
