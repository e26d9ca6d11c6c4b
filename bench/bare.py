"""The limit of a list: the same 50 rows and columns on a bare page, signed in, through the same middleware."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from orders.models import Order

ROWS = Order.objects.select_related("client", "asset", "currency", "wallet").order_by("-created_at", "-id")
PAGE = engines["django"].from_string("""<!DOCTYPE html><html><head><title>Orders</title></head><body><h1>Orders</h1><table>
<tr><th>Reference</th><th>End-user</th><th>Client</th><th>Quantity</th><th>Amount</th><th>Status</th><th>Payment</th><th>Wallet</th><th>Created</th></tr>
{% for order in orders %}<tr><td><a href="/orders/{{ order.reference }}/">{{ order.reference }}</a></td><td>{{ order.client }}</td>
<td>{{ order.client.reference }}</td><td>{{ order.quantity|floatformat:2 }} {{ order.asset.code }}</td>
<td>{{ order.total|floatformat:2 }} {{ order.currency.code }}</td><td>{{ order.get_status_display }}</td>
<td>{{ order.get_payment_state_display }}</td><td>{{ order.wallet.address }}</td><td>{{ order.created_at|date:"Y/m/d H:i" }}</td></tr>
{% endfor %}</table></body></html>""")


@login_required
def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE.render({"orders": ROWS[:50]}, request))


urlpatterns = [path("bare/", bare), path("", include("backoffice.urls"))]
