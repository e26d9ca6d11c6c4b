"""One parser takes plain ASCII decimals alone (LED-04, L2, L3)."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.amounts import InvalidQuantity, from_base_units, parse_quantity, round_down, to_base_units

REFUSED = [
    "",
    "NaN",
    "sNaN",
    "Infinity",
    "-0",
    "-1",
    "+1",
    "1e3",
    "1E+400",
    "1e-400",
    "1_000",
    "１２",
    "٣",
    "1,5",
    "9" * 40,
    "0",
    "0.00",
    " 1",
    "1 ",
    "1.",
    ".5",
    "1.005",
]


@pytest.mark.spec("LED-04")
@pytest.mark.parametrize("text", REFUSED)
def test_refuses_what_is_not_a_plain_positive_decimal(text):
    with pytest.raises(InvalidQuantity):
        parse_quantity(text, decimals=2)


@pytest.mark.spec("LED-04")
@given(st.integers(min_value=1, max_value=10**38 - 1), st.integers(min_value=0, max_value=18))
def test_base_units_round_trip(units, decimals):
    quantity = from_base_units(units, decimals=decimals)
    assert to_base_units(quantity, decimals=decimals) == units
    assert round_down(quantity, decimals=decimals) == quantity


def test_rounds_towards_zero():
    assert round_down(Decimal("1.999"), decimals=2) == Decimal("1.99")
    assert round_down(Decimal("0.009"), decimals=2) == Decimal("0.00")


def test_the_longest_quantity_is_exact_in_every_thread():
    longest = Decimal("99999999999999999999.123456789012345678")

    def worked_on():
        return [
            -longest.copy_negate(),
            abs(longest),
            longest.normalize(),
            longest + Decimal("0.000000000000000001") - Decimal("0.000000000000000001"),
        ]

    with ThreadPoolExecutor(1) as pool:
        assert [*worked_on(), *pool.submit(worked_on).result()] == [longest] * 8
