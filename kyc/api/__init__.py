"""KYC over the API (API-01)."""

from ninja import Router

from kyc.api.cases import router as cases_router
from kyc.api.documents import router as documents_router

router = Router()
router.add_router("", cases_router)
router.add_router("", documents_router)
