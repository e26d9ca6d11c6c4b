from hypothesis import given
from hypothesis import strategies as st

from core.references import ALPHABET, check_character, clean_reference, new_reference

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
