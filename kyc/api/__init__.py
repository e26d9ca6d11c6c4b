"""KYC over the API (API-01)."""

from ninja import Router

from kyc.api.cases import router as cases_router

router = Router()
router.add_router("", cases_router)
