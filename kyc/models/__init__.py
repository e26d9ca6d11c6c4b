"""Verification of clients: cases and what was asked in them (KYC)."""

from kyc.models.cases import Case, InformationRequest

__all__ = ["Case", "InformationRequest"]
