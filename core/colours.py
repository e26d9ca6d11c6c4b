"""The accent colour and what follows from it, legible in both schemes (INS-01, UIX-04): WCAG 2.2's contrast is the measure."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

Colour = tuple[float, float, float]  # sRGB, each from 0 to 1
TEXT, SHAPE = 4.5, 3.0  # the least contrast of text, and of what is no text
WHITE: Colour = (1, 1, 1)
BLACK: Colour = (0, 0, 0)
DARK_PAPER = "#16181f"  # static/app.css, --paper of the dark scheme
STEP = 0.02


def parse(colour: str) -> Colour:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def text(colour: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """`colour` with `share` of `other` in it."""
    red, green, blue = (one * (1 - share) + two * share for one, two in zip(colour, other, strict=True))
    return red, green, blue


def towards(colour: Colour, other: Colour, enough: Callable[[Colour], bool]) -> Colour:
    """The nearest mix with `other` that is `enough`; at the worst `other` itself."""
    for step in range(round(1 / STEP) + 1):
        mixed = parse(text(mix(colour, other, step * STEP)))
        if enough(mixed):
            return mixed
    return other


def refusal(colour: str) -> str:
    """Why white text on this colour can't be read, with the nearest shade on which it can; "" where it can."""
    given = parse(colour)
    reached = contrast(given, WHITE)
    if reached >= TEXT:
        return ""
    nearest = towards(given, BLACK, lambda mixed: contrast(mixed, WHITE) >= TEXT)
    return _(
        "White text on %(colour)s is hard to read: its contrast is %(reached)s, and %(needed)s is needed. The nearest shade that does is %(nearest)s."
    ) % {"colour": colour, "reached": f"{int(reached * 100) / 100:.2f}", "needed": TEXT, "nearest": text(nearest)}


def palette(accent: str) -> dict[str, dict[str, str]]:
    """scheme -> custom property -> colour, for an accent that `refusal` lets pass.

    `accent` draws lines and marks, `strong` is text and links (also on `soft`), `fill` lies under white text.
    """
    given, dark = parse(accent), parse(DARK_PAPER)
    soft = mix(given, WHITE, 0.91)
    dark_soft = mix(given, dark, 0.72)
    dark_fill = towards(given, WHITE, lambda mixed: contrast(mixed, dark) >= SHAPE)
    dark_accent = towards(given, WHITE, lambda mixed: contrast(mixed, dark) >= TEXT)
    return {
        "light": {
            "accent": accent,
            "accent-strong": text(towards(mix(given, BLACK, 0.12), BLACK, lambda mixed: contrast(mixed, soft) >= TEXT)),
            "accent-soft": text(soft),
            "accent-fill": accent,
            "accent-fill-strong": text(mix(given, BLACK, 0.15)),
        },
        "dark": {
            "accent": text(dark_accent),
            "accent-strong": text(
                towards(mix(dark_accent, WHITE, 0.2), WHITE, lambda mixed: contrast(mixed, parse(text(dark_soft))) >= TEXT)
            ),
            "accent-soft": text(dark_soft),
            "accent-fill": text(dark_fill),
            "accent-fill-strong": text(mix(dark_fill, BLACK, 0.15)),
        },
    }


def stylesheet(accent: str) -> str:
    schemes = palette(accent)
    rules = [
        (':root, [data-bs-theme="light"]', schemes["light"]),
        ('[data-bs-theme="dark"]', schemes["dark"]),
    ]
    return "".join(
        f"{selector} {{ {' '.join(f'--{name}: {colour};' for name, colour in properties.items())} }}\n" for selector, properties in rules
    )
