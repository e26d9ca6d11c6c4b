"""An instance's logos and accent colour (INS-01): settings that every page, sign-in and mail included, reads."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import colours
from core.instance import Kind, Setting, register_setting, value

FOLDER = "branding"
FILE_NAME = re.compile(r"[0-9a-f]{32}\.(?:png|svg)")
LARGEST = 100_000  # bytes
ACCENT = "#4f46e5"


@dataclass(frozen=True)
class Logo:
    """One of the five files. `kind` is its key and stands in addresses."""

    kind: str
    label: Any
    use: Any
    ending: str

    @property
    def key(self) -> str:
        return f"logo.{self.kind}"


LOGOS = (
    Logo("short_svg", _("Short logo, SVG"), _("The folded sidebar, the browser's tab, and the sidebar where there is no long one."), "svg"),
    Logo("short_png", _("Short logo, PNG"), _("The same, where there is no SVG; and a phone's home screen."), "png"),
    Logo("long_svg", _("Long logo, SVG"), _("The sidebar and the sign-in page."), "svg"),
    Logo("long_png", _("Long logo, PNG"), _("The same, where there is no SVG."), "png"),
    Logo("mail_png", _("E-mail logo, PNG"), _("At the head of every mail."), "png"),
)
KINDS = {logo.kind: logo for logo in LOGOS}


def register_settings() -> None:
    register_setting(
        Setting(
            key="instance.accent",
            label=_("Accent colour"),
            help=_("Buttons, links and marks. A lighter one for the dark scheme is made of it; white text must be legible on it."),
            kind=Kind.COLOUR,
            default=ACCENT,
            group="look",
            refusal=colours.refusal,
        )
    )
    for logo in LOGOS:
        register_setting(
            Setting(key=logo.key, label=logo.label, help=logo.use, kind=Kind.FILE, default="", group="look", refusal=_unlike_a_file)
        )


def _unlike_a_file(name: str) -> Any:
    return "" if not name or FILE_NAME.fullmatch(name) else _("This is no stored logo.")


def accent() -> str:
    return str(value("instance.accent"))


def logo_address(*kinds: str) -> str:
    """The address of the first of these logos that is set, "" where none is. The name changes with the picture."""
    return next((f"/{FOLDER}/{name}" for kind in kinds if (name := value(f"logo.{kind}"))), "")


def short_logo() -> str:
    return logo_address("short_svg", "short_png")


def long_logo() -> str:
    return logo_address("long_svg", "long_png")
