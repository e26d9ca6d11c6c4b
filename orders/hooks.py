"""The payment provider's door: /hooks/payments/ (ORD-05). Checked, stored, committed, answered; the work comes later."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.services import receive_callback
from orders.services.callbacks import CallbackRefused

LARGEST = 64 * 1024  # bytes


@csrf_exempt
@require_POST
def payment_callback(request: HttpRequest) -> HttpResponse:
    """200 for what is stored now or was before, 401 without a valid fresh signature, 413 above 64 kB."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST or len(request.body) > LARGEST:
        return JsonResponse({"code": "too_large"}, status=413)
    try:
        new = receive_callback(body=request.body, signature=request.headers.get("Payment-Signature", ""), now=timezone.now())
    except CallbackRefused as error:
        return JsonResponse({"code": error.code}, status=error.status)
    return JsonResponse({"received": True, "new": new})
