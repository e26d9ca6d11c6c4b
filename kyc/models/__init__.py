"""Verification of clients: cases and what was asked in them (KYC)."""

from kyc.models.cases import Case, InformationRequest
from kyc.models.documents import Document
from kyc.models.inbox import Inquiry, ProviderMessage, RefusedCallbacks

__all__ = ["Case", "Document", "InformationRequest", "Inquiry", "ProviderMessage", "RefusedCallbacks"]
