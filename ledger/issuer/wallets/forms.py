from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class CloseWalletForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    release_reserved = forms.BooleanField(label=_("Release what is reserved"), required=False)

    def __init__(self, *args: Any, has_reserved: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not has_reserved:
            del self.fields["release_reserved"]
