"""Whatever accent is let pass, text and marks made of it are legible in both schemes (INS-01, UIX-04)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.colours import DARK_PAPER, SHAPE, TEXT, WHITE, contrast, palette, parse, refusal

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "reached"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.478), ("#4f46e5", "#ffffff", 6.29)]
)
def test_contrast_is_that_of_the_standard(one, other, reached):
    assert contrast(parse(one), parse(other)) == pytest.approx(reached, abs=0.01)


@pytest.mark.spec("INS-01", "UIX-04")
@given(COLOURS)
def test_what_passes_is_legible_and_what_does_not_names_a_shade_that_does(colour):
    reason = refusal(colour)
    if reason:
        assert contrast(parse(colour), WHITE) < TEXT
        assert refusal(reason.split()[-1].rstrip(".")) == ""
        return
    light, dark = palette(colour)["light"], palette(colour)["dark"]
    for scheme, paper in ((light, "#ffffff"), (dark, DARK_PAPER)):
        read = {name.removeprefix("accent-"): parse(value) for name, value in scheme.items()}
        assert contrast(read["fill"], WHITE) >= TEXT
        assert contrast(read["fill-strong"], WHITE) >= TEXT
        assert contrast(read["fill"], parse(paper)) >= SHAPE
        assert contrast(read["accent"], parse(paper)) >= SHAPE
        assert contrast(read["strong"], parse(paper)) >= TEXT
        assert contrast(read["strong"], read["soft"]) >= TEXT
