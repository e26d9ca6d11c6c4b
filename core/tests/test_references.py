from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from core.references import ALPHABET, check_character, clean_reference, new_reference, new_references

BODIES = st.text(alphabet=ALPHABET, min_size=7, max_size=11)


@given(body=BODIES, data=st.data())
def test_a_wrong_character_is_caught(body, data):
    reference = f"ORD-{body}{check_character(body)}"
    assert clean_reference(reference) == reference
    place = data.draw(st.integers(min_value=0, max_value=len(body)))
    wrong = data.draw(st.sampled_from([char for char in ALPHABET if char != reference[4 + place]]))
    assert clean_reference(f"{reference[: 4 + place]}{wrong}{reference[5 + place :]}") is None


@given(body=BODIES, data=st.data())
def test_two_neighbours_that_changed_places_are_caught(body, data):
    reference = list(body + check_character(body))
    place = data.draw(st.integers(min_value=0, max_value=len(body) - 2))
    if reference[place] != reference[place + 1]:
        reference[place], reference[place + 1] = reference[place + 1], reference[place]
        assert clean_reference("ORD-" + "".join(reference)) is None


def test_what_a_person_types_is_understood():
    reference = new_reference("ORD")
    assert clean_reference(f" {reference.lower().replace('0', 'o')} ") == reference


@given(number=st.integers(min_value=0, max_value=40), length=st.integers(min_value=2, max_value=13))
def test_many_made_at_once_are_each_as_one_made_alone(number, length):
    made = new_references("ORD", number, length=length)
    assert len(made) == number
    assert all(len(one) == 4 + length and clean_reference(one) == one for one in made)


def test_every_character_comes_as_often_as_the_others():
    counted = Counter("".join(one[4:-1] for one in new_references("ORD", 20_000)))  # 140,000 characters: 4,516 of each
    assert set(counted) == set(ALPHABET)
    assert max(abs(number - 140_000 / 31) for number in counted.values()) < 500  # over seven standard deviations
