"""What the frame shows of the instance: its name, logos and colour (INS-01). {% load branding %} {% instance_name %} {% brand %}"""

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import branding, instance

register = template.Library()
register.simple_tag(instance.name, name="instance_name")
register.simple_tag(instance.languages, name="offered_languages")


def default_mark() -> str:
    """The product's own mark, in the instance's colour."""
    accent = branding.accent()
    return static("logo.svg") if accent == branding.ACCENT else f"/{branding.FOLDER}/mark-{accent[1:]}.svg"


@register.inclusion_tag("kit/brand.html")
def brand(home: str = "/") -> dict[str, Any]:
    """The long logo, or the short one with the name, as a link to `home`."""
    return {"home": home, "long": branding.long_logo(), "short": branding.short_logo() or default_mark(), "name": instance.name()}


@register.simple_tag
def brand_links() -> SafeString:
    """For <head>: the tab's icon, the phone's, and the stylesheet of the colours where they are the instance's own."""
    icon = branding.short_logo() or default_mark()
    links = format_html('<link rel="icon" href="{}" type="{}">', icon, "image/png" if icon.endswith(".png") else "image/svg+xml")
    if touch := branding.logo_address("short_png"):
        links += format_html('<link rel="apple-touch-icon" href="{}">', touch)
    if (accent := branding.accent()) != branding.ACCENT:
        links += format_html('<link rel="stylesheet" href="/branding.css?v={}">', accent[1:])
    return links
