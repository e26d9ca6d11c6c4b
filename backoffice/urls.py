"""The map of the product: issuer at /, merchant at /merchant/, sign-in at /accounts/, API at /api/v1/, webhooks at /hooks/."""

from django.urls import URLPattern, URLResolver, include, path

from backoffice import health
from backoffice.api import api
from kyc.hooks import provider_callback
from orders.hooks import payment_callback

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz/live", health.live, name="healthz-live"),
    path("healthz/ready", health.ready, name="healthz-ready"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/", api.urls),
    path("", include("backoffice.issuer.urls")),
    path("", include("backoffice.search.urls")),
    path("", include("orders.issuer.urls")),
    path("", include("kyc.issuer.urls")),
    path("", include("kyc.issuer.messages.urls")),
    path("hooks/kyc/shufti/", provider_callback, {"code": "shufti"}, name="hooks-kyc-shufti"),
    path("hooks/kyc/sumsub/", provider_callback, {"code": "sumsub"}, name="hooks-kyc-sumsub"),
    path("", include("tiers.issuer.urls")),
    path("hooks/payments/", payment_callback, name="hooks-payments"),
    path("", include("kit.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("accounts.own.urls")),
    path("", include("accounts.issuer.urls")),
    path("", include("accounts.merchant.urls")),
    path("", include("ledger.merchant.urls")),
    path("", include("organisations.merchant.urls")),
    path("", include("ledger.issuer.assets.urls")),
    path("", include("assets.issuer.urls")),
    path("", include("ledger.issuer.wallets.urls")),
    path("", include("audit.issuer.urls")),
    path("", include("chain.issuer.urls")),
    path("", include("messaging.issuer.urls")),
    path("", include("transactions.issuer.urls")),  # before the ledger's: its own names stand among references
    path("", include("ledger.issuer.urls")),
    path("", include("organisations.issuer.urls")),
    path("", include("clients.signin.urls")),
    path("", include("tiers.issuer.limits.urls")),
    path("", include("clients.issuer.urls")),
]

handler400 = "kit.errors.bad_request"
handler403 = "kit.errors.permission_denied"
handler404 = "kit.errors.not_found"
handler500 = "kit.errors.server_error"
