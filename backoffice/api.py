"""The API's mount: one router per app (API-01)."""

from assets.api import router as assets_router
from clients.api import router as clients_router
from kit.api.factory import make_api
from kyc.api import router as kyc_router
from ledger.api import router as wallets_router
from orders.api import router as orders_router
from tiers.api import router as tiers_router
from transactions.api import router as transactions_router

DESCRIPTION = """
Keys: `Authorization: Bearer <key>`. Amounts are text (`"1250.50"`), times are ISO 8601 with their zone.
Every POST that moves something needs an `Idempotency-Key`. Refusals are `application/problem+json` with a stable `code`.
A client who signs in (`/sessions`) gets a token; calls for that client carry it in `X-Client-Token`, beside the key that it was given to.
Lists give the newest first; ask for the next page with `cursor`. A test key sees and touches test objects alone.
"""

api = make_api(title="Back office API", version="1", description=DESCRIPTION)
api.add_router("", clients_router)
api.add_router("", assets_router)
api.add_router("", wallets_router)
api.add_router("", orders_router)
api.add_router("", kyc_router)
api.add_router("", transactions_router)
api.add_router("", tiers_router)
