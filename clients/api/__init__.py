"""Clients over the API: as the channel manages them, and as they act themselves (API-01)."""

from ninja import Router

from clients.api.accounts import router as accounts_router
from clients.api.clients import router as clients_router
from clients.api.own import router as own_router

router = Router()
router.add_router("", clients_router)
router.add_router("", accounts_router)
router.add_router("", own_router)
