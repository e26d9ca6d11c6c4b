"""`python -m orders.tests.pay_once PAY-… AMOUNT`: takes a provider's callback and works on it, as web process and worker do, with
whatever broker REDIS_URL names. Prints ANSWER, its status and how long it took."""

import os
import sys
import time

import django


def main(reference: str, amount: str) -> None:
    django.setup()
    from django.conf import settings  # noqa: PLC0415  Django is set up above
    from django.test import Client  # noqa: PLC0415

    from orders.tasks import sweep_callbacks  # noqa: PLC0415
    from simulators.payment_provider import sendings  # noqa: PLC0415

    (sending,) = sendings(reference, amount, "EUR", secret=settings.PAYMENT_HOOK_SECRETS[0])
    started = time.monotonic()
    headers = {"payment-signature": sending.signature, "host": "localhost"}
    answer = Client().post("/hooks/payments/", sending.body, content_type="application/json", headers=headers)
    print("ANSWER", answer.status_code, f"{time.monotonic() - started:.1f}")
    sweep_callbacks()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    main(*sys.argv[1:])
