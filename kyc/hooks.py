"""The providers' doors: /hooks/kyc/<provider>/ (KYC-20, KYC-21). Checked, stored, committed, answered; the work comes later."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from prometheus_client import Counter

from kyc.services.inbox import CallbackRefused, receive

LARGEST = 256 * 1024  # bytes
REFUSED = Counter("backoffice_refused_callbacks", "Callbacks of verification providers without a valid signature.", ["provider"])


@csrf_exempt
@require_POST
def provider_callback(request: HttpRequest, code: str) -> HttpResponse:
    """200 for what is stored now or was before, 401 without a valid signature, 413 above 256 kB. Never the body's content."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST or len(request.body) > LARGEST:
        return JsonResponse({"code": "too_large"}, status=413)
    try:
        new = receive(code=code, body=request.body, headers=request.headers, now=timezone.now())
    except CallbackRefused as error:
        REFUSED.labels(code).inc()
        return JsonResponse({"code": error.code}, status=error.status)
    return JsonResponse({"received": True, "new": new})
