"""The issuer's first page shows what waits, as far as one's rights reach (ACC-01, USR-01)."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from messaging.enums import Right as MessagingRight
from messaging.models import Alert
from messaging.services import raise_alert
from orders.enums import Right as OrderRight
from orders.services.decisions import BLOCKED

pytestmark = pytest.mark.django_db


@pytest.mark.spec("ACC-01", "DSH-04", "USR-01")
def test_a_count_leads_to_its_list_and_only_with_the_right():
    someone = user(Face.ISSUER, rights=[MessagingRight.SEE_ALERTS])
    raise_alert(kind=BLOCKED, subject=someone, message="Something waits.", now=timezone.now())
    page = sign_in(someone).get("/")
    waiting = {str(item.label): (item.address, count) for item, count in page.context["waiting"]}
    assert waiting == {"Open alerts": (f"{reverse('alert-list')}?open=yes", 1)}
    assert Alert.objects.get().message in sign_in(someone).get(waiting["Open alerts"][0]).content.decode()


@pytest.mark.spec("USR-01")
def test_without_any_right_the_page_says_what_to_do():
    assert "An administrator can give you one" in sign_in(user(Face.ISSUER, rights=[])).get("/").content.decode()


@pytest.mark.spec("ACC-01")
def test_the_page_takes_one_count_for_each_figure(django_assert_max_num_queries):
    client = sign_in(user(Face.ISSUER, rights=[MessagingRight.SEE_ALERTS, OrderRight.ORDERS_SEE]))
    client.get("/")
    with django_assert_max_num_queries(6):
        client.get("/")
