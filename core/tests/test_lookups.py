import pytest

from accounts.models import User
from accounts.tests.factories import user
from core.lookups import one_of


@pytest.mark.django_db
def test_rows_are_found_by_their_ids_in_one_parameter(django_assert_num_queries):
    one, two, other = user(), user(), user()
    with django_assert_num_queries(2) as captured:
        assert set(User.objects.filter(one_of("pk", [one.pk, two.pk, 2**62]))) == {one, two}
        assert not User.objects.filter(one_of("pk", {})).exists()
    assert all(" = ANY('{" in query["sql"] for query in captured.captured_queries)
    assert User.objects.exclude(one_of("pk", {one.pk: "", two.pk: ""})).filter(pk=other.pk).exists()
