"""Forms made of the declarations of settings (INS-03)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.branding import LARGEST
from core.instance import Kind, Setting, value
from kit.uploads import ImageUpload

LONG_LIST = 20  # choices; in a longer one people search


def in_words(setting: Setting, given: Any) -> str:
    """A setting's value as people read it."""
    match setting.kind:
        case Kind.YES_NO:
            return _("Yes") if given else _("No")
        case Kind.CHOICE:
            return str(dict(setting.choices).get(given, given))
        case Kind.CHOICES if isinstance(given, list):
            return ", ".join(str(dict(setting.choices).get(code, code)) for code in given)
    return f"{given} {setting.unit}".strip()


def label_of(setting: Setting) -> str:
    return f"{setting.label} ({setting.unit})" if setting.unit else str(setting.label)


def field_of(setting: Setting) -> forms.Field:
    """What can be typed; whether it fits, the declaration says again when it is stored."""
    help_text = f"{setting.help} " + _("Default: %(default)s.") % {"default": in_words(setting, setting.default)}
    common: dict[str, Any] = {"label": label_of(setting), "help_text": help_text, "initial": value(setting.key)}
    match setting.kind:
        case Kind.YES_NO:
            return forms.BooleanField(required=False, **common)
        case Kind.CHOICE:
            many = len(setting.choices) > LONG_LIST
            return forms.ChoiceField(choices=setting.choices, widget=forms.Select(attrs={"data-search": True} if many else {}), **common)
        case Kind.CHOICES:
            return forms.MultipleChoiceField(
                choices=setting.choices, required=setting.minimum > 0, widget=forms.CheckboxSelectMultiple, **common
            )
        case Kind.NUMBER:
            return forms.IntegerField(min_value=setting.minimum, max_value=setting.maximum, **common)
        case Kind.COLOUR:
            return forms.CharField(max_length=7, widget=forms.TextInput(attrs={"type": "color", "class": "form-control-color"}), **common)
    return forms.CharField(max_length=setting.maximum, required=setting.minimum > 0, **common)


class SettingsForm(forms.Form):
    """The settings of one group; the fields are called by the settings' keys."""

    def __init__(self, *args: Any, settings: Sequence[Setting], **options: Any) -> None:
        super().__init__(*args, **options)
        for setting in settings:
            self.fields[setting.key] = field_of(setting)


class LogoForm(forms.Form):
    def __init__(self, *args: Any, ending: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["image"] = ImageUpload(kinds=(ending,), largest=LARGEST, label=gettext_lazy("File"), help_text=HELP[ending])


HELP = {
    "png": gettext_lazy(
        "PNG, at most 100 kB and 4096 pixels a side; made at most 512 pixels wide and high. See-through ground looks best."
    ),
    "svg": gettext_lazy("SVG, at most 100 kB. What draws is kept; scripts, links and embedded pictures are left out or refused."),
}
